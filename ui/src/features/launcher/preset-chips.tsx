/** Hardware presets as chips: one click fills a part of the form; a chip is lit while the form still says the same. */
import { useTranslation } from 'react-i18next';
import type { HardwarePreset } from '#contract/profile';
import { HARDWARE_PRESETS, applyHardwarePreset } from '#launch/hardware-presets';
import { joinArgs, splitArgs } from '#launch/split-args';
import type { ServerDraft, ServerRecipe } from './launch-draft.ts';
import type { DraftControl } from './use-launch-draft.ts';

/** Those whose words are translated. */
const NAMED_PRESETS = ['high-end', 'mid-range', 'low-end'] as const;

interface PresetChipsProps {
  control: DraftControl;
  recipe: ServerRecipe;
}

export function PresetChips({ control, recipe }: PresetChipsProps) {
  const { t } = useTranslation();
  const { server } = control.draft;
  return (
    <fieldset className="chips" aria-label={t('form.hardware')}>
      {HARDWARE_PRESETS.map((preset) => {
        const patch = toPatch(server, preset, recipe);
        const isOn = Object.entries(patch).every(
          ([field, value]) => server[field as keyof ServerDraft] === value,
        );
        const named = NAMED_PRESETS.find((id) => id === preset.id);
        return (
          <button
            key={preset.id}
            type="button"
            className="chip"
            aria-pressed={isOn}
            title={named === undefined ? preset.description : t(`hardware.${named}.description`)}
            onClick={() => control.changeServer(patch)}
          >
            {named === undefined ? preset.name : t(`hardware.${named}.name`)}
          </button>
        );
      })}
    </fieldset>
  );
}

/** The preset over the draft, as texts; the user's own extra arguments stay as they were typed where nothing is added to them. */
function toPatch(server: ServerDraft, preset: HardwarePreset, recipe: ServerRecipe): Partial<ServerDraft> {
  const before = splitArgs(server.extraArgs);
  const { extraArgs, ...numbers } = applyHardwarePreset({ extraArgs: before }, preset, recipe);
  const patch: Record<string, string> = Object.fromEntries(
    Object.entries(numbers).map(([field, value]) => [field, String(value)]),
  );
  return {
    ...patch,
    extraArgs: joinArgs(extraArgs) === joinArgs(before) ? server.extraArgs : joinArgs(extraArgs),
  };
}
