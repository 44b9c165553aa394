import { describe, expect, it } from 'vitest';
import { tunnelInputSchema, type Tunnel, type TunnelDirection } from '#contract/tunnel';
import {
  newTunnelDraft,
  readTunnelDraft,
  toTunnelChange,
  toTunnelDraft,
  type TunnelDraft,
} from './tunnel-draft.ts';

const draft = (fields: Partial<TunnelDraft> = {}): TunnelDraft => ({
  ...newTunnelDraft(8001),
  name: 'to b',
  host: 'b.example',
  ...fields,
});

const CONFIGS: Record<TunnelDirection, object> = {
  reverse: {
    host: 'b',
    port: 2222,
    user: 'llm',
    localHost: '10.0.0.5',
    localPort: 1,
    remotePort: 2,
    bindAddress: '0.0.0.0',
    compression: true,
  },
  forward: {
    host: 'b',
    remoteHost: '::1',
    remotePort: 3,
    localPort: 4,
    jumpHost: 'me@j:22',
    startWithRunner: false,
    identityFile: '~/k',
  },
  incoming: { remotePort: 5, bindAddress: '::1', publicKey: 'ssh-ed25519 AAAA me' },
};

it.each(['reverse', 'forward', 'incoming'] as const)(
  'what was made comes back the same from the form: %s',
  (direction) => {
    const config = tunnelInputSchema.parse({
      direction,
      name: 'n',
      ...CONFIGS[direction],
    }) as Tunnel['config'];
    expect(readTunnelDraft(toTunnelDraft({ config }))).toEqual({ input: config, faults: {} });
  },
);

it('a new one needs a name and a host, and has the port of the model server that runs', () => {
  expect(readTunnelDraft(newTunnelDraft(null))).toEqual({
    input: null,
    faults: { name: 'missing', host: 'missing' },
  });
  expect(readTunnelDraft(draft()).input).toMatchObject({
    direction: 'reverse',
    localPort: 8001,
    remotePort: 8080,
    port: 22,
    user: null,
  });
});

it('an empty field is what is usual', () => {
  const { input } = readTunnelDraft(
    draft({
      port: ' ',
      bindAddress: '',
      localHost: '',
      user: ' ',
      identityFile: '',
      jumpHost: '',
      apiKey: ' ',
    }),
  );
  expect(input).toMatchObject({
    port: 22,
    bindAddress: '127.0.0.1',
    localHost: '127.0.0.1',
    user: null,
    identityFile: null,
    jumpHost: null,
  });
  expect(input).not.toHaveProperty('apiKey');
});

describe('a fault is told by its field', () => {
  it.each([
    [{ host: '-oProxyCommand=id' }, { host: 'wrong' }],
    [
      { host: 'a b', name: ' ' },
      { host: 'wrong', name: 'missing' },
    ],
    [{ localPort: '' }, { localPort: 'missing' }],
    [{ localPort: '80a' }, { localPort: 'wrong' }],
    [{ remotePort: '65536' }, { remotePort: 'wrong' }],
    [{ port: '-1' }, { port: 'wrong' }],
    [{ identityFile: 'key' }, { identityFile: 'wrong' }],
    [{ jumpHost: 'a b' }, { jumpHost: 'wrong' }],
    [{ bindAddress: 'everywhere!' }, { bindAddress: 'wrong' }],
    [{ direction: 'incoming', publicKey: '-----BEGIN OPENSSH PRIVATE KEY-----' }, { publicKey: 'wrong' }],
    [{ direction: 'forward', apiKey: 'two words' }, { apiKey: 'wrong' }],
  ] as const)('%j', (fields, faults) =>
    expect(readTunnelDraft(draft(fields))).toEqual({ input: null, faults }),
  );
});

it('of another direction only what belongs to it is read', () => {
  expect(
    readTunnelDraft(draft({ direction: 'incoming', host: '', localPort: 'x', remotePort: '9001' })).input,
  ).toEqual({
    direction: 'incoming',
    name: 'to b',
    bindAddress: '127.0.0.1',
    remotePort: 9001,
    publicKey: null,
  });
});

it('a key that is not typed anew stays, and can be taken away', () => {
  const kept = draft({ direction: 'forward' });
  const { input } = readTunnelDraft(kept);
  if (input === null) throw new Error('there are faults');
  expect(toTunnelChange(input, kept)).not.toHaveProperty('apiKey');
  expect(toTunnelChange(input, { ...kept, removesKey: true })).toMatchObject({ apiKey: '' });
});
