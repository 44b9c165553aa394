/** A client that writes its bytes itself: what no HTTP library would send. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawClient {
  socket: Socket;
  /** All that came so far. */
  got: () => string;
  /** Resolves when the server has closed the connection, with all that came. */
  ended: Promise<string>;
}

/** Connected to the port of `url`, with `text` sent. Closed with the test. */
export async function rawClient(url: string, text: string | Buffer = ''): Promise<RawClient> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  let got = '';
  socket.on('data', (bytes) => (got += bytes.toString('latin1')));
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(got)));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, got: () => got, ended };
}

/** Sends one request on a connection of its own; answers all that came back, down to the status line. */
export async function rawAsk(url: string, head: string, body = ''): Promise<string> {
  const { ended } = await rawClient(url, `${head}\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n${body}`);
  return ended;
}
