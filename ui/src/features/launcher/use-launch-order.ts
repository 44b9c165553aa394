/** What the draft comes to: the order for the runner with its id, or the faults in the way. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { LaunchTarget, RecipeContext } from '#contract/launch-form';
import { ignoredFields, launchFaults } from '#launch/recipes';
import { faultWords } from '../../locales/error-words.ts';
import { toPreviewTarget, toTarget, type FieldFaults } from './draft-target.ts';
import type { LaunchDraft, ServerRecipe } from './launch-draft.ts';
import { useDefaultRecipe, useLaunchContext, type LaunchOrder } from './launch-queries.ts';
import { suggestId } from './suggest-id.ts';

export interface DraftOrder {
  /** null: the form has faults. */
  order: LaunchOrder | null;
  faults: FieldFaults;
  /** What this machine lacks for it, by field; the runner has the last word. */
  warnings: FieldFaults;
  /** Filled-in fields that the recipe does not use. */
  ignored: readonly string[];
  suggestedId: string;
  recipe: ServerRecipe;
  context: RecipeContext | null;
  isLoading: boolean;
  /** As far as the form says, for the preview. */
  previewTarget: LaunchTarget | null;
}

export function useLaunchOrder(draft: LaunchDraft, takenIds: readonly string[]): DraftOrder {
  const { t } = useTranslation();
  const launchContext = useLaunchContext();
  const defaultRecipe = useDefaultRecipe();
  const context = launchContext.data?.context ?? null;
  const isLoading = launchContext.isPending;
  return useMemo(() => {
    const { target, faults } = toTarget(draft, defaultRecipe, t);
    const previewTarget = toPreviewTarget(draft, defaultRecipe, t);
    const suggestedId = suggestId(draft, context?.freePort ?? 8000, takenIds);
    const lacking = previewTarget === null || context === null ? [] : launchFaults(previewTarget, context);
    // What is wrong with a placeholder says nothing; that the whole recipe cannot run does.
    return {
      order:
        target === null
          ? null
          : {
              id: draft.id.trim() || suggestedId,
              target,
              restart: draft.restart,
              profileId: draft.profileId,
            },
      faults: faults ?? {},
      warnings: Object.fromEntries(
        lacking
          .filter(({ field }) => target !== null || field === 'recipe')
          .map((fault) => [fault.field, faultWords(fault)]),
      ),
      ignored: previewTarget === null ? [] : ignoredFields(previewTarget),
      suggestedId,
      recipe: draft.recipe ?? defaultRecipe,
      context,
      isLoading,
      previewTarget,
    };
  }, [draft, takenIds, defaultRecipe, context, isLoading, t]);
}
