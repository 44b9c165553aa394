/** Profiles as a file: saves one from the page, reads one that was picked. */
import { profileExportSchema, type ProfileExport } from '#contract/profile';

export function saveProfileFile(file: ProfileExport): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'llm-server-profiles.json';
  link.click();
  URL.revokeObjectURL(url);
}

/** Throws `notAnExport`, a sentence for the user, where the file is none. */
export async function readProfileFile(file: Blob, notAnExport: string): Promise<ProfileExport> {
  const parsed = profileExportSchema.safeParse(await readJson(file));
  if (!parsed.success) throw new Error(notAnExport);
  return parsed.data;
}

async function readJson(file: Blob): Promise<unknown> {
  try {
    return JSON.parse(await file.text()) as unknown;
  } catch {
    return null;
  }
}
