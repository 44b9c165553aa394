/** The HTTP side: listens before the model is there, checks key and path, reads the body, calls the route, turns faults into answers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { hasApiKey } from './api-key.ts';
import { sendJson } from './call.ts';
import type { EngineLog } from './engine-log.ts';
import type { ModelHost } from './model-host.ts';
import { readJson } from './read-body.ts';
import { errorBody, RequestError } from './request-error.ts';
import { healthPaths, routes } from './routes.ts';
import { endStreamWithError } from './sse-writer.ts';

interface HttpServerParts {
  apiKeys: readonly string[];
  log: EngineLog;
  /** Undefined while the model loads. */
  host(): ModelHost | undefined;
}

export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: Server;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => this.#track(this.#answer(request, response)));
  }

  /** Resolves with the port; rejects with the system's error when the address is taken or not ours. */
  async listen(hostname: string, port: number): Promise<number> {
    this.#server.listen(port, hostname);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Cuts every connection, which cancels what runs for it, and waits until the last call has noticed. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.allSettled(this.#running);
  }

  #track(answering: Promise<void>): void {
    this.#running.add(answering);
    void answering.finally(() => this.#running.delete(answering));
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const client = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) client.abort(new Error('the client has left'));
    });
    try {
      await this.#dispatch(request, response, client.signal);
    } catch (error) {
      if (!client.signal.aborted) this.#fail(response, error);
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { method = '', url = '' } = request;
    const path = url.split('?')[0] ?? '';
    const host = this.#parts.host();
    if (method === 'GET' && healthPaths.includes(path)) {
      if (host === undefined) throw loading();
      return sendJson(response, { status: 'ok' });
    }
    const name = `${method} ${path}`;
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) throw new RequestError('not_found_error', 'File Not Found');
    if (!hasApiKey(request, this.#parts.apiKeys))
      throw new RequestError('authentication_error', 'Invalid API Key');
    if (host === undefined) throw loading();
    const body = method === 'POST' ? await readJson(request) : undefined;
    await route({ host, body, response, signal });
  }

  #fail(response: ServerResponse, error: unknown): void {
    const { status, body } = errorBody(error);
    // Early, keyless and lost visitors (503, 401, 404) are no news.
    if (![401, 404, 503].includes(status))
      this.#parts.log.line('W', 'srv operator()', `got exception: ${JSON.stringify(body)}`);
    if (response.headersSent) return endStreamWithError(response, error);
    sendJson(response, body, status);
  }
}

function loading(): RequestError {
  return new RequestError('unavailable_error', 'Loading model');
}
