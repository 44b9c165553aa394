/** Why a tunnel does not stand or carries nothing, what its test found, and what sshd needs for it: closed lists of codes, each with its English texts. */
import { fillText, type TextValues, type ValuesFor } from './text-values.ts';

const START_SERVER = 'Start the model server there, or correct host and port of the tunnel.';
const CHECK_ADDRESS =
  'Check host and port. Is sshd running there, and does its firewall let port {{port}} in?';
const ADD_KEY =
  'Add its public key to ~/.ssh/authorized_keys of the right user there (the set-up of this tunnel has the line), and check the user name. A key with a passphrase must be in an ssh agent.';
const FREE_PORT = 'Stop that program, or choose another local port.';

export const TUNNEL_PROBLEM_TEXTS = {
  'key-refused': { message: '{{host}} refused the key {{key}}.', suggestion: ADD_KEY },
  'key-refused-unnamed': {
    message: '{{host}} refused every key that ssh has by itself.',
    suggestion: `Choose an identity file for this tunnel. ${ADD_KEY}`,
  },
  'host-key-changed': {
    message:
      'The host key of {{name}} is not the one that was known: it was set up anew, or somebody stands in between. ssh refuses to connect.',
    suggestion:
      'Ask whoever runs that machine whether its key changed. If it did, forget the old key and connect again: ssh-keygen -f "{{file}}" -R "{{name}}"',
  },
  'host-key-refused': {
    message: 'ssh does not accept the host key of {{host}}.',
    suggestion:
      'Look at the log of this tunnel. The key may be revoked, or ~/.ssh/config may ask for keys that this host does not have.',
  },
  'remote-port-busy': {
    message:
      '{{host}} cannot listen on port {{port}}: something there has it, most likely an earlier session that has not ended yet.',
    suggestion:
      'This is tried again every few seconds. Find the holder there with: sudo ss -ltnp "sport = :{{port}}". With ClientAliveInterval 15 in its sshd_config stale sessions end by themselves. With permitlisten in authorized_keys, check that it allows this port.',
  },
  'forwarding-prohibited': {
    message: 'sshd on {{host}} does not allow this forwarding ({{target}}).',
    suggestion:
      'Set AllowTcpForwarding yes in its sshd_config, and let permitlisten and permitopen of the key in authorized_keys allow {{target}}. The set-up of this tunnel has the line.',
  },
  'local-port-busy': {
    message: 'Port {{port}} of this machine is taken by {{holder}}.',
    suggestion: FREE_PORT,
  },
  'local-port-busy-unnamed': { message: 'Port {{port}} of this machine is taken.', suggestion: FREE_PORT },
  'host-unknown': {
    message: 'The host name {{host}} is not known.',
    suggestion: 'Check its spelling and the DNS of this machine, or enter its address.',
  },
  'connection-refused': {
    message: '{{host}} refused the connection to port {{port}}: no sshd listens there.',
    suggestion: CHECK_ADDRESS,
  },
  'connect-timeout': {
    message: '{{host}} did not answer on port {{port}} in time.',
    suggestion: CHECK_ADDRESS,
  },
  'no-route': {
    message: 'There is no way from here to {{host}}.',
    suggestion: 'Check the network of this machine, and the address.',
  },
  'network-lost': {
    message: 'The connection to {{host}} was lost.',
    suggestion: 'The network broke, or the other machine went away. The tunnel comes back by itself.',
  },
  'closed-by-host': {
    message: '{{host}} closed the connection.',
    suggestion:
      'Its sshd was stopped or is too busy (MaxStartups), or something there blocks this address (fail2ban). The tunnel comes back by itself.',
  },
  'ssh-missing': {
    message: 'The program ssh was not found on this machine.',
    suggestion:
      'Install the OpenSSH client: apt install openssh-client; on Windows it is an optional feature.',
  },
  'identity-missing': {
    message: 'There is no identity file {{file}}.',
    suggestion: 'Check the path, or make a key with: ssh-keygen -t ed25519 -f {{file}}',
  },
  'identity-open': {
    message: 'Others may read the identity file {{file}}; ssh does not use such a key.',
    suggestion: 'Take their rights away with: chmod 600 {{file}}',
  },
  'identity-locked': {
    message:
      '{{host}} takes the key {{file}}, but it cannot be used: it has a passphrase, and nobody is there to enter it.',
    suggestion:
      'Hand it to an ssh agent before the runner is started: ssh-add {{file}}. Or make a key of its own for tunnels, without a passphrase.',
  },
  'jump-failed': {
    message: 'The way through the jump host {{jump}} failed: {{line}}',
    suggestion:
      'Try it in a terminal: ssh {{jump}}. It must let this key in and forward to the host behind it.',
  },
  'configuration-broken': {
    message: 'ssh does not understand its configuration: {{line}}',
    suggestion: 'Correct ~/.ssh/config.',
  },
  'not-started': {
    message: 'ssh could not be started: {{reason}}',
    suggestion: 'Mend that; it is tried again.',
  },
  ended: {
    message: 'ssh ended without saying why.',
    suggestion:
      'The tunnel comes back by itself. If this happens again and again, look at the log of sshd on {{host}}.',
  },
  'ended-saying': {
    message: 'ssh ended: {{line}}',
    suggestion: 'Look at the log of this tunnel for what came before.',
  },
  'target-down': {
    message: 'The tunnel stands, but nothing answers at {{address}}.',
    suggestion: START_SERVER,
  },
  'remote-target-down': {
    message: 'The tunnel stands, but on {{host}} nothing answers at {{address}}.',
    suggestion: START_SERVER,
  },
  'no-answer-through': {
    message: 'The tunnel stands, but no answer comes through it.',
    suggestion: 'If this does not pass, the tunnel is connected anew by itself.',
  },
  'tunnel-dead': {
    message: 'The tunnel stood, but nothing came through it any more; it was ended.',
    suggestion: 'It is connected anew by itself. The other machine was asleep or the network changed.',
  },
  'probe-forbidden': {
    message:
      'The tunnel stands, but it cannot be tested: the key may not open {{target}} on the other machine.',
    suggestion:
      'Add permitopen="{{target}}" to the options of the key in authorized_keys there (without AllowTcpForwarding yes or all in sshd_config it does not help).',
  },
  'incoming-absent': {
    message: 'Nothing listens at {{address}}: the tunnel of the other machine is not connected.',
    suggestion: 'Start the tunnel on the other machine. Its remote port must be {{port}}.',
  },
  'incoming-silent': {
    message:
      'Something listens at {{address}}, but no answer comes: the session may be stale, or the model server of the other machine is down.',
    suggestion:
      'Look at the tunnel on the other machine. With ClientAliveInterval 15 in the sshd_config of this one stale sessions end by themselves.',
  },
} as const;

