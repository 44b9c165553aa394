/** A real HTTP server for tests that answers what its script says: as any of the servers that endpoints meet, or as none of them. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** "never": the connection stays open without an answer; "cut": it is closed without one. */
export type Reply =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | 'never'
  | 'cut';
export type Script = (path: string, headers: IncomingHttpHeaders) => Reply;

export class ScriptedServer {
  script: Script;
  readonly asked: string[] = [];
  readonly #server: Server;
  #port = 0;

  constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const reply = this.script(path, request.headers);
      if (reply === 'never') return;
      if (reply === 'cut') return void request.socket.destroy();
      const isJson = 'json' in reply;
      response.writeHead(reply.status ?? 200, {
        'content-type': isJson ? 'application/json' : 'text/plain',
        ...reply.headers,
      });
      response.end(isJson ? JSON.stringify(reply.json) : reply.text);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** On the port that it had before, if it had one. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const server = new ScriptedServer(script);
  onTestFinished(() => server.close());
  await server.listen();
  return server;
}

const missing: Reply = {
  status: 404,
  json: { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } },
};

export const loadingModel: Reply = {
  status: 503,
  json: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } },
};
export const invalidKey: Reply = {
  status: 401,
  json: { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } },
};
export const webPage: Reply = {
  text: '<!doctype html><title>Router</title>',
  headers: { 'content-type': 'text/html' },
};

/** Replies by path, 404 for the rest. */
export function script(replies: Record<string, Reply>): Script {
  return (path) => replies[path] ?? missing;
}

const slotOf = (id: number, busy: number, n_ctx: number) => ({
  id,
  n_ctx,
  speculative: false,
  is_processing: id < busy,
});

/** As b11669 answers with four slots. */
export function newLlamaServer({ busy = 0, vision = false } = {}): Record<string, Reply> {
  const model = {
    id: 'tiny-random.gguf',
    object: 'model',
    owned_by: 'llamacpp',
    meta: { n_ctx: 2048, n_ctx_train: 2048 },
  };
  return {
    '/health': { json: { status: 'ok' } },
    '/props': {
      json: {
        default_generation_settings: {
          params: { seed: 4294967295 },
          n_ctx: 2048,
        },
        total_slots: 4,
        model_alias: 'tiny-random.gguf',
        model_path: 'tiny-random.gguf',
        modalities: {
          vision,
          video: false,
          audio: false,
        },
        is_sleeping: false,
      },
    },
    '/slots': { json: [0, 1, 2, 3].map((id) => slotOf(id, busy, 2048)) },
    '/v1/models': { json: { models: [{ name: 'tiny-random.gguf' }], object: 'list', data: [model] } },
  };
}

/** As b4748 answers: no alias, no modalities, /slots only when asked for at launch, and then with long objects. */
export function oldLlamaServer({ busy = 0, hasSlots = false } = {}): Record<string, Reply> {
  const slot = (id: number) => ({
    ...slotOf(id, busy, 1024),
    id_task: -1,
    prompt: 'x'.repeat(5000),
    next_token: { n_remain: -1 },
  });
  const off = {
    status: 501,
    json: { error: { code: 501, message: 'This server does not support slots endpoint.' } },
  };
  return {
    '/health': { json: { status: 'ok' } },
    '/props': {
      json: {
        default_generation_settings: slot(0),
        total_slots: 4,
        model_path: 'models/tiny-random.gguf',
        build_info: 'b4748',
      },
    },
    '/slots': hasSlots ? { json: [0, 1, 2, 3].map(slot) } : off,
    '/v1/models': {
      json: { object: 'list', data: [{ id: 'tiny-random.gguf', meta: { n_ctx_train: 2048 } }] },
    },
  };
}

/** llama_cpp.server, Ollama and OpenAI itself know nothing but the API. */
export function onlyModels(...ids: string[]): Record<string, Reply> {
  return {
    '/v1/models': {
      json: {
        object: 'list',
        data: ids.map((id) => ({ id, object: 'model', owned_by: 'me', permissions: [] })),
      },
    },
  };
}
