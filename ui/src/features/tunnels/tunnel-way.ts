/** What a tunnel does, as two ends: where the model server is, and where it appears. Pure. */
import { hostPort, isLoopback } from '#contract/tunnel-address';
import type { TunnelDraft } from './tunnel-draft.ts';

export interface WayEnd {
  machine: 'here' | 'there';
  /** Its name, where one is known. */
  host: string | null;
  /** "port": on loopback, so the port says it all. null: that machine's own matter. */
  at: { kind: 'port'; port: string } | { kind: 'address'; address: string } | null;
}

export interface Way {
  from: WayEnd;
  to: WayEnd;
}

type WayFields = Pick<
  TunnelDraft,
  'direction' | 'host' | 'localHost' | 'localPort' | 'remoteHost' | 'remotePort' | 'bindAddress'
>;

export function wayOf(fields: WayFields): Way {
  const { direction, localHost, localPort, remoteHost, remotePort, bindAddress } = fields;
  const host = fields.host.trim() === '' ? null : fields.host.trim();
  switch (direction) {
    case 'reverse':
      return {
        from: { machine: 'here', host: null, at: place(localHost, localPort) },
        to: { machine: 'there', host, at: place(bindAddress, remotePort) },
      };
    case 'forward':
      return {
        from: { machine: 'there', host, at: place(remoteHost, remotePort) },
        to: { machine: 'here', host: null, at: place(bindAddress, localPort) },
      };
    case 'incoming':
      return {
        from: { machine: 'there', host: null, at: null },
        to: { machine: 'here', host: null, at: place(bindAddress, remotePort) },
      };
  }
}

function place(host: string, port: string): WayEnd['at'] {
  const shown = port.trim() === '' ? '…' : port.trim();
  const address = host.trim();
  if (address === '' || isLoopback(address)) return { kind: 'port', port: shown };
  return { kind: 'address', address: hostPort(address, shown) };
}
