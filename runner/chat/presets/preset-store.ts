/** Owns the prompt presets: the shipped ones, which only their files change, and the user's own, one file each. One change at a time. */
import { presetInputSchema } from '#contract/preset';
import type { Preset, PresetChange, PresetExport, PresetInput } from '#contract/preset';
import { AppError } from '../../base/errors.ts';
import { copyName, numberedName } from '../../base/free-name.ts';
import { removeFile } from '../../base/private-file.ts';
import { writePresetFiles } from './preset-file.ts';
import { PresetFolder } from './preset-folder.ts';
import type { Fault } from './preset-folder.ts';

export interface PresetStoreParts {
  /** The product's `presets/prompts`. */
  shippedDir: string;
  /** The user's own; made with mode 0700 at the first change. */
  userDir: string;
  now: () => Date;
  newId: () => string;
}

/**
 * Files that come, go or change while the runner runs are found by `list`, `exportAll` and every change, and by an id that is asked for in
 * vain. Changes throw STORAGE_FAILED when they cannot be written; then nothing has changed. Unknown ids are PRESET_NOT_FOUND.
 */
export class PresetStore {
  readonly #parts: PresetStoreParts;
  readonly #shipped: PresetFolder;
  readonly #own: PresetFolder;
  #presets: readonly Preset[] = [];
  #faults: readonly Fault[] = [];
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(parts: PresetStoreParts) {
    this.#parts = parts;
    this.#shipped = new PresetFolder(parts.shippedDir, 'shipped');
    this.#own = new PresetFolder(parts.userDir, 'user');
  }

  /** What is wrong with the files is in `faults`; it never throws for that. */
  start(): void {
    this.#read();
  }

