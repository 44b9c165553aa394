/** Finds the parts of a plan that exist already in what the runner reports: endpoints, tunnels, MQTT, keys. Pure. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayKey } from '#contract/gateway';
import type { MqttStatus, MqttWorker } from '#contract/mqtt';
import type { Tunnel, TunnelInput, TunnelTest } from '#contract/tunnel';
import { isLoopback } from '#contract/tunnel-address';
import type { Plan } from './answers.ts';

/** A field is null until its value is known. */
export interface Facts {
  endpoints: readonly Endpoint[];
  tunnels: readonly Tunnel[];
  mqtt: MqttStatus | null;
  keys: readonly GatewayKey[];
  gatewayUrl: string | null;
  /** The last test of the tunnel. */
  test: TunnelTest | null;
  nowMs: number;
}

export function portOf(url: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(url)?.[1] ?? 0);
}

export function hostOf(url: string): string {
  return /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1] ?? '';
}

/** Servers that run on this machine. */
export function localServers(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter(
    ({ source, baseUrl }) => source !== 'tunnel' && source !== 'mqtt' && isLoopback(hostOf(baseUrl)),
  );
}

/** A port for the end of a tunnel here: the first from 8080 on that no server of this machine uses. */
export function freePort(endpoints: readonly Endpoint[]): number {
  const taken = new Set(localServers(endpoints).map(({ baseUrl }) => portOf(baseUrl)));
  for (let port = 8080; ; port += 1) if (!taken.has(port)) return port;
}

/** Finds a tunnel that does the same, whatever its name. */
function findTunnel(tunnels: readonly Tunnel[], wanted: TunnelInput): Tunnel | null {
  return tunnels.find(({ config }) => placeOf(config) === placeOf(wanted)) ?? null;
}

function placeOf(tunnel: Tunnel['config']): string {
  switch (tunnel.direction) {
    case 'reverse':
      return `reverse ${tunnel.host} ${tunnel.port} ${tunnel.localPort} ${tunnel.remotePort}`;
    case 'forward':
      return `forward ${tunnel.host} ${tunnel.port} ${tunnel.remotePort} ${tunnel.localPort}`;
    case 'incoming':
      return `incoming ${tunnel.remotePort}`;
  }
}

/** The plan's tunnel as this runner knows it: made here, or ending here. */
export function tunnelHere(plan: Plan, { tunnels }: Facts): Tunnel | null {
  if (plan.tunnel?.madeBy === 'here') return findTunnel(tunnels, plan.tunnel.input);
  return plan.incoming === null || plan.gatewaySide !== 'here' ? null : findTunnel(tunnels, plan.incoming);
}

/** The other machine's model as an endpoint of this runner; online ones are preferred. */
export function remoteEndpoint(plan: Plan, facts: Facts): Endpoint | null {
  const ids =
    plan.tunnel === null
      ? (facts.mqtt?.endpoints ?? []).map(({ id }) => id)
      : [tunnelHere(plan, facts)?.endpointId];
  const found = facts.endpoints.filter(({ id }) => ids.includes(id));
  return found.find(({ status }) => status === 'online') ?? found[0] ?? null;
}

export function localEndpoint({ modelPort }: Plan, { endpoints }: Facts): Endpoint | null {
  return localServers(endpoints).find(({ baseUrl }) => portOf(baseUrl) === modelPort) ?? null;
}

/** Whether the runner is connected to the plan's broker. The runner's own broker is compared by port: its address differs inside and outside. */
export function isBroker({ answers }: Plan, { address, embedded }: MqttStatus): boolean {
  const url = answers.brokerUrl.trim().replace(/\/+$/, '');
  if (embedded !== null) return portOf(embedded.url) === portOf(url) && !isLoopback(hostOf(embedded.url));
  return withPort(address ?? '') === withPort(url);
}

function withPort(url: string): string {
  return portOf(url) === 0 ? `${url}:${url.startsWith('mqtts:') ? 8883 : 1883}` : url;
}

export function othersOf({ workers }: MqttStatus): MqttWorker[] {
  return workers.filter(({ isOwn }) => !isOwn).toSorted((a, b) => b.models.length - a.models.length);
}

export function hasKey({ keys, nowMs }: Facts): boolean {
  return keys.some(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > nowMs),
  );
}
