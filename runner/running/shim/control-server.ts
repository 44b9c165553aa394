/** The shim's end of the control socket: greets whoever connects, passes notices on, hands commands over. Runners come and go. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createMessageReader } from './protocol.ts';
import type { FromShim, ToShim } from './protocol.ts';

/** At most one notice in this many milliseconds: a notice carries the newest end, so none is missed. */
const NOTICE_INTERVAL_MS = 2;
/** A runner that reads nothing must not fill our memory: it is cut off and finds the log by itself when it reconnects. */
const MAX_UNREAD_BYTES = 256 * 1024;

export class ControlServer {
  readonly #hello: () => FromShim;
  readonly #onCommand: (command: ToShim) => void;
  readonly #connections = new Set<Socket>();
  #server: Server | null = null;
  #noticeTimer: NodeJS.Timeout | null = null;
  #noticedAt = 0;
  #end = 0;

  constructor(options: { hello: () => FromShim; onCommand: (command: ToShim) => void }) {
    this.#hello = options.hello;
    this.#onCommand = options.onCommand;
  }

  async start(path: string): Promise<void> {
    if (process.platform !== 'win32') rmSync(path, { force: true });
    const server = createServer((socket) => this.#welcome(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  }

  notifyGrowth(end: number): void {
    this.#end = end;
    if (this.#noticeTimer !== null || this.#connections.size === 0) return;
    const waitMs = this.#noticedAt + NOTICE_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#sendNotice();
    else this.#noticeTimer = setTimeout(() => this.#sendNotice(), waitMs);
  }

  broadcast(message: FromShim): void {
    const text = `${JSON.stringify(message)}\n`;
    for (const socket of this.#connections) {
      if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
      else socket.write(text);
    }
  }

  /** Ends every connection after what was said has been read. */
  async stop(): Promise<void> {
    if (this.#noticeTimer !== null) clearTimeout(this.#noticeTimer);
    this.#server?.close();
    await Promise.all([...this.#connections].map((socket) => endSocket(socket)));
  }

  #sendNotice(): void {
    this.#noticeTimer = null;
    this.#noticedAt = performance.now();
    this.broadcast({ type: 'log', end: this.#end });
  }

  #welcome(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    const read = createMessageReader<ToShim>((command) => this.#onCommand(command));
    socket.on('data', (chunk) => {
      try {
        read(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.write(`${JSON.stringify(this.#hello())}\n`);
  }
}

async function endSocket(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const giveUp = setTimeout(() => socket.destroy(), 1_000);
    socket.once('close', () => {
      clearTimeout(giveUp);
      resolve();
    });
    socket.end();
  });
}
