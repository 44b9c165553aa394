/** The `ssh-tunnel` recipe: from a tunnel to the ssh command that is it, and to the configuration that this command reads. */
import type { TunnelInput } from '#contract/tunnel';
import { hostPort, reachableHost } from '#contract/tunnel-address';

export type SshTunnel = Extract<TunnelInput, { direction: 'reverse' | 'forward' }>;

/**
 * Nobody is asked, nobody is let through: a new host key is kept (in a file of our own), a changed one refused. An option that ssh has got
 * once it does not take again: these stand before what the user's own configuration says.
 */
const OPTIONS = [
  ['BatchMode', 'yes'],
  ['StrictHostKeyChecking', 'accept-new'],
  ['ConnectTimeout', '10'],
  ['ServerAliveInterval', '15'],
  ['ServerAliveCountMax', '3'],
  ['ControlMaster', 'no'],
  ['ControlPath', 'none'],
  ['ForwardAgent', 'no'],
  ['ForwardX11', 'no'],
  ['PermitLocalCommand', 'no'],
  ['RemoteCommand', 'none'],
  ['ClearAllForwardings', 'no'],
] as const;

export interface SshFiles {
  /** Where host keys are kept. */
  knownHosts: string;
  isWindows: boolean;
}

/** Options by name, quoted as ssh's configuration wants them; the same for a file and for `-o`. */
export function sshOptions(
  { identityFile, compression }: SshTunnel,
  { knownHosts }: SshFiles,
): [string, string][] {
  const identity: [string, string][] =
    identityFile === null
      ? []
      : [
          ['IdentityFile', quotedPath(identityFile)],
          ['IdentitiesOnly', 'yes'],
        ];
  return [
    ...OPTIONS.map(([name, value]): [string, string] => [name, value]),
    // A host that the user has verified is not taken for a new one.
    ['UserKnownHostsFile', `${quotedPath(knownHosts)} ~/.ssh/known_hosts`],
    ...identity,
    ...(compression ? [['Compression', 'yes'] satisfies [string, string]] : []),
  ];
}

/**
 * Text of the file that goes with `sshTunnelCommand`. A file, as the ssh that a jump host needs gets no options of the command line, but
 * reads the same file; and it goes on with the user's own, where hosts, their ports and jump hosts may have names.
 */
export function sshConfiguration(tunnel: SshTunnel, files: SshFiles): string {
  const includes = [
    '~/.ssh/config',
    files.isWindows ? '__PROGRAMDATA__/ssh/ssh_config' : '/etc/ssh/ssh_config',
  ];
  const lines = [
    ...sshOptions(tunnel, files).map(([name, value]) => `${name} ${value}`),
    ...includes.map((file) => `Include ${file}`),
  ];
  return `${lines.join('\n')}\n`;
}

export interface SshTunnelContext {
  /** The file with `sshConfiguration`. */
  configFile: string;
  /** Of this machine, free: where "reverse" is asked through itself. Null: it is not. */
  probePort: number | null;
  /** Tells which keys it offers and why sshd refuses: a line for every step, and for every request. */
  isVerbose: boolean;
}

export function sshTunnelCommand(
  tunnel: SshTunnel,
  { configFile, probePort, isVerbose }: SshTunnelContext,
): { cmd: string; args: string[] } {
  return { cmd: 'ssh', args: ['-F', configFile, ...sshTunnelArgs(tunnel, { probePort, isVerbose })] };
}

/** From `-N` to the host, which stands behind `--`: nothing in it is taken for an option. */
export function sshTunnelArgs(
  tunnel: SshTunnel,
  { probePort, isVerbose }: Pick<SshTunnelContext, 'probePort' | 'isVerbose'>,
): string[] {
  const { host, port, user, jumpHost } = tunnel;
  return [
    '-N',
    ...(isVerbose ? ['-v'] : ['-o', 'LogLevel=VERBOSE']),
    '-o',
    'ExitOnForwardFailure=yes',
    ...forwardings(tunnel, probePort),
    ...(jumpHost === null ? [] : ['-J', jumpHost]),
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    '--',
    host.replace(/^\[(.*)\]$/, '$1'),
  ];
}

/** The line of ssh's log with which it is in, forwardings aside. */
export const AUTHENTICATED_PATTERN = '^Authenticated to ';

/** The probe port of a command made here; null: it has none. */
export function probePortOf(args: readonly string[]): number | null {
  const forwarding = args.includes('-R') ? args[args.indexOf('-L') + 1] : undefined;
  const port = Number(forwarding?.split(':')[1]);
  return Number.isInteger(port) && args.includes('-L') ? port : null;
}

function forwardings(tunnel: SshTunnel, probePort: number | null): string[] {
  if (tunnel.direction === 'forward') {
    const { bindAddress, localPort, remoteHost, remotePort } = tunnel;
    return ['-L', `${hostPort(bindAddress, localPort)}:${hostPort(remoteHost, remotePort)}`];
  }
  const { bindAddress, remotePort, localHost, localPort } = tunnel;
  const probe = probePort === null ? [] : ['-L', `127.0.0.1:${probePort}:${probeTarget(tunnel)}`];
  return ['-R', `${hostPort(bindAddress, remotePort)}:${hostPort(localHost, localPort)}`, ...probe];
}

/** Where the listener of a reverse tunnel is asked, as the other machine sees it: `host:port`, also what permitopen must allow. */
export function probeTarget({
  bindAddress,
  remotePort,
}: Extract<SshTunnel, { direction: 'reverse' }>): string {
  return hostPort(reachableHost(bindAddress), remotePort);
}

/** ssh takes `%` for a place to fill, and a backslash for an escape. */
function quotedPath(path: string): string {
  const slashed = /^[A-Za-z]:/.test(path) ? path.replaceAll('\\', '/') : path.replaceAll('\\', '\\\\');
  return `"${slashed.replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}
