/** Why a process failed and what to do; the button applies the fix to the launch form. */
import { Button } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Recipe } from '#contract/launch-form';
import type { Diagnosis } from '#contract/process';
import { diagnosisWords } from '../../locales/runner-words.ts';

/** Fields of the launch form that the runner may propose to change. */
const NAMED_FIELDS = ['port', 'context', 'gpuLayers', 'mmproj', 'model', 'cmd'] as const;

interface DiagnosisNoteProps {
  diagnosis: Diagnosis;
  recipe: Recipe;
  onApply: () => void;
}

export function DiagnosisNote({ diagnosis, recipe, onApply }: DiagnosisNoteProps) {
  const { t } = useTranslation();
  const { cause, suggestion } = diagnosisWords(diagnosis);
  const fixes = Object.entries(diagnosis.fix).filter(([field]) => hasField(recipe, field));
  return (
    <div className="note note-bad">
      <div>
        <strong>{cause}</strong> {suggestion}
      </div>
      {fixes.length > 0 && (
        <div className="row wrap">
          <Button size="xs" onClick={onApply}>
            {fixLabel(fixes, t)}
          </Button>
        </div>
      )}
    </div>
  );
}

function fixLabel(fixes: [string, string | number | boolean][], t: TFunction): string {
  const [only] = fixes;
  if (fixes.length > 1 || only === undefined) return t('cards.applyFixes');
  const [name, value] = only;
  const known = NAMED_FIELDS.find((field) => field === name);
  const field = known === undefined ? name : t(`fields.${known}`);
  return value === ''
    ? t('cards.applyFixEmpty', { field })
    : t('cards.applyFix', { field, value: String(value) });
}

/** A script or a custom command may run a server, but its form has no such fields. */
function hasField(recipe: Recipe, field: string): boolean {
  if (recipe === 'script') return false;
  return recipe !== 'command' || field === 'port' || field === 'cmd';
}
