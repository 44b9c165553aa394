/** Tells who listens on a TCP port, by Linux's /proc/net/tcp and the sockets that processes hold. Elsewhere it knows nothing. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Socket inodes listening on the port, IPv4 and IPv6. */
function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readLines(file)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) === true && fields[3] === LISTEN && fields[9] !== undefined)
        inodes.add(fields[9]);
    }
  }
  return inodes;
}

/** Which of `pids` holds a socket that listens on the port; null when none does, or none can be looked into. */
export function findPortOwner(port: number, pids: readonly number[]): number | null {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  return pids.find((pid) => holdsSocket(pid, inodes)) ?? null;
}

/** Any process that listens on the port, with its name, for an error message. */
export function describePortOwner(port: number): { pid: number; name: string } | null {
  const pids = readNames('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const pid = findPortOwner(port, pids);
  return pid === null ? null : { pid, name: readLines(`/proc/${pid}/comm`)[0] ?? 'unknown' };
}

function holdsSocket(pid: number, inodes: Set<string>): boolean {
  return readNames(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
