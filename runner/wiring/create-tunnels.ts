/** Builds and joins the parts of the tunnels: ssh processes, their registry, its routes, and the endpoints behind them. Called by the composition root only. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Router } from 'express';
import { tunnelInputSchema } from '#contract/tunnel';
import type { TunnelInput } from '#contract/tunnel';
import { hostPort } from '#contract/tunnel-address';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import type { GivenEndpoint } from '../serving/endpoints/given-endpoint.ts';
import { tunnelRoutes } from '../http/tunnel-routes.ts';
import { validate } from '../http/validate.ts';
import { tunnelSetup } from '../launch/tunnel-setup.ts';
import type { LogHub } from '../running/logs/log-hub.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import { createSshRuns, knownHostsFile } from './ssh-runs.ts';
import { findOnPath } from '../system/find-on-path.ts';
import { listenerHere } from '../remote/tunnels/connection.ts';
import type { TunnelTiming } from '../remote/tunnels/timing.ts';
import { TunnelRegistry } from '../remote/tunnels/tunnel-registry.ts';

export interface TunnelSideParts {
  dataDir: string;
  supervisor: Supervisor;
  logs: LogHub;
  endpoints: Pick<EndpointRegistry, 'setGiven' | 'reportFailure'>;
  timing?: Partial<TunnelTiming>;
}

export interface TunnelSide {
  tunnels: TunnelRegistry;
  router: Router;
}

export function createTunnels({
  dataDir,
  supervisor,
  logs,
  endpoints,
  timing = {},
}: TunnelSideParts): TunnelSide {
  const dir = join(dataDir, 'ssh');
  const knownHosts = knownHostsFile(dir);
  const isWindows = process.platform === 'win32';
  const tunnels = new TunnelRegistry({
    file: join(dataDir, 'tunnels.json'),
    knownHosts,
    timing,
    ssh: createSshRuns({
      supervisor,
      logs,
      dir,
    }),
    setup: (tunnel, publicKey) => {
      const ssh =
        findOnPath('ssh', {
          platform: process.platform,
          searchPath: process.env['PATH'] ?? '',
        }) ?? '/usr/bin/ssh';
      return tunnelSetup(tunnel, {
        publicKey,
        knownHosts,
        user: userInfo().username,
        ssh,
        isWindows,
      });
    },
    validate: (value) => validate(tunnelInputSchema, value),
    newId: () => randomUUID().replaceAll('-', '').slice(0, 10),
  });
  announceEndpoints(tunnels, endpoints);
  return { tunnels, router: tunnelRoutes({ tunnels }) };
}

/** A tunnel that is wanted and ends here has an endpoint; when it comes up or breaks, that is checked at once. */
function announceEndpoints(tunnels: TunnelRegistry, endpoints: TunnelSideParts['endpoints']): void {
  const given = new Map<string, GivenEndpoint>();
  const states = new Map<string, string>();
  tunnels.changed.subscribe(({ id, tunnel, config }) => {
    const isThere = tunnel !== null && tunnel.state !== 'stopped' && config.direction !== 'reverse';
    if (isThere) given.set(id, endpointOf(id, config));
    else if (!given.delete(id)) return;
    endpoints.setGiven('tunnel', [...given.values()]);
    if (isThere && states.get(id) !== tunnel.state) endpoints.reportFailure(id);
    states.set(id, tunnel?.state ?? 'stopped');
  });
}

function endpointOf(id: string, config: Exclude<TunnelInput, { direction: 'reverse' }>): GivenEndpoint {
  const { host, port } = listenerHere(config);
  return {
    id,
    source: 'tunnel',
    name: config.name,
    baseUrl: `http://${hostPort(host, port)}`,
    apiKey: config.apiKey ?? null,
  };
}
