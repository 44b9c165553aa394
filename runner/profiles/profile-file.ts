/** Reads and writes the file of the profiles. Whatever is in it, nothing is lost: what cannot be used is kept beside it and reported. */
import { copyFile, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { profileSchema } from '#contract/profile';
import type { Profile } from '#contract/profile';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { writePrivateFiles } from '../base/private-file.ts';

export interface Fault {
  file: string;
  message: string;
}

export interface LoadedProfiles {
  profiles: Profile[];
  faults: Fault[];
  /** The file on disk must not be replaced: it could neither be read nor kept aside. */
  isReadOnly: boolean;
}

const fileSchema = z.object({ version: z.literal(1), profiles: z.array(z.unknown()) });

/** No file is no profiles. Never throws. */
export async function loadProfiles(file: string, now: Date): Promise<LoadedProfiles> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { profiles: [], faults: [], isReadOnly: false };
    return {
      profiles: [],
      faults: [{ file, message: `The profiles cannot be read: ${messageOf(error)}.` }],
      isReadOnly: true,
    };
  }
  const aside = `${file}.corrupt-${now.toISOString().replaceAll(':', '-')}`;
  const parsed = parseFile(text);
  if (typeof parsed === 'string') {
    const message = `The file of the profiles is damaged (${parsed}). It was kept as ${aside}; the list starts empty.`;
    return { profiles: [], ...(await keep({ file, message }, () => rename(file, aside))) };
  }
  if (parsed.broken.length === 0) return { profiles: parsed.profiles, faults: [], isReadOnly: false };
  const message = `Profiles were skipped: ${parsed.broken.join('; ')}. The file as it was is kept as ${aside}.`;
  return { profiles: parsed.profiles, ...(await keep({ file, message }, () => copyFile(file, aside))) };
}

async function keep(fault: Fault, keepAside: () => Promise<void>): Promise<Omit<LoadedProfiles, 'profiles'>> {
  try {
    await keepAside();
    return { faults: [fault], isReadOnly: false };
  } catch (error) {
    const message = `The file of the profiles is damaged and cannot be kept aside: ${messageOf(error)}. No profile is saved until it is mended.`;
    return { faults: [{ file: fault.file, message }], isReadOnly: true };
  }
}

/** The profiles and what is wrong with the others, or why the whole file is of no use. */
function parseFile(text: string): { profiles: Profile[]; broken: string[] } | string {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return messageOf(error);
  }
  const outer = fileSchema.safeParse(content);
  if (!outer.success) return summary(outer.error);
  const results = outer.data.profiles.map((profile) => profileSchema.safeParse(profile));
  return {
    profiles: results.flatMap((result) => (result.success ? [result.data] : [])),
    broken: results.flatMap((result, index) =>
      result.success ? [] : [`number ${index + 1}: ${summary(result.error)}`],
    ),
  };
}

function summary(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join(', ');
}

/** Throws STORAGE_FAILED; then what was there is there. */
export async function saveProfiles(file: string, profiles: readonly Profile[]): Promise<void> {
  await writePrivateFiles([{ file, text: `${JSON.stringify({ version: 1, profiles }, null, 2)}\n` }]);
}
