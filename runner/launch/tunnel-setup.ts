/** What a person needs to set up a tunnel: the command for a terminal, a systemd unit, the line of authorized_keys, and what sshd wants. Pure. */
import type { TunnelInput, TunnelSetup } from '#contract/tunnel';
import { hostPort, isLoopback, reachableHost } from '#contract/tunnel-address';
import { tunnelNote } from '#contract/tunnel-problem';
import { quoteCommand } from './quote-command.ts';
import { probeTarget, sshOptions, sshTunnelArgs } from './ssh-tunnel-recipe.ts';
import type { SshTunnel } from './ssh-tunnel-recipe.ts';

/** A port that no user but root can listen on: authorized_keys has no other way to say "none". */
const NO_PORT = '127.0.0.1:1';

export interface TunnelSetupContext {
  /** Of the key with which the tunnel connects, one line as in `id_ed25519.pub`; null: not known. */
  publicKey: string | null;
  /** Where host keys are kept that this machine's tunnels have met. */
  knownHosts: string;
  /** Who runs the tunnels of this machine. */
  user: string;
  /** The ssh program. */
  ssh: string;
  isWindows: boolean;
}

export function tunnelSetup(tunnel: TunnelInput, context: TunnelSetupContext): TunnelSetup {
  const { publicKey, isWindows } = context;
  const isOurs = tunnel.direction !== 'incoming';
  return {
    command: isOurs ? quoteCommand(standalone(tunnel, context), isWindows ? 'cmd' : 'posix') : null,
    systemdUnit: isOurs && !isWindows ? systemdUnit(tunnel, context) : null,
    authorizedKeysLine: publicKey === null ? null : authorizedKeysLine(tunnel, publicKey),
    notes: notesOf(tunnel, publicKey !== null),
  };
}

/** The key may do what this tunnel needs and nothing else. A forced command, as `restrict` alone lets commands run. */
function authorizedKeysLine(tunnel: TunnelInput, publicKey: string): string {
  const { listen, open } = permits(tunnel);
  return `restrict,port-forwarding,command="false",permitlisten="${listen}",permitopen="${open}" ${publicKey}`;
}

function permits(tunnel: TunnelInput): { listen: string; open: string } {
  switch (tunnel.direction) {
    case 'reverse':
      return { listen: hostPort(tunnel.bindAddress, tunnel.remotePort), open: probeTarget(tunnel) };
    case 'incoming': {
      const { bindAddress, remotePort } = tunnel;
      return {
        listen: hostPort(bindAddress, remotePort),
        open: hostPort(reachableHost(bindAddress), remotePort),
      };
    }
    case 'forward':
      return { listen: NO_PORT, open: hostPort(tunnel.remoteHost, tunnel.remotePort) };
  }
}

/** Options on the command line: it must work where the runner's files are not. */
function standalone(tunnel: SshTunnel, context: TunnelSetupContext): { cmd: string; args: string[] } {
  const options = sshOptions(tunnel, context).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return {
    cmd: context.ssh,
    args: [...options, ...sshTunnelArgs(tunnel, { probePort: null, isVerbose: false })],
  };
}

export function unitName({ name }: Pick<TunnelInput, 'name'>): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `llm-tunnel${plain === '' ? '' : `-${plain}`}.service`;
}

function systemdUnit(tunnel: SshTunnel, context: TunnelSetupContext): string {
  const folder = unitName(tunnel).replace(/\.service$/, '');
  const { cmd, args } = standalone(tunnel, { ...context, knownHosts: `/var/lib/${folder}/known_hosts` });
  return `[Unit]
Description=SSH tunnel of LLM Server Manager: ${description(tunnel)}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=${context.user}
ExecStart=${[cmd, ...args].map(unitWord).join(' ')}
Restart=always
RestartSec=5
StateDirectory=${folder}
StateDirectoryMode=0700
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
`;
}

/** A backslash at the end would take in the line that follows. */
function description({ name }: SshTunnel): string {
  return name.replaceAll('%', '%%').replace(/\\+$/, '');
}

/** One word of an ExecStart line: systemd knows quotes, backslashes, `%` and `$`. */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./[\]~-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function notesOf(tunnel: TunnelInput, hasKey: boolean): TunnelSetup['notes'] {
  const host = tunnel.direction === 'incoming' ? 'localhost' : tunnel.host;
  const keyPlace = hasKey ? [tunnelNote('key-place', { host })] : [];
  const unit = tunnel.direction === 'incoming' ? [] : [tunnelNote('unit-place', { unit: unitName(tunnel) })];
  if (tunnel.direction === 'forward') {
    const address = hostPort(tunnel.bindAddress, tunnel.localPort);
    const open = isLoopback(tunnel.bindAddress) ? [] : [tunnelNote('listens-beyond-loopback', { address })];
    return [
      ...keyPlace,
      tunnelNote('allow-local-forwarding', { host }),
      ...open,
      tunnelNote('reload-sshd', {}),
      ...unit,
    ];
  }
  const address = hostPort(tunnel.bindAddress, tunnel.remotePort);
  const gateway = isLoopback(tunnel.bindAddress) ? [] : [tunnelNote('gateway-ports', { host, address })];
  const sshd = [
    tunnelNote('allow-forwarding', { host }),
    tunnelNote('keep-alive', { host }),
    ...gateway,
    tunnelNote('reload-sshd', {}),
  ];
  return [...keyPlace, ...sshd, ...unit];
}
