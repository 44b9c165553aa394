import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { probePortOf, sshConfiguration, sshTunnelCommand } from './ssh-tunnel-recipe.ts';
import type { SshTunnel } from './ssh-tunnel-recipe.ts';

const FILES = { knownHosts: '/data of mine/known_hosts', isWindows: false };
const CONTEXT = { configFile: '/d/x.conf', probePort: 4000, isVerbose: false };

function tunnel(fields: object): SshTunnel {
  const parsed = tunnelInputSchema.parse({
    name: 't',
    host: 'b.example',
    remotePort: 8080,
    localPort: 8000,
    ...fields,
  });
  if (parsed.direction === 'incoming') throw new Error('has no ssh');
  return parsed;
}

it('a reverse tunnel asks for its port on the other machine, and for a way back to it through the same connection', () => {
  const { args } = sshTunnelCommand(
    tunnel({ direction: 'reverse', user: 'llm', port: 2222, jumpHost: 'me@jump:22' }),
    CONTEXT,
  );
  expect(args.join(' ')).toBe(
    '-F /d/x.conf -N -o LogLevel=VERBOSE -o ExitOnForwardFailure=yes -R 127.0.0.1:8080:127.0.0.1:8000 ' +
      '-L 127.0.0.1:4000:127.0.0.1:8080 -J me@jump:22 -p 2222 -l llm -- b.example',
  );
  expect(probePortOf(args)).toBe(4000);
});

it('a forward tunnel listens here, and leaves port and user to the configuration of ssh where none are given', () => {
  const { args } = sshTunnelCommand(tunnel({ direction: 'forward', remoteHost: '::1', host: '[fd00::2]' }), {
    ...CONTEXT,
    isVerbose: true,
  });
  expect(args.join(' ')).toBe(
    '-F /d/x.conf -N -v -o ExitOnForwardFailure=yes -L 127.0.0.1:8000:[::1]:8080 -- fd00::2',
  );
  expect(probePortOf(args)).toBeNull();
});

it.each([
  ['0.0.0.0', '127.0.0.1:8080'],
  ['::', '[::1]:8080'],
  ['192.0.2.7', '192.0.2.7:8080'],
  ['localhost', '127.0.0.1:8080'],
])('a listener on %s is asked at %s', (bindAddress, target) => {
  expect(sshTunnelCommand(tunnel({ direction: 'reverse', bindAddress }), CONTEXT).args).toContain(
    `127.0.0.1:4000:${target}`,
  );
});

it('the configuration sets what must hold before it takes the user’s own, and quotes paths', () => {
  const text = sshConfiguration(
    tunnel({ direction: 'reverse', identityFile: '/keys/of 100%/id', compression: true }),
    FILES,
  );
  expect(text.split('\n')).toEqual([
    'BatchMode yes',
    'StrictHostKeyChecking accept-new',
    'ConnectTimeout 10',
    'ServerAliveInterval 15',
    'ServerAliveCountMax 3',
    'ControlMaster no',
    'ControlPath none',
    'ForwardAgent no',
    'ForwardX11 no',
    'PermitLocalCommand no',
    'RemoteCommand none',
    'ClearAllForwardings no',
    'UserKnownHostsFile "/data of mine/known_hosts" ~/.ssh/known_hosts',
    'IdentityFile "/keys/of 100%%/id"',
    'IdentitiesOnly yes',
    'Compression yes',
    'Include ~/.ssh/config',
    'Include /etc/ssh/ssh_config',
    '',
  ]);
});

describe('nothing that was typed becomes an option', () => {
  const faultOf = (fields: object) => {
    const given = { direction: 'reverse', name: 't', host: 'b', remotePort: 1, localPort: 1, ...fields };
    return tunnelInputSchema.safeParse(given).error?.issues.map(({ path }) => path.join('.'));
  };

  it.each([
    ['host', '-oProxyCommand=id'],
    ['host', 'a b'],
    ['host', 'a;id'],
    ['host', '$(id)'],
    ['host', ''],
    ['user', '-oProxyCommand=id'],
    ['user', 'a`id`'],
    ['jumpHost', '-oProxyCommand=id'],
    ['jumpHost', 'a,-oProxyCommand'],
    ['jumpHost', 'me@-oProxyCommand'],
    ['jumpHost', 'a b'],
    ['jumpHost', "a'id'"],
    ['bindAddress', '-g'],
    ['bindAddress', '0.0.0.0 -oProxyCommand=id'],
    ['localHost', '-x'],
    ['identityFile', '/k"\nProxyCommand id'],
    ['identityFile', '/k" ProxyCommand'],
    ['identityFile', '/k/${RUNNER_TOKEN}'],
    ['name', 'a\nExecStartPre=/bin/id'],
    ['identityFile', 'relative/key'],
    ['port', 0],
    ['remotePort', 65_536],
    ['localPort', 1.5],
    ['name', ''],
  ])('%s %j is refused', (field, value) => {
    expect(faultOf({ [field]: value })).toEqual(expect.arrayContaining([field]));
  });

  it('whatever the contract lets through, ssh gets one host behind "--", and values only behind their own options', () => {
    const word = fc.string({
      unit: fc.constantFrom('-', 'o', 'P', '@', ':', '[', ']', ',', '.', 'x', '\\', ' ', '='),
    });
    fc.assert(
      fc.property(word, word, word, (host, user, jumpHost) => {
        const given = { direction: 'reverse', name: 't', remotePort: 1, localPort: 1, host, user, jumpHost };
        const parsed = tunnelInputSchema.safeParse(given);
        if (!parsed.success || parsed.data.direction === 'incoming') return;
        const { args } = sshTunnelCommand(parsed.data, CONTEXT);
        const values = new Set(['-F', '-o', '-R', '-L', '-J', '-p', '-l']);
        const bare = args.filter((_arg, index) => !values.has(args[index - 1] ?? ''));
        expect(bare.filter((arg) => !values.has(arg)).slice(0, -1)).toEqual(['-N', '--']);
        expect(
          args
            .filter((arg) => arg.startsWith('-'))
            .every((arg) => values.has(arg) || ['-N', '--'].includes(arg)),
        ).toBe(true);
      }),
    );
  });
});
