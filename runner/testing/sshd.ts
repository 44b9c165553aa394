/** A real sshd on a loopback port with keys, configuration and authorized_keys of its own. The caller ends it. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

export const SSHD = '/usr/sbin/sshd';

export class Sshd {
  readonly dir: string;
  readonly port: number;
  /** Who logs in: whoever runs the tests, as only root's sshd may change its user. */
  readonly user = userInfo().username;
  readonly #listen: string;
  #child: ChildProcess | null = null;
  #said = '';

  /** `listen` is the address on which it listens. */
  constructor({ dir, port, listen = '127.0.0.1' }: { dir: string; port: number; listen?: string }) {
    this.dir = dir;
    this.port = port;
    this.#listen = listen;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.makeHostKey();
    this.authorize([]);
  }

  /** What it has logged. */
  get said(): string {
    return this.#said;
  }

  /** A key pair; `public` is the line for authorized_keys. */
  makeKey(name: string): { file: string; public: string } {
    const file = join(this.dir, name);
    if (!existsSync(file))
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return { file, public: readFileSync(`${file}.pub`, 'utf8').trim() };
  }

  /** From its next start on. */
  makeHostKey(): void {
    const file = join(this.dir, 'host_key');
    for (const old of [file, `${file}.pub`]) rmSync(old, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  }

  /** The lines of authorized_keys; they hold at once. */
  authorize(lines: readonly string[]): void {
    writeFileSync(join(this.dir, 'authorized_keys'), `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  /** `options` are lines of sshd_config; `prefix` runs it inside something, such as `ip netns exec b`. */
  async start({
    options = [],
    prefix = [],
  }: { options?: readonly string[]; prefix?: readonly string[] } = {}): Promise<void> {
    mkdirSync('/run/sshd', { recursive: true });
    const config = join(this.dir, 'sshd_config');
    writeFileSync(config, `${[...options, ...this.#options()].join('\n')}\n`);
    // Through env, as something must stand before the prefix.
    const child = spawn('env', [...prefix, SSHD, '-D', '-e', '-f', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString();
        if (this.#said.includes('Server listening on')) resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${this.#said}`)));
    });
  }

  /** Ends it and every session of it, as a machine that goes down. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    this.#said = '';
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const sessions = this.sessions(child);
    child.kill('SIGKILL');
    for (const pid of sessions) signal(pid, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await ended;
  }

  /** Ends the listener only: sessions live on, as after `systemctl restart ssh`. Returns the pids of the sessions. */
  async stopListener(): Promise<number[]> {
    const child = this.#child;
    if (child === null) return [];
    this.#child = null;
    const sessions = this.sessions(child);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    return sessions;
  }

  /** To the listener and all sessions: SIGSTOP and SIGCONT are a laptop that sleeps and wakes. */
  signal(name: NodeJS.Signals): void {
    const child = this.#child;
    if (child?.pid === undefined) return;
    for (const pid of [child.pid, ...this.sessions(child)]) signal(pid, name);
  }

  /** Pids of its descendants. */
  sessions(child: ChildProcess | null = this.#child): number[] {
    if (child?.pid === undefined) return [];
    const parents = parentsOfAll();
    const found = new Set([child.pid]);
    for (let size = 0; size !== found.size;) {
      size = found.size;
      for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
    }
    return [...found].filter((pid) => pid !== child.pid);
  }

  #options(): string[] {
    return [
      `Port ${this.port}`,
      `ListenAddress ${this.#listen}`,
      `HostKey ${join(this.dir, 'host_key')}`,
      'PidFile none',
      `AuthorizedKeysFile ${join(this.dir, 'authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'X11Forwarding yes',
      'LogLevel VERBOSE',
    ];
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function parentsOfAll(): [number, number][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return [[Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as [number, number]];
    } catch {
      return [];
    }
  });
}
