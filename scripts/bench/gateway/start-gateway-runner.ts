/** Starts a real runner whose gateway has a listener and a key of its own, for the gateway's benchmark and fault run. */
import { join } from 'node:path';
import { startRunner } from '../../../runner/testing/start-runner.ts';
import { unusedPort } from '../../../runner/testing/unused-port.ts';

export interface GatewayRunner {
  /** Of the gateway's own listener, without `/v1`. */
  url: string;
  /** Of the runner's REST. */
  restUrl: string;
  pid: number;
  /** For requests to `/v1`. */
  headers: Record<string, string>;
  /** Resolves with the endpoint's id, after its first health check. */
  addEndpoint: (name: string, baseUrl: string) => Promise<string>;
  /** Puts these endpoints behind one model name. */
  addRoute: (model: string, endpointIds: readonly string[]) => Promise<void>;
}

export async function startGatewayRunner(
  cleanup: AsyncDisposableStack,
  { dir, env = {} }: { dir: string; env?: Record<string, string> },
): Promise<GatewayRunner> {
  const port = await unusedPort();
  const starting = startRunner(join(dir, 'data'), { env: { GATEWAY_PORT: String(port), ...env } });
  cleanup.defer(async () => void (await (await starting.catch(() => null))?.end('SIGTERM')));
  const { url, pid } = await starting;

  async function send(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} failed with ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  const { secret } = await send('POST', '/api/gateway/keys', { name: 'bench' });
  return {
    url: `http://127.0.0.1:${port}`,
    restUrl: url,
    pid,
    headers: { authorization: `Bearer ${String(secret)}` },
    addEndpoint: async (name, baseUrl) => {
      const { endpoint } = (await send('POST', '/api/endpoints', { name, baseUrl })) as {
        endpoint: { id: string };
      };
      return endpoint.id;
    },
    addRoute: async (model, endpointIds) => {
      await send('PUT', '/api/gateway/routes', {
        model,
        targets: endpointIds.map((endpointId) => ({ endpointId, model })),
      });
    },
  };
}
