/** Starts the ways to one scripted model server that the gateway's benchmark compares, and checks that each of them responds correctly. */
import { isDeepStrictEqual } from 'node:util';
import { startProgram } from '../measuring/start-program.ts';
import type { Program } from '../measuring/start-program.ts';
import { startNginx, startPortkey } from './start-baselines.ts';
import { startGatewayRunner } from './start-gateway-runner.ts';

export interface Way {
  name: string;
  /** Of the chat completions. */
  url: string;
  headers: Record<string, string>;
  /** The model to request; absent: the model server's own. */
  model?: string;
  /** The processes whose CPU and memory it costs. */
  pids: readonly number[];
}

/** Beside the direct way, which is always measured: what a way adds is the difference to it. */
export const WAY_NAMES = ['nginx', 'portkey', 'bare', 'ours'] as const;
export type WayName = (typeof WAY_NAMES)[number];

const TITLES: Record<WayName, string> = {
  nginx: 'nginx',
  portkey: 'Portkey',
  bare: 'bare proxy',
  ours: 'ours',
};

export interface Ways {
  direct: Way;
  /** Those that were chosen and are available. */
  chosen: ReadonlyMap<WayName, Way>;
  /** The direct one first. */
  all: readonly Way[];
  /** Name and reason of those that are not available. */
  missing: readonly (readonly [string, string])[];
}

interface Setting {
  cleanup: AsyncDisposableStack;
  dir: string;
  upstream: string;
}

const PATH = '/v1/chat/completions';

export async function startWays({
  cleanup,
  dir,
  names,
}: Omit<Setting, 'upstream'> & { names: readonly WayName[] }): Promise<Ways> {
  const modelServer = startProgram(new URL('./model-server.ts', import.meta.url));
  const upstream = await urlOf(modelServer, cleanup);
  const direct: Way = { name: 'direct', url: upstream + PATH, headers: {}, pids: [] };
  const chosen = new Map<WayName, Way>();
  const missing: [string, string][] = [];
  for (const name of names) {
    const started = await startWay(name, { cleanup, dir, upstream });
    const title = TITLES[name];
    if ('missing' in started) missing.push([title, started.missing]);
    else
      chosen.set(name, {
        name: title,
        url: started.url + PATH,
        headers: started.headers ?? {},
        pids: started.pids,
      });
  }
  return { direct, chosen, all: [direct, ...chosen.values()], missing };
}

type Started =
  | { url: string; headers?: Record<string, string>; pids: readonly number[] }
  | { missing: string };

async function startWay(name: WayName, { cleanup, dir, upstream }: Setting): Promise<Started> {
  switch (name) {
    case 'nginx':
      return startNginx(cleanup, { dir, upstream });
    case 'portkey': {
      const headers = {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${upstream}/v1`,
        authorization: 'Bearer none',
      };
      return { ...(await startPortkey(cleanup)), headers };
    }
    case 'bare': {
      const proxy = startProgram(new URL('./bare-proxy.ts', import.meta.url), [upstream]);
      return { url: await urlOf(proxy, cleanup), pids: [proxy.child.pid ?? 0] };
    }
    case 'ours': {
      const { url, headers, pid, addEndpoint } = await startGatewayRunner(cleanup, { dir });
      await addEndpoint('bench', upstream);
      return { url, headers, pids: [pid] };
    }
  }
}

async function urlOf(program: Program, cleanup: AsyncDisposableStack): Promise<string> {
  cleanup.defer(async () => program.end());
  return program.nextLine();
}

/** Describes a way's responses beside the direct ones; throws where they are not 200 with the same content. */
export async function compareResponses(way: Way, direct: Way): Promise<string> {
  const [whole, rightWhole] = [await request(way, false), await request(direct, false)];
  const [stream, rightStream] = [await request(way, true), await request(direct, true)];
  if (stream === rightStream && whole === rightWhole) return 'same bytes';
  if (stream === rightStream && isDeepStrictEqual(contentOf(whole), contentOf(rightWhole)))
    return 'same content, JSON serialized again';
  throw new Error(`The response of ${way.name} differs from the model server's:\n${whole}\n${stream}`);
}

async function request({ name, url, headers, model }: Way, isStream: boolean): Promise<string> {
  const body = JSON.stringify(chatBody({ isStream, tokens: 5, pace: 'batch 5', model }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${name} responded with ${response.status}: ${text}`);
  // The times of the tokens differ in every stream.
  return text.replaceAll(/@\d+\.\d+/g, '');
}

function contentOf(text: string): unknown[] {
  const { choices, usage } = JSON.parse(text) as Record<string, unknown>;
  return [choices, usage];
}

/** About 1 KB, as a short conversation is. */
export function chatBody({
  isStream,
  tokens,
  pace,
  model = 'bench',
}: {
  isStream: boolean;
  tokens: number;
  pace: string;
  model?: string | undefined;
}): object {
  const messages = [
    { role: 'system', content: 'You answer in short sentences. '.repeat(10) },
    { role: 'user', content: 'What is a gateway good for? '.repeat(20) },
  ];
  return { model, messages, stream: isStream, max_tokens: tokens, temperature: 0.7, user: pace };
}