  /** Files that were skipped at the last reading. They are never touched. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** The shipped ones, then the user's, each by name. */
  list(): Preset[] {
    return [...this.#read()];
  }

  get(id: string): Preset {
    return this.find(id) ?? notFound(id);
  }

  find(id: string): Preset | null {
    const has = (preset: Preset): boolean => preset.id === id;
    return this.#presets.find(has) ?? this.#read().find(has) ?? null;
  }

  /** Throws PRESET_EXISTS when the name is in use. */
  create(input: PresetInput): Promise<Preset> {
    return this.#change(async ({ isNameTaken }) => {
      if (isNameTaken(input.name)) throw nameInUse(input.name);
      return this.#add([input]).then(first);
    });
  }

  /** Absent fields stay. Throws PRESET_READ_ONLY, PRESET_EXISTS, and INVALID_REQUEST when the whole is no valid preset any more. */
  change(id: string, change: PresetChange): Promise<Preset> {
    return this.#change(async ({ presets }) => {
      const before = findOwn(presets, id);
      const merged = checked({ ...inputOf(before), ...given(change) });
      if (presets.some((other) => other.id !== id && other.name === merged.name))
        throw nameInUse(merged.name);
      const preset: Preset = { ...before, ...merged, updatedAt: this.#now() };
      await writePresetFiles([{ file: this.#own.fileOf(id), preset }]);
      return preset;
    });
  }

  /** "name (copy)", the user's own. */
  duplicate(id: string): Promise<Preset> {
    return this.#change(async ({ presets, isNameTaken }) => {
      const original = inputOf(presets.find((preset) => preset.id === id) ?? notFound(id));
      return this.#add([{ ...original, name: copyName(original.name, isNameTaken) }]).then(first);
    });
  }

  /** Throws PRESET_READ_ONLY for a shipped one. */
  remove(id: string): Promise<void> {
    return this.#change(async ({ presets }) => {
      findOwn(presets, id);
      await removeFile(this.#own.fileOf(id));
    });
  }

  /** The user's own, or those of `ids`, in that order; shipped ones may be among them. Throws PRESET_NOT_FOUND also where there is none. */
  exportAll(ids?: readonly string[]): PresetExport {
    const all = this.#read();
    const chosen =
      ids?.map((id) => all.find((preset) => preset.id === id) ?? notFound(id)) ??
      all.filter(({ origin }) => origin === 'user');
    if (chosen.length === 0) {
      throw new AppError(
        'PRESET_NOT_FOUND',
        'There are no presets of your own to export yet. Name shipped ones with ?ids=.',
      );
    }
    return { format: 'llm-server-manager/presets', version: 1, presets: [...new Set(chosen)].map(inputOf) };
  }

  /** Adds all or none; a name in use gets a number behind it. Answers the added ones. */
  importAll({ presets: inputs }: PresetExport): Promise<Preset[]> {
    return this.#change(async ({ isNameTaken }) => {
      const names = new Set<string>();
      const named = inputs.map((input) => {
        const name = numberedName(input.name, (candidate) => isNameTaken(candidate) || names.has(candidate));
        names.add(name);
        return { ...input, name };
      });
      return this.#add(named);
    });
  }

  async #add(inputs: readonly PresetInput[]): Promise<Preset[]> {
    const at = this.#now();
    const added = inputs.map((input): Preset => ({
      id: this.#parts.newId(),
      origin: 'user',
      createdAt: at,
      updatedAt: at,
      ...input,
    }));
    await writePresetFiles(added.map((preset) => ({ file: this.#own.fileOf(preset.id), preset })));
    return added;
  }

  /** Waits its turn, works on what the files say then, and reads them again. */
  #change<Result>(
    work: (state: { presets: readonly Preset[]; isNameTaken: (name: string) => boolean }) => Promise<Result>,
  ): Promise<Result> {
    const change = this.#lastChange.then(async () => {
      const presets = this.#read();
      const isNameTaken = (name: string): boolean => presets.some((preset) => preset.name === name);
      try {
        return await work({ presets, isNameTaken });
      } finally {
        this.#read();
      }
    });
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  #read(): readonly Preset[] {
    const shipped = this.#shipped.read();
    const own = this.#own.read();
    const isShipped = ({ id }: Preset): boolean => shipped.presets.some((preset) => preset.id === id);
    const shadowed = own.presets.filter(isShipped).map(({ id }) => ({
      file: this.#own.fileOf(id),
      message: 'A shipped preset has this file name. Give the file another one.',
    }));
    this.#presets = [...shipped.presets, ...own.presets.filter((preset) => !isShipped(preset))];
    this.#faults = [...shipped.faults, ...own.faults, ...shadowed];
    return this.#presets;
  }

  #now(): string {
    return this.#parts.now().toISOString();
  }
}

function inputOf({
  id: _id,
  origin: _origin,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...input
}: Preset): PresetInput {
  return input;
}

function given(change: PresetChange): Partial<PresetInput> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** A change may be valid by itself and break the preset: a template whose variable is taken away. */
function checked(merged: PresetInput): PresetInput {
  const result = presetInputSchema.safeParse(merged);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const summary = details.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new AppError('INVALID_REQUEST', `The request is not valid. ${summary}`, { details });
}

function findOwn(presets: readonly Preset[], id: string): Preset {
  const preset = presets.find((candidate) => candidate.id === id) ?? notFound(id);
  if (preset.origin === 'user') return preset;
  throw new AppError(
    'PRESET_READ_ONLY',
    `"${preset.name}" is shipped with the product and stays as it is. Duplicate it, then change the copy.`,
  );
}

function notFound(id: string): never {
  throw new AppError(
    'PRESET_NOT_FOUND',
    `There is no prompt preset with the id ${id}. GET /api/presets lists the known ones.`,
  );
}

function first(presets: readonly Preset[]): Preset {
  const [preset] = presets;
  if (preset === undefined) throw new Error('Nothing was added.');
  return preset;
}

function nameInUse(name: string): AppError {
  return new AppError('PRESET_EXISTS', `There is a preset named "${name}" already. Choose another name.`, {
    details: { name },
  });
}
