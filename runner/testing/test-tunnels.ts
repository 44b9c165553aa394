/** Tunnels on a supervisor of their own, with short delays; all that they start is ended with the test. */
import { onTestFinished } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import type { Tunnel } from '#contract/tunnel';
import { createTunnels } from '../wiring/create-tunnels.ts';
import type { TunnelSide } from '../wiring/create-tunnels.ts';
import type { GivenEndpoint } from '../serving/endpoints/given-endpoint.ts';
import type { TunnelTiming } from '../remote/tunnels/timing.ts';
import type { TunnelRegistry } from '../remote/tunnels/tunnel-registry.ts';
import { testSupervisor } from './test-supervisor.ts';
import type { TestSupervisor } from './test-supervisor.ts';
import { waitUntil } from './wait-until.ts';

const QUICK: TunnelTiming = {
  probeMs: 200,
  soonMs: 50,
  setupMs: 20,
  downMs: 100,
  timeoutMs: 1e3,
  connectMs: 1e4,
  healthyMs: 6e4,
  firstRetryMs: 100,
  maxRetryMs: 400,
  busyRetryMs: 200,
  slowRetryMs: 3e5,
};

export interface TestTunnels extends TestSupervisor, TunnelSide {
  /** The endpoints of the tunnels, as they were told last. */
  endpoints: () => readonly GivenEndpoint[];
  create: (fields: object) => Promise<Tunnel>;
  /** The tunnel when it is in that state. */
  until: (id: string, state: Tunnel['state']) => Promise<Tunnel>;
  /** Its problem when it has one of that code. */
  problem: (id: string, code: string) => Promise<NonNullable<Tunnel['problem']>>;
}

export async function testTunnels(
  options: { dataDir?: string; timing?: Partial<TunnelTiming> } = {},
): Promise<TestTunnels> {
  const host = await testSupervisor(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
  let given: readonly GivenEndpoint[] = [];
  const endpoints = {
    setGiven: (_source: string, list: readonly GivenEndpoint[]) => void (given = list),
    reportFailure: () => undefined,
  };
  const side = createTunnels({ ...host, endpoints, timing: { ...QUICK, ...options.timing } });
  onTestFinished(() => side.tunnels.stop());
  await side.tunnels.start();
  return { ...host, ...side, endpoints: () => given, ...waitersOf(side.tunnels) };
}

function waitersOf(tunnels: TunnelRegistry): Pick<TestTunnels, 'create' | 'until' | 'problem'> {
  return {
    create: (fields) => tunnels.create(tunnelInputSchema.parse(fields)),
    until: (id, state) =>
      waitUntil(`the tunnel to be ${state}`, () => {
        const tunnel = tunnels.get(id);
        return tunnel.state === state && tunnel;
      }),
    problem: (id, code) =>
      waitUntil(`the problem ${code}`, () => {
        const { problem } = tunnels.get(id);
        return problem?.code === code && problem;
      }),
  };
}
