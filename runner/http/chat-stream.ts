/** Sends the frames of an answer as server-sent events: of a live one as they come, of an ended one from its record. */
import type { Request, Response } from 'express';
import { LiveAnswer } from '../chat/live-answer.ts';
import type { Frame } from '../chat/live-answer.ts';
import { SseConnection } from './sse.ts';

/** No replay makes its viewer wait longer than this for the next frame. */
const LONGEST_PAUSE_MS = 2_000;

interface StreamPosition {
  streamId: string;
  /** Frames that the client has. */
  position: number;
}

/** `Last-Event-ID: <stream>:<number>`; null where there is none of ours. */
export function lastEventOf(req: Request): StreamPosition | null {
  const [, streamId, position] =
    /^([\w-]{1,64}):(\d{1,9})$/.exec(String(req.headers['last-event-id'] ?? '')) ?? [];
  return streamId === undefined ? null : { streamId, position: Number(position) };
}

/** An answer, and where in it to begin. */
export interface StreamPlace extends StreamPosition {
  answer: LiveAnswer | Frame[];
}

interface SendOrder extends StreamPlace {
  /** Replay an ended answer at the pace at which it came. */
  isRealtime: boolean;
  connections: Set<SseConnection>;
}

/** Resolves when the last frame is sent or the viewer is gone. */
export async function sendFrames(
  res: Response,
  { answer, streamId, position, isRealtime, connections }: SendOrder,
): Promise<void> {
  const connection = new SseConnection(res);
  res.setHeader('x-stream-id', streamId);
  connection.start();
  connections.add(connection);
  try {
    const sender = { connection, streamId, position };
    if (answer instanceof LiveAnswer) await sendLive(sender, answer);
    else await sendRecorded(sender, answer, isRealtime);
  } finally {
    connections.delete(connection);
    await connection.end();
  }
}

interface Sender extends StreamPosition {
  connection: SseConnection;
}

async function sendLive({ connection, streamId, position }: Sender, live: LiveAnswer): Promise<void> {
  const leave = live.follow();
  // At once, not when the next token comes: the answer may be stopped for it.
  connection.signal.addEventListener('abort', leave);
  if (connection.signal.aborted) leave();
  let sent = Math.min(position, live.frames.length);
  while (!connection.signal.aborted) {
    if (live.frames.length > sent) {
      await connection.send(() => {
        const fresh = live.frames.slice(sent);
        const events = toEvents(streamId, sent, fresh);
        sent += fresh.length;
        return [events];
      });
    } else if (live.isEnded) return leave();
    else await live.grown(sent, connection.signal);
  }
}

async function sendRecorded(
  { connection, streamId, ...sender }: Sender,
  frames: readonly Frame[],
  isRealtime: boolean,
): Promise<void> {
  // Whoever claims to have it all gets the end again.
  const position = Math.min(sender.position, Math.max(0, frames.length - 1));
  if (!isRealtime) return connection.send(() => [toEvents(streamId, position, frames.slice(position))]);
  let at = frames[position]?.atMs ?? 0;
  for (const [index, frame] of frames.entries()) {
    if (index < position) continue;
    await pause(Math.min(frame.atMs - at, LONGEST_PAUSE_MS), connection.signal);
    if (connection.signal.aborted) return;
    at = frame.atMs;
    await connection.send(() => [toEvents(streamId, index, [frame])]);
  }
}

function toEvents(streamId: string, first: number, frames: readonly Frame[]): Buffer {
  let events = '';
  let number = first;
  for (const { json } of frames) events += `id: ${streamId}:${(number += 1)}\ndata: ${json}\n\n`;
  return Buffer.from(events);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
