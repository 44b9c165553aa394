import { expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { tunnelSetup, unitName } from './tunnel-setup.ts';

const CONTEXT = {
  publicKey: 'ssh-ed25519 AAAA me@a',
  knownHosts: '/d/known_hosts',
  user: 'llm',
  ssh: '/usr/bin/ssh',
  isWindows: false,
};
const parse = (fields: object) =>
  tunnelInputSchema.parse({
    name: 'To B 100%',
    direction: 'reverse',
    host: 'b',
    localPort: 8000,
    remotePort: 8080,
    ...fields,
  });
const codes = (fields: object) => tunnelSetup(parse(fields), CONTEXT).notes.map(({ code }) => code);

it('the line of authorized_keys allows the port, the probe, and no command', () => {
  expect(tunnelSetup(parse({}), CONTEXT).authorizedKeysLine).toBe(
    'restrict,port-forwarding,command="false",permitlisten="127.0.0.1:8080",permitopen="127.0.0.1:8080" ssh-ed25519 AAAA me@a',
  );
});

it('a forward tunnel’s key may listen nowhere', () => {
  expect(tunnelSetup(parse({ direction: 'forward' }), CONTEXT).authorizedKeysLine).toContain(
    'permitlisten="127.0.0.1:1",permitopen="127.0.0.1:8080"',
  );
});

it('an incoming tunnel has nothing to run here, but a line for the other machine’s key', () => {
  const incoming = tunnelInputSchema.parse({ direction: 'incoming', name: 'From A', remotePort: 8080 });
  expect(tunnelSetup(incoming, CONTEXT)).toMatchObject({
    command: null,
    systemdUnit: null,
    authorizedKeysLine: expect.any(String),
  });
  expect(tunnelSetup(incoming, { ...CONTEXT, publicKey: null }).authorizedKeysLine).toBeNull();
});

it('the command for a terminal is quoted for it and needs no file of the runner’s', () => {
  const { command } = tunnelSetup(parse({ identityFile: '/my keys/id' }), CONTEXT);
  expect(command).toContain(`-o 'IdentityFile="/my keys/id"'`);
  expect(command).not.toContain('-F ');
  expect(command).toMatch(/-R 127\.0\.0\.1:8080:127\.0\.0\.1:8000 -- b$/);
});

it('a listener beyond loopback needs GatewayPorts, and says who can reach it', () => {
  expect(codes({})).not.toContain('gateway-ports');
  expect(codes({ bindAddress: '0.0.0.0' })).toContain('gateway-ports');
  expect(codes({ direction: 'forward', bindAddress: '0.0.0.0' })).toContain('listens-beyond-loopback');
});

it('a name that ends with a backslash takes no line of the unit in', () => {
  expect(tunnelSetup(parse({ name: 'a\\\\' }), CONTEXT).systemdUnit).toMatch(/Manager: a\nWants=/);
});

it('the unit has a name of its own and escapes what systemd would fill in', () => {
  const tunnel = parse({ identityFile: '/keys/100%/id' });
  expect(unitName(tunnel)).toBe('llm-tunnel-to-b-100.service');
  const unit = tunnelSetup(tunnel, CONTEXT).systemdUnit ?? '';
  expect(unit).toContain('Description=SSH tunnel of LLM Server Manager: To B 100%%');
  expect(unit).toContain(String.raw`"IdentityFile=\"/keys/100%%%%/id\""`);
});
