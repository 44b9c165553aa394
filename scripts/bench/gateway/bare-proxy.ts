/**
 * The limit of what Node can do as a gateway: `node:http` in front, undici behind, bytes passed on with back-pressure; no keys, no choice of an
 * upstream, no accounting. `node bare-proxy.ts <upstream URL>` prints its own URL.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';

const [upstream = ''] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

/** A handler of `dispatch`, on which undici's `stream` and `request` are built: those cost about a third more CPU per request. */
class Relay implements Dispatcher.DispatchHandler {
  readonly #outgoing: ServerResponse;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#outgoing.once('close', () => {
      if (!this.#outgoing.writableFinished) controller.abort(new Error('The client has left.'));
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#outgoing.writeHead(status, endToEnd(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#outgoing.write(chunk)) return;
    controller.pause();
    this.#outgoing.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#outgoing.end();
  }

  onResponseError(): void {
    if (this.#outgoing.headersSent) this.#outgoing.destroy();
    else this.#outgoing.writeHead(502).end();
  }
}

/** Without the headers that concern one connection only. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passedOn = { ...headers };
  delete passedOn.connection;
  delete passedOn['keep-alive'];
  delete passedOn['transfer-encoding'];
  return passedOn;
}

const server = createServer((incoming, outgoing) => {
  const path = incoming.url ?? '/';
  pool.dispatch(
    { path, method: 'POST', headers: endToEnd(incoming.headers), body: incoming },
    new Relay(outgoing),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 1_000, () =>
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
