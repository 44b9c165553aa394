/** Pure rules of tunnels: which two cannot be at once, and which changes need a new connection. */
import type { TunnelInput } from '#contract/tunnel';
import { AppError } from '../../base/errors.ts';

/** Throws TUNNEL_EXISTS when another has the name, or would listen at the same place. */
export function refuseTwin(
  tunnel: TunnelInput,
  others: readonly { id: string; config: TunnelInput }[],
): void {
  for (const { id, config } of others) {
    if (config.name === tunnel.name)
      throw exists(`There is a tunnel named "${tunnel.name}" already. Choose another name.`, id);
    if (placeOf(config) !== placeOf(tunnel)) continue;
    throw exists(
      `The tunnel "${config.name}" listens at the same place already. Change that one, or choose another port.`,
      id,
    );
  }
}

function exists(message: string, id: string): AppError {
  return new AppError('TUNNEL_EXISTS', message, { details: { id } });
}

/** Where it listens: on this machine, or on which other one. */
function placeOf(tunnel: TunnelInput): string {
  switch (tunnel.direction) {
    case 'reverse':
      return `${tunnel.host} ${tunnel.port} ${tunnel.remotePort}`;
    case 'forward':
      return `here ${tunnel.localPort}`;
    case 'incoming':
      return `here ${tunnel.remotePort}`;
  }
}

/** Name, key and start with the runner do not touch what stands. */
export function needsNewConnection(before: TunnelInput, after: TunnelInput): boolean {
  return connectionOf(before) !== connectionOf(after);
}

function connectionOf(tunnel: TunnelInput): string {
  const ignored: ReadonlySet<string> = new Set(['name', 'apiKey', 'startWithRunner', 'publicKey']);
  const fields = Object.entries(tunnel).filter(([field]) => !ignored.has(field));
  return JSON.stringify(fields.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Absent fields stay; a change of direction begins anew. `apiKey` "" takes the key away. */
export function mergedTunnel(before: TunnelInput, change: Record<string, unknown>): Record<string, unknown> {
  const isOther = change['direction'] !== undefined && change['direction'] !== before.direction;
  const { apiKey, ...rest }: Record<string, unknown> = {
    ...(isOther ? { name: before.name, apiKey: before.apiKey } : before),
    ...change,
  };
  return apiKey === '' || apiKey === undefined ? rest : { ...rest, apiKey };
}
