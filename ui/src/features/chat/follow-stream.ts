/** Follows the stream of one answer to its end: when the connection breaks, resumes after the last event that arrived. */
import { ApiError } from '../../api/api-error.ts';
import { readEvents, type StreamEvent } from '../../api/read-events.ts';

/** Where to resume. */
interface StreamPosition {
  streamId: string;
  lastEventId: string | null;
}

export interface FollowDeps {
  /** Opens the stream for the first time. */
  open(signal: AbortSignal): Promise<Response>;
  resume(position: StreamPosition, signal: AbortSignal): Promise<Response>;
  onEvent(event: StreamEvent): void;
  /** Where to resume; null: unknown, because no event has arrived yet. */
  position(): StreamPosition | null;
  /** Whether the final event has arrived. */
  isEnded(): boolean;
  onBroken(isBroken: boolean): void;
  /** Runs `action` later; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** "lost": the connection broke before the stream's id was known. "refused": the runner returned an error. */
export type FollowEnd =
  | { kind: 'ended' }
  | { kind: 'aborted' }
  | { kind: 'lost' }
  | { kind: 'refused'; error: ApiError };

/** The runner sends a heartbeat every 15 s: after this silence the connection is dead, even if the socket is still open. */
const SILENCE_MS = 40_000;
const MAX_WAIT_MS = 15_000;

export async function followStream(deps: FollowDeps, signal: AbortSignal): Promise<FollowEnd> {
  let failures = 0;
  for (let isFirst = true; ; isFirst = false) {
    const before = deps.position()?.lastEventId;
    const error = await readOnce(deps, isFirst, signal);
    if (deps.isEnded()) return { kind: 'ended' };
    if (signal.aborted) return { kind: 'aborted' };
    if (error instanceof ApiError && error.code !== 'UNREACHABLE') return { kind: 'refused', error };
    if (deps.position() === null)
      return isFirst && error instanceof ApiError ? { kind: 'refused', error } : { kind: 'lost' };
    failures = deps.position()?.lastEventId === before ? failures + 1 : 0;
    deps.onBroken(true);
    await wait(deps, Math.min(MAX_WAIT_MS, 500 * 2 ** failures), signal);
    if (signal.aborted) return { kind: 'aborted' };
  }
}

/** Reads one connection to its end; resolves with the error that broke it, or undefined where it just ended. */
async function readOnce(deps: FollowDeps, isFirst: boolean, signal: AbortSignal): Promise<unknown> {
  const connection = new AbortController();
  const abort = (): void => connection.abort();
  signal.addEventListener('abort', abort);
  let cancelTimer = (): void => undefined;
  try {
    const position = deps.position();
    const response =
      isFirst || position === null
        ? await deps.open(connection.signal)
        : await deps.resume(position, connection.signal);
    if (response.body === null) return undefined;
    deps.onBroken(false);
    const watch = (): void => {
      cancelTimer();
      cancelTimer = deps.after(SILENCE_MS, abort);
    };
    watch();
    await readEvents(response.body, {
      onAlive: watch,
      onEvent: (event) => {
        if (connection.signal.aborted) return;
        deps.onEvent(event);
        // The final frame ends the answer, no matter when the server closes the connection.
        if (deps.isEnded()) connection.abort();
      },
    });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', abort);
    connection.abort();
  }
}

async function wait(deps: FollowDeps, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancelWait = deps.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      cancelWait();
      resolve();
    });
  });
}
