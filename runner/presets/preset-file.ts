/** One preset, one file: its form, reading it whatever is in it, and writing several so that all are there or none. */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { presetExportSchema } from '#contract/preset';
import type { Preset, PresetInput } from '#contract/preset';
import { AppError, messageOf, systemCodeOf } from '../errors.ts';

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
  if (preset === undefined || more.length > 0) return `It holds ${presets.length} presets, one is allowed. Import it instead.`;
  return { preset, createdAt, updatedAt };
}

function inWords({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ');
}

export interface PresetToWrite {
  file: string;
  preset: Preset;
}

/** A reader sees the old file or the new one, also after a power cut. Throws STORAGE_FAILED; then what was there is there. */
export async function writePresetFiles(entries: readonly PresetToWrite[]): Promise<void> {
  const added = entries.filter(({ file }) => !existsSync(file));
  try {
    for (const { file, preset } of entries) await writeBeside(file, textOf(preset));
    for (const { file } of entries) await rename(besideOf(file), file);
  } catch (error) {
    const leftovers = [...entries.map(({ file }) => besideOf(file)), ...added.map(({ file }) => file)];
    await Promise.all(leftovers.map((file) => rm(file, { force: true }).catch(() => undefined)));
    throw storageFailed(entries[0]?.file ?? '', error);
  }
}

export async function removePresetFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw storageFailed(file, error);
  }
}

async function writeBeside(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // It may have been made by hand, with a file put into it.
  if (process.platform !== 'win32') await chmod(folder, 0o700);
  const beside = besideOf(file);
  // A leftover would keep its own mode.
  await rm(beside, { force: true });
  const handle = await open(beside, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function besideOf(file: string): string {
  return `${file}.next`;
}

function textOf({ id: _id, origin: _origin, createdAt, updatedAt, ...preset }: Preset): string {
  const content = { format: 'llm-server-manager/presets', version: 1, createdAt, updatedAt, presets: [preset] };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function storageFailed(file: string, error: unknown): AppError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');
  const what = isFull ? 'The disk is full' : `Cannot write ${file}: ${messageOf(error)}`;
  const advice = isFull ? 'Free some space' : 'Check the folder’s permissions';
  return new AppError('STORAGE_FAILED', `${what}. The change was not saved. ${advice} and try again.`, { cause: error });
}
