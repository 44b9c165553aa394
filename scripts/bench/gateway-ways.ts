/** The ways to one scripted model server that the gateway's benchmark compares, and the proof that each of them answers right. */
import { isDeepStrictEqual } from 'node:util';
import { startProgram } from './bench-tools.ts';
import { startNginx, startPortkey } from './gateway-baselines.ts';
import type { Baseline } from './gateway-baselines.ts';
import { startGatewayRunner } from './gateway-runner.ts';

export interface Way {
  name: string;
  /** Of the chat completions. */
  url: string;
  headers: Record<string, string>;
  /** To ask for; absent: the model server's own. */
  model?: string;
  /** Whose CPU and memory it costs. */
  pids: readonly number[];
}

export interface Ways {
  direct: Way;
  portkey: Way | null;
  ours: Way;
  /** All that are there, the direct one first. */
  all: readonly Way[];
  /** Name and reason of those that are not. */
  missing: readonly (readonly [string, string])[];
}

const PATH = '/v1/chat/completions';

export async function startWays(endings: AsyncDisposableStack, dir: string): Promise<Ways> {
  const program = startProgram('gateway-upstream.ts', []);
  endings.defer(async () => program.end());
  const upstream = await program.line();
  const direct: Way = { name: 'direct', url: upstream + PATH, headers: {}, pids: [] };
  const portkeyHeaders = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream}/v1`, authorization: 'Bearer none' };
  const baselines: [string, Record<string, string>, Baseline][] = [
    ['nginx', {}, await startNginx(endings, { dir, upstream })],
    ['Portkey', portkeyHeaders, await startPortkey(endings)],
  ];
  const runner = await startGatewayRunner(endings, { dir });
  await runner.addEndpoint('bench', upstream);
  const ours: Way = { name: 'ours', url: runner.url + PATH, headers: runner.headers, pids: [runner.pid] };
  const there = baselines.flatMap(([name, headers, found]): Way[] =>
    'url' in found ? [{ name, headers, url: found.url + PATH, pids: found.pids }] : [],
  );
  return {
    ...{ direct, ours, portkey: there.find(({ name }) => name === 'Portkey') ?? null, all: [direct, ...there, ours] },
    missing: baselines.flatMap(([name, , found]) => ('missing' in found ? [[name, found.missing] as const] : [])),
  };
}

/** Says how a way's answers look beside the direct ones; throws where they are not 200 with the same content. */
export async function compareAnswers(way: Way, direct: Way): Promise<string> {
  const [whole, right] = [await ask(way, false), await ask(direct, false)];
  const [stream, rightStream] = [await ask(way, true), await ask(direct, true)];
  if (stream === rightStream && whole === right) return 'same bytes';
  if (stream === rightStream && isDeepStrictEqual(contentOf(whole), contentOf(right))) return 'same content, JSON written anew';
  throw new Error(`${way.name} does not answer what the model server does:\n${whole}\n${stream}`);
}

async function ask({ name, url, headers, model }: Way, isStream: boolean): Promise<string> {
  const body = JSON.stringify(chatBody({ isStream, tokens: 5, pace: 'batch 5', model }));
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${text}`);
  // Of each token the time is its own.
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
