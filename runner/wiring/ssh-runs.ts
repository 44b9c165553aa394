/** Runs ssh as processes of the supervisor, for the tunnels: joins two domains that do not know each other. */
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ProcessSnapshot } from '#contract/process';
import {
  AUTHENTICATED_PATTERN,
  probePortOf,
  sshConfiguration,
  sshTunnelCommand,
} from '../launch/ssh-tunnel-recipe.ts';
import { quoteCommand } from '../launch/quote-command.ts';
import type { LogHub } from '../running/logs/log-hub.ts';
import { writePrivateFiles } from '../base/private-file.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import { isEndState } from '../running/processes/restart-policy.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { SshRun, SshRuns, SshTunnel } from '../remote/tunnels/ports.ts';

/** Between TERM and KILL: ssh has nothing to bring to an end. */
const GRACE_MS = 3_000;

export interface SshRunParts {
  supervisor: Supervisor;
  logs: LogHub;
  /** Where host keys and the configurations of the tunnels are kept. */
  dir: string;
}

export function knownHostsFile(dir: string): string {
  return join(dir, 'known_hosts');
}

export function createSshRuns(parts: SshRunParts): SshRuns {
  const { supervisor } = parts;
  const isSsh = (id: string): boolean =>
    supervisor.has(id) && supervisor.get(id).spec.recipe === 'ssh-tunnel';
  return {
    async start(processId, tunnel, { isVerbose }) {
      await supervisor.launch(await specOf(processId, tunnel, { dir: parts.dir, isVerbose }));
      return follow(processId, parts);
    },
    adopt(processId) {
      const isLiving =
        isSsh(processId) &&
        ['starting', 'loading', 'ready'].includes(supervisor.get(processId).snapshot.state);
      return isLiving ? follow(processId, parts) : null;
    },
    ids: () => supervisor.list().flatMap(({ id, recipe }) => (recipe === 'ssh-tunnel' ? [id] : [])),
    forget(processId) {
      if (isSsh(processId)) supervisor.remove(processId);
      rmSync(configurationFile(parts.dir, processId), { force: true });
    },
    onAppear: (listener) =>
      supervisor.changed.subscribe(({ id, recipe, state }) => {
        if (recipe === 'ssh-tunnel' && (state === 'loading' || state === 'ready')) listener(id);
      }),
  };
}

function configurationFile(dir: string, processId: string): string {
  return join(dir, `${processId}.conf`);
}

function configurationOf(tunnel: SshTunnel, dir: string): string {
  return sshConfiguration(tunnel, {
    knownHosts: knownHostsFile(dir),
    isWindows: process.platform === 'win32',
  });
}

async function specOf(
  id: string,
  tunnel: SshTunnel,
  { dir, isVerbose }: { dir: string; isVerbose: boolean },
): Promise<ProcessSpec> {
  const isWindows = process.platform === 'win32';
  const configFile = configurationFile(dir, id);
  await writePrivateFiles([{ file: configFile, text: configurationOf(tunnel, dir) }]);
  const probePort = tunnel.direction === 'reverse' ? await freePort() : null;
  const command = sshTunnelCommand(tunnel, { configFile, probePort, isVerbose });
  return {
    id,
    ...command,
    recipe: 'ssh-tunnel',
    target: null,
    env: {},
    cwd: null,
    shell: false,
    stdin: 'ignore',
    profileId: null,
    ...(tunnel.direction === 'forward'
      ? {
          host: tunnel.bindAddress,
          port: tunnel.localPort,
        }
      : {
          host: '127.0.0.1',
          port: null,
        }),
    ready: { pattern: AUTHENTICATED_PATTERN },
    restart: { policy: 'never' },
    graceMs: GRACE_MS,
    termAgainAfterMs: null,
    display: quoteCommand(command, isWindows ? 'cmd' : 'posix'),
  };
}

function follow(processId: string, { supervisor, logs, dir }: SshRunParts): SshRun {
  const { snapshot: first, spec } = supervisor.get(processId);
  const gone = new AbortController();
  const isIn = Promise.withResolvers<boolean>();
  const authenticated = new RegExp(AUTHENTICATED_PATTERN);
  // A log that cannot be read tells nothing; that must not end the tunnel.
  const lastLines = (count: number): Promise<string[]> =>
    logs.lastLinesOfRun(processId, count).catch(() => []);
  const probePort = probePortOf(spec.args);
  const isVerbose = spec.args.includes('-v');
  let wasStopped = false;
  const end = (isStopped: boolean): void => {
    for (const undo of unsubscribe) undo();
    wasStopped = isStopped;
    // One that ends at once has ended before its words were seen.
    isIn.resolve(lastLines(200).then((lines) => lines.some((line) => authenticated.test(line))));
    gone.abort();
  };
  const look = ({ id, run, state, exit }: ProcessSnapshot): void => {
    if (id !== processId) return;
    if (run !== first.run || isEndState(state)) end(exit?.reason === 'stopped');
    else if (state === 'ready') isIn.resolve(true);
  };
  const unsubscribe = [
    supervisor.changed.subscribe(look),
    supervisor.removed.subscribe((id) => {
      if (id === processId) end(true);
    }),
  ];
  look(first);
  return {
    gone: gone.signal,
    isIn: isIn.promise,
    get wasStopped() {
      return wasStopped;
    },
    isVerbose,
    probePort,
    fits(tunnel) {
      const configFile = configurationFile(dir, processId);
      const { args } = sshTunnelCommand(tunnel, {
        configFile,
        probePort,
        isVerbose,
      });
      return (
        JSON.stringify(args) === JSON.stringify(spec.args) &&
        textOf(configFile) === configurationOf(tunnel, dir)
      );
    },
    lastLines,
    async end() {
      if (supervisor.has(processId)) await supervisor.stopProcess(processId);
    },
  };
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Given by the system: nobody but ssh takes it in the moment until ssh does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
