/** Suggests a process id that is free. */
import type { LaunchDraft } from './launch-draft.ts';

export function suggestId(draft: LaunchDraft, freePort: number, taken: readonly string[]): string {
  const wanted = baseId(draft, freePort);
  if (!taken.includes(wanted)) return wanted;
  for (let number = 2; ; number += 1) {
    const next = `${wanted.slice(0, 58)}_${number}`;
    if (!taken.includes(next)) return next;
  }
}

function baseId(draft: LaunchDraft, freePort: number): string {
  if (draft.tab === 'script') return nameOf(draft.script.path) || 'script';
  if (draft.tab === 'command') return nameOf(draft.command.cmd) || 'command';
  return `llama_${/^\d+$/.test(draft.server.port.trim()) ? draft.server.port.trim() : freePort}`;
}

/** The file's name without folder and ending, in harmless characters. */
function nameOf(path: string): string {
  const file = path.trim().split(/[/\\]/).at(-1) ?? '';
  return file
    .replace(/\.[A-Za-z0-9]{1,4}$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replaceAll(/^[._]+|_+$/g, '')
    .slice(0, 60);
}
