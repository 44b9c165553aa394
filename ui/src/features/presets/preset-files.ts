/** Presets as a file: saves one from the page, reads one that was picked. */
import { presetExportSchema, type PresetExport } from '#contract/preset';

/** Why a file cannot be imported; `detail` names the first faulty place. */
export class PresetFileFault extends Error {
  override readonly name = 'PresetFileFault';
  readonly kind: 'notJson' | 'notPresets';

  constructor(kind: 'notJson' | 'notPresets', detail: string) {
    super(detail);
    this.kind = kind;
  }
}

export function savePresetFile(file: PresetExport): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'prompt-presets.json';
  link.click();
  URL.revokeObjectURL(url);
}

/** Throws a PresetFileFault where the text is no export of presets. */
export function readPresetFile(text: string): PresetExport {
  const parsed = presetExportSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PresetFileFault(
    'notPresets',
    issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`.replace(/^: /, ''),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new PresetFileFault('notJson', error instanceof Error ? error.message : '');
  }
}
