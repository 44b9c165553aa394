/** The runner's end of a shim's control socket: says what the shim reports, and when the connection is lost. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createMessageReader } from '../shim/protocol.ts';
import type { FromShim, ToShim } from '../shim/protocol.ts';

export interface ShimListener {
  onGrow: (end: number) => void;
  onExit: (exit: NonNullable<Extract<FromShim, { type: 'exit' }>['exit']>) => void;
  /** The socket closed: the shim has ended, or was killed. */
  onLost: () => void;
}

export type ShimHello = Extract<FromShim, { type: 'hello' }>;

export interface ShimClient {
  hello: ShimHello;
  send: (message: ToShim) => void;
  close: () => void;
}

const HELLO_PATIENCE_MS = 5_000;

/** Connects and checks that the shim keeps the run with this key; null when nobody (or somebody else) answers. */
export async function connectShim(
  at: { socketPath: string; key: string },
  listener: ShimListener,
): Promise<ShimClient | null> {
  return new Promise((resolve) => {
    const socket = connect(at.socketPath);
    let isWelcome = false;
    const giveUp = setTimeout(() => socket.destroy(), HELLO_PATIENCE_MS);
    const read = createMessageReader<FromShim>((message) => {
      if (message.type !== 'hello') return isWelcome ? report(message, listener) : undefined;
      if (message.key !== at.key) return socket.destroy();
      isWelcome = true;
      clearTimeout(giveUp);
      resolve(createClient(socket, message));
    });
    socket.on('data', (chunk) => {
      try {
        read(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(giveUp);
      if (isWelcome) listener.onLost();
      else resolve(null);
    });
  });
}

function report(message: Exclude<FromShim, ShimHello>, listener: ShimListener): void {
  switch (message.type) {
    case 'log':
      return listener.onGrow(message.end);
    case 'exit':
      return listener.onExit(message.exit);
  }
}

function createClient(socket: Socket, hello: ShimHello): ShimClient {
  return {
    hello,
    send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    close: () => socket.destroy(),
  };
}
