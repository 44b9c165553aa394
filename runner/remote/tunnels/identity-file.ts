/** The private key of a tunnel, looked at before ssh does: is it there, is it private, what is its public half? */
import { readFile, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { tunnelProblem, type FoundProblem } from '#contract/tunnel-problem';

/** null: ssh can use it, or ssh chooses by itself. */
export async function checkIdentity(identityFile: string | null): Promise<FoundProblem | null> {
  if (identityFile === null) return null;
  const found = await stat(expanded(identityFile)).catch(() => null);
  if (found === null || !found.isFile()) return tunnelProblem('identity-missing', { file: identityFile });
  // As ssh checks it: of files of other owners it takes what it can read.
  const isOpen = process.platform !== 'win32' && found.uid === userInfo().uid && (found.mode & 0o077) !== 0;
  return isOpen ? tunnelProblem('identity-open', { file: identityFile }) : null;
}

/** From the `.pub` beside it; null: there is none. */
export async function publicKeyOf(identityFile: string | null): Promise<string | null> {
  const candidates =
    identityFile === null ? ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'] : [identityFile];
  for (const candidate of candidates) {
    const text = await readFile(`${expanded(candidate)}.pub`, 'utf8').catch(() => '');
    const line = text.split(/\r?\n/)[0]?.trim() ?? '';
    if (/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [^"]*)?$/.test(line)) return line;
  }
  return null;
}

function expanded(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
