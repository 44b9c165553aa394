/** Starts the ways from machine C to a model server on machine A that the benchmark of the transports compares. All parts are real and on this machine. */
import { join } from 'node:path';
import { httpClient } from '../../runner/testing/http-client.ts';
import type { HttpClient } from '../../runner/testing/http-client.ts';
import { Sshd } from '../../runner/testing/sshd.ts';
import { startMosquitto } from '../../runner/testing/test-mosquitto.ts';
import { unusedPort } from '../../runner/testing/unused-port.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import { startGatewayRunner } from './gateway/start-gateway-runner.ts';
import type { Way } from './gateway/start-ways.ts';
import { startProgram } from './measuring/start-program.ts';

const PATH = '/v1/chat/completions';

export async function startTransports(cleanup: AsyncDisposableStack, dir: string): Promise<Way[]> {
  const program = startProgram(new URL('./gateway/model-server.ts', import.meta.url), ['64']);
  cleanup.defer(async () => program.end());
  const upstream = await program.nextLine();
  // Without it the broker holds small messages back for 40 ms.
  const broker = await startMosquitto({ config: ['set_tcp_nodelay true'] });
  cleanup.defer(async () => broker.end());
  const sshd = await startSshd(cleanup, join(dir, 'sshd'));

  const env = { MQTT_BROKER_URL: broker.url, RUNNER_LOG_LEVEL: 'silent' };
  const a = await startGatewayRunner(cleanup, { dir: join(dir, 'a'), env });
  const b = await startGatewayRunner(cleanup, { dir: join(dir, 'b'), env: { ...env, MQTT_WORKER: 'false' } });
  await a.addEndpoint('bench', upstream);
  const remotePort = await unusedPort();
  const tunnel = await openTunnel(httpClient(a.restUrl), {
    sshd,
    localPort: Number(new URL(upstream).port),
    remotePort,
  });

  const mqttId = await waitUntil('the worker on A', () => endpointOf(httpClient(b.restUrl), 'mqtt'), 30_000);
  const tunnelEnd = `http://127.0.0.1:${remotePort}`;
  await b.addRoute('by-http', [await b.addEndpoint('model server', upstream)]);
  await b.addRoute('by-ssh', [await b.addEndpoint('end of the tunnel', tunnelEnd)]);
  await b.addRoute('by-mqtt', [mqttId]);

  const ssh = [tunnel.pid, ...sshd.sessions()];
  const url = b.url + PATH;
  const { headers } = b;
  return [
    { name: 'direct HTTP', url: upstream + PATH, headers: {}, pids: [] },
    { name: 'SSH tunnel', url: tunnelEnd + PATH, headers: {}, pids: ssh },
    { name: 'gateway, HTTP', url, headers, model: 'by-http', pids: [b.pid] },
    { name: 'gateway, SSH tunnel', url, headers, model: 'by-ssh', pids: [b.pid, ...ssh] },
    { name: 'gateway, MQTT', url, headers, model: 'by-mqtt', pids: [b.pid, a.pid, broker.pid()] },
  ];
}

async function startSshd(cleanup: AsyncDisposableStack, dir: string): Promise<Sshd> {
  const sshd = new Sshd({ dir, port: await unusedPort() });
  sshd.authorize([sshd.makeKey('id').public]);
  cleanup.defer(async () => sshd.stop());
  await sshd.start();
  return sshd;
}

async function openTunnel(
  a: HttpClient,
  { sshd, ...ports }: { sshd: Sshd; localPort: number; remotePort: number },
): Promise<{ pid: number }> {
  const { body } = await a.post('/api/tunnels', {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile: sshd.makeKey('id').file,
    ...ports,
  });
  const { id } = body['tunnel'] as { id: string };
  const isUp = async (): Promise<boolean> => {
    const { tunnel } = (await a.get(`/api/tunnels/${id}`)).body as { tunnel: { state: string } };
    return tunnel.state === 'up';
  };
  await waitUntil('the tunnel', isUp, 30_000);
  return (await a.get(`/api/runner/processes/tunnel-${id}`)).body['process'] as { pid: number };
}

async function endpointOf(runner: HttpClient, sourceWanted: string): Promise<string | undefined> {
  const { endpoints } = (await runner.get('/api/endpoints')).body as {
    endpoints: { id: string; source: string; status: string }[];
  };
  return endpoints.find(({ source, status }) => source === sourceWanted && status === 'online')?.id;
}