export type TunnelProblemCode = keyof typeof TUNNEL_PROBLEM_TEXTS;

type ProblemValues<Code extends TunnelProblemCode> = ValuesFor<
  (typeof TUNNEL_PROBLEM_TEXTS)[Code]['message' | 'suggestion']
>;

/** A problem before it is known since when there is one. */
export interface FoundProblem {
  code: TunnelProblemCode;
  message: string;
  suggestion: string;
  values: TextValues;
}

export function tunnelProblem<Code extends TunnelProblemCode>(
  code: Code,
  values: ProblemValues<Code>,
): FoundProblem {
  const { message, suggestion } = TUNNEL_PROBLEM_TEXTS[code];
  return { code, message: fillText(message, values), suggestion: fillText(suggestion, values), values };
}

export const TUNNEL_STEP_TEXTS = {
  'target-answers': 'The model server answers at {{address}}.',
  'target-silent': 'Nothing answers at {{address}}.',
  connected: '{{host}} let us in.',
  'not-connected': 'ssh did not get in.',
  forwarded: 'The forwarding stands.',
  'not-forwarded': 'The forwarding was not set up.',
  'probe-answers': 'An answer came through the tunnel.',
  'probe-silent': 'No answer came through the tunnel.',
} as const;

export const TUNNEL_NOTE_TEXTS = {
  'keep-alive':
    'sshd of {{host}}: "ClientAliveInterval 15" and "ClientAliveCountMax 3" end sessions that died, so that the port is free when the tunnel comes back.',
  'allow-forwarding':
    'sshd of {{host}}: AllowTcpForwarding must be yes (the default). "remote" is enough for the tunnel, but then it cannot be tested.',
  'allow-local-forwarding': 'sshd of {{host}}: AllowTcpForwarding must be yes (the default) or local.',
  'gateway-ports':
    'sshd of {{host}}: "GatewayPorts clientspecified", else it listens on 127.0.0.1 only. Whoever reaches {{address}} reaches the model server: it needs an API key and a firewall.',
  'listens-beyond-loopback':
    'Whoever reaches {{address}} of this machine reaches the model server: it needs an API key and a firewall.',
  'reload-sshd':
    'After a change of sshd_config: sudo sshd -t && sudo systemctl reload ssh (sshd on some systems).',
  'unit-place':
    'Put the unit at /etc/systemd/system/{{unit}}, then: sudo systemctl daemon-reload && sudo systemctl enable --now {{unit}}. Stop the tunnel here first: two of them want the same port.',
  'key-place': 'Put the line into ~/.ssh/authorized_keys of the user on {{host}}.',
} as const;

export type TunnelStepCode = keyof typeof TUNNEL_STEP_TEXTS;
export type TunnelNoteCode = keyof typeof TUNNEL_NOTE_TEXTS;

export function tunnelNote<Code extends TunnelNoteCode>(
  code: Code,
  values: ValuesFor<(typeof TUNNEL_NOTE_TEXTS)[Code]>,
) {
  return { code, text: fillText(TUNNEL_NOTE_TEXTS[code], values), values };
}

export function tunnelStepText<Code extends TunnelStepCode>(
  code: Code,
  values: ValuesFor<(typeof TUNNEL_STEP_TEXTS)[Code]>,
) {
  return { code, message: fillText(TUNNEL_STEP_TEXTS[code], values), values };
}
