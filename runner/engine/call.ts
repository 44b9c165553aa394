/** One HTTP call as the routes see it, and how they answer it. */
import type { ServerResponse } from 'node:http';
import type { ModelHost } from './model-host.ts';

export interface Call {
  host: ModelHost;
  /** The parsed JSON body of a POST. */
  body: unknown;
  response: ServerResponse;
  /** Aborts when the client leaves or the server stops. */
  signal: AbortSignal;
}

export type Route = (call: Call) => Promise<void> | void;

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  const payload = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': payload.length,
  });
  response.end(payload);
}
