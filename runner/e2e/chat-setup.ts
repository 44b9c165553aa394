/** What the chat's end-to-end tests share: runners whose servers are online, and what is asked of both. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endpointListResponseSchema } from '#contract/endpoint';
import type { Endpoint } from '#contract/endpoint';
import { fillPath, PATHS } from '#contract/paths';
import { sessionDetailResponseSchema } from '#contract/session';
import type { Message } from '#contract/session';
import { findLlamaServer } from '../system/find-llama-server.ts';
import { chatStream } from '../testing/chat-client.ts';
import type { AnyFrame, ChatStream } from '../testing/chat-client.ts';
import type { HttpClient } from '../testing/http-client.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { testRunner } from '../testing/test-runner.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'presets', 'models');
export const TINY_CHAT = join(MODELS, 'tiny-chat.gguf');

/** `LLAMA_SERVER`, or the one on PATH; null where there is none: `.ci/run` fetches one. */
const llamaServer = findLlamaServer(process.env['LLAMA_SERVER'] || null, {
  platform: process.platform,
  searchPath: process.env['PATH'] ?? '',
});
export const servers = [
  { recipe: 'embedded', isHere: true },
  { recipe: 'llama-server', isHere: llamaServer !== null },
];

export async function chatRunner(dataDir: string, env: Record<string, string> = {}): Promise<RunnerChild> {
  return testRunner(dataDir, {
    env: { LLAMA_SERVER: llamaServer ?? '', MODEL_DIRS: MODELS, LLM_SERVER_URL: '', ...env },
  });
}

/** As tiny-random.gguf, but with a context of 65,536 tokens, and it never ends by itself: an answer takes minutes, a long prompt seconds. */
export function endlessModel(dir: string): string {
  const file = join(dir, 'endless.gguf');
  execFileSync(process.execPath, [
    join(MODELS, 'how-made', 'make_tiny_gguf.mjs'),
    file,
    '--ctx=65536',
    '--eosmu=-100',
  ]);
  return file;
}

/** About 18,000 tokens of the endless model: some seconds of prompt processing. */
export const LONG_PROMPT = 'hello there friend '.repeat(2_000);

export interface Launch {
  recipe: string;
  model: string;
  context: number;
  batchSize?: number;
}

/** Launches the process "server" with one slot, on another port each time; resolves with its endpoint when that is online and has told its slots. */
export async function launchServer(runner: HttpClient, { recipe, ...form }: Launch): Promise<Endpoint> {
  const port = await unusedPort();
  const launched = await runner.post(PATHS.launch, {
    id: 'server',
    recipe,
    form: { ...form, port, parallel: 1 },
  });
  expect(launched).toMatchObject({ status: 200, body: { ok: true, id: 'server', port } });
  return onlineEndpoint(runner);
}

export async function onlineEndpoint(runner: HttpClient): Promise<Endpoint> {
  return waitUntil('the endpoint is online and checked', async () => {
    const endpoint = await endpointOf(runner);
    return endpoint?.status === 'online' && endpoint.busySlots !== null && endpoint;
  });
}

export async function endpointOf(runner: HttpClient): Promise<Endpoint | undefined> {
  const { endpoints } = endpointListResponseSchema.parse((await runner.get(PATHS.endpoints)).body);
  return endpoints.find(({ id }) => id === 'server');
}

/** As the server itself says. */
export async function isBusy({ baseUrl }: Endpoint): Promise<boolean> {
  const slots = (await (await fetch(`${baseUrl}/slots`)).json()) as { is_processing: boolean }[];
  expect(slots).toHaveLength(1);
  return slots.some(({ is_processing }) => is_processing);
}

/** A message to the session "talk", answered as a stream. */
export async function say(runner: HttpClient, message: string, wishes: object = {}): Promise<ChatStream> {
  const body = { session_id: 'talk', endpoint_id: 'server', message, temperature: 0, ...wishes };
  return chatStream(runner.url + PATHS.chatSessionStream, body);
}

/** Reads on until `isWanted`; returns what was read, that frame included. */
export async function readUntil(
  stream: ChatStream,
  isWanted: (frame: AnyFrame) => boolean,
): Promise<AnyFrame[]> {
  const frames: AnyFrame[] = [];
  for (;;) {
    const frame = await stream.next();
    if (frame === null) throw new Error(`the stream ended without it: ${JSON.stringify(frames.slice(-3))}`);
    frames.push(frame);
    if (isWanted(frame)) return frames;
  }
}

/** The next content frames, `count` of them. */
export async function readPieces(stream: ChatStream, count: number): Promise<AnyFrame[]> {
  let pieces = 0;
  return readUntil(stream, (frame) => 'content' in frame && (pieces += 1) === count);
}

export async function messagesOf(runner: HttpClient, sessionId = 'talk'): Promise<Message[]> {
  return sessionDetailResponseSchema.parse((await runner.get(fillPath(PATHS.session, sessionId))).body)
    .messages;
}

/** Sends the key with every request. */
export function clientWithKey(url: string, key: string): HttpClient {
  const call = async (method: string, path: string, body?: unknown): ReturnType<HttpClient['get']> => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return {
      status: response.status,
      headers: response.headers,
      body: answer,
      error: answer['error'] as { code: string; message: string },
    };
  };
  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
  };
}
