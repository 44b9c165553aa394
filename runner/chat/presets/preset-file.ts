/** One preset, one file: its form, reading it whatever is in it, and writing several so that all are there or none. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { presetExportSchema } from '#contract/preset';
import type { Preset, PresetInput } from '#contract/preset';
import { messageOf } from '../../base/errors.ts';
import { writePrivateFiles } from '../../base/private-file.ts';

/** An export of one preset; those that the runner writes say when they were made and changed. */
const presetFileSchema = presetExportSchema.extend({
  createdAt: z.iso.datetime().optional(),
  updatedAt: z.iso.datetime().optional(),
});

export interface ReadPreset {
  preset: PresetInput;
  createdAt: string | null;
  updatedAt: string | null;
}

/** What is wrong with it, as text, where it is no preset. Never throws. */
export function readPresetFile(file: string): ReadPreset | string {
  let content: unknown;
  try {
    // Editors on Windows like to begin a file with a byte order mark.
    content = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return `It is not JSON (${error.message}). Mend or remove it.`;
    return `It cannot be read: ${messageOf(error)}.`;
  }
  const parsed = presetFileSchema.safeParse(content);
  if (!parsed.success) return `It is not a preset: ${inWords(parsed.error)}. Mend or remove it.`;
  const { presets, createdAt = null, updatedAt = null } = parsed.data;
  const [preset, ...more] = presets;
  if (preset === undefined || more.length > 0)
    return `It holds ${presets.length} presets, one is allowed. Import it instead.`;
  return { preset, createdAt, updatedAt };
}

function inWords({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ');
}

export interface PresetToWrite {
  file: string;
  preset: Preset;
}

/** Throws STORAGE_FAILED; then what was there is there. */
export async function writePresetFiles(entries: readonly PresetToWrite[]): Promise<void> {
  const added = entries.filter(({ file }) => !existsSync(file));
  try {
    await writePrivateFiles(entries.map(({ file, preset }) => ({ file, text: textOf(preset) })));
  } catch (error) {
    // Some may have been put in place before another could not.
    await Promise.all(added.map(({ file }) => rm(file, { force: true }).catch(() => undefined)));
    throw error;
  }
}

function textOf({ id: _id, origin: _origin, createdAt, updatedAt, ...preset }: Preset): string {
  const content = {
    format: 'llm-server-manager/presets',
    version: 1,
    createdAt,
    updatedAt,
    presets: [preset],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
