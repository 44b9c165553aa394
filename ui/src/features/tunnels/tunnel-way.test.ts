import { expect, it } from 'vitest';
import { newTunnelDraft } from './tunnel-draft.ts';
import { wayOf } from './tunnel-way.ts';

const fields = { ...newTunnelDraft(null), host: 'gpu-gateway', localPort: '8080', remotePort: '9001' };

it('a reverse tunnel leads from this machine to the other', () => {
  expect(wayOf({ ...fields, direction: 'reverse' })).toEqual({
    from: { machine: 'here', host: null, at: { kind: 'port', port: '8080' } },
    to: { machine: 'there', host: 'gpu-gateway', at: { kind: 'port', port: '9001' } },
  });
});

it('a forward tunnel leads from the other machine to this', () => {
  expect(wayOf({ ...fields, direction: 'forward' })).toEqual({
    from: { machine: 'there', host: 'gpu-gateway', at: { kind: 'port', port: '9001' } },
    to: { machine: 'here', host: null, at: { kind: 'port', port: '8080' } },
  });
});

it('of one that ends here only this end is known', () => {
  expect(wayOf({ ...fields, direction: 'incoming', bindAddress: '0.0.0.0' })).toEqual({
    from: { machine: 'there', host: null, at: null },
    to: { machine: 'here', host: null, at: { kind: 'address', address: '0.0.0.0:9001' } },
  });
});

it('what is not typed yet has its place', () => {
  const { from, to } = wayOf({
    ...fields,
    direction: 'reverse',
    host: ' ',
    localHost: 'fd00::2',
    localPort: '',
    remotePort: ' ',
  });
  expect(from.at).toEqual({ kind: 'address', address: '[fd00::2]:…' });
  expect(to).toEqual({ machine: 'there', host: null, at: { kind: 'port', port: '…' } });
});
