/** Follows the stream of one answer to its end: when the connection breaks, goes on after the last event that arrived. */
import { ApiError } from '../../api/api-error.ts';
import { readEvents, type StreamEvent } from '../../api/read-events.ts';

/** Where to go on. */
interface StreamPlace {
  streamId: string;
  lastEventId: string | null;
}

export interface FollowParts {
  /** Opens the stream for the first time. */
  open(signal: AbortSignal): Promise<Response>;
  resume(place: StreamPlace, signal: AbortSignal): Promise<Response>;
  /** Takes an event in. */
  onEvent(event: StreamEvent): void;
  /** Where to go on; null: not known, no event arrived yet. */
  place(): StreamPlace | null;
  /** Whether the last event has arrived. */
  isEnded(): boolean;
  onBroken(isBroken: boolean): void;
  /** Runs `action` later; the result takes it back. */
  after(delayMs: number, action: () => void): () => void;
}

/** "lost": broke off before it could be known which stream it is. "refused": the runner answered with an error. */
export type FollowEnd = { kind: 'ended' } | { kind: 'aborted' } | { kind: 'lost' } | { kind: 'refused'; error: ApiError };

/** The runner sends a heartbeat every 15 s: after this silence the connection is dead, whatever the socket says. */
const SILENCE_MS = 40_000;
const LONGEST_WAIT_MS = 15_000;

export async function followStream(parts: FollowParts, signal: AbortSignal): Promise<FollowEnd> {
  let failures = 0;
  for (let isFirst = true; ; isFirst = false) {
    const before = parts.place()?.lastEventId;
    const error = await readOnce(parts, isFirst, signal);
    if (parts.isEnded()) return { kind: 'ended' };
    if (signal.aborted) return { kind: 'aborted' };
    if (error instanceof ApiError && error.code !== 'UNREACHABLE') return { kind: 'refused', error };
    if (parts.place() === null) return isFirst && error instanceof ApiError ? { kind: 'refused', error } : { kind: 'lost' };
    failures = parts.place()?.lastEventId === before ? failures + 1 : 0;
    parts.onBroken(true);
    await wait(parts, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), signal);
    if (signal.aborted) return { kind: 'aborted' };
  }
}

/** One connection, from its start to its end; resolves with what broke it, undefined where it just ended. */
async function readOnce(parts: FollowParts, isFirst: boolean, signal: AbortSignal): Promise<unknown> {
  const connection = new AbortController();
  const abort = (): void => connection.abort();
  signal.addEventListener('abort', abort);
  let takeBackTimer = (): void => undefined;
  try {
    const place = parts.place();
    const response = isFirst || place === null ? await parts.open(connection.signal) : await parts.resume(place, connection.signal);
    if (response.body === null) return undefined;
    parts.onBroken(false);
    const watch = (): void => {
      takeBackTimer();
      takeBackTimer = parts.after(SILENCE_MS, abort);
    };
    watch();
    await readEvents(response.body, {
      onAlive: watch,
      onEvent: (event) => {
        if (connection.signal.aborted) return;
        parts.onEvent(event);
        // The last frame is the end, whenever the server closes.
        if (parts.isEnded()) connection.abort();
      },
    });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    takeBackTimer();
    signal.removeEventListener('abort', abort);
    connection.abort();
  }
}

async function wait(parts: FollowParts, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const takeBack = parts.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      takeBack();
      resolve();
    });
  });
}
