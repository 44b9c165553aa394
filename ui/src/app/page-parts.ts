/** Builds the long-lived parts of the page, once. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/api-error.ts';
import { ApiClient } from '../api/request.ts';
import { TokenStore } from '../api/token-store.ts';
import { ChatStreams } from '../features/chat/chat-streams.ts';
import { LogStore } from '../features/logs/log-store.ts';
import { refreshSession } from '../features/sessions/session-queries.ts';
import { LiveUpdates } from './live-updates.ts';

export interface PageParts {
  api: ApiClient;
  tokens: TokenStore;
  queries: QueryClient;
  logs: LogStore;
  chats: ChatStreams;
  live: LiveUpdates;
}

export function createPageParts(): PageParts {
  const tokens = new TokenStore(window);
  tokens.start();
  // The fragment is no part of the base; the folder of the page is.
  const baseUrl = new URL('.', document.baseURI).href;
  const api = new ApiClient({ baseUrl, tokens, fetch: async (input, init) => fetch(input, init) });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: isWorthRetry, retryDelay: 1000, refetchOnWindowFocus: true } } });
  const logs = new LogStore({ limit: lineLimit(), schedule: soon });
  const chats = new ChatStreams({ api, schedule: soon, after, refresh: async (id) => refreshSession({ api, queries }, id) });
  const live = new LiveUpdates({ api, queries, logs });
  return { api, tokens, queries, logs, chats, live };
}

function isWorthRetry(failures: number, error: Error): boolean {
  return failures < 1 && error instanceof ApiError && error.code === 'UNREACHABLE';
}

/** A line takes about 200 bytes: a million where the machine has plenty. */
function lineLimit(): number {
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return deviceMemory !== undefined && deviceMemory >= 8 ? 1_000_000 : 200_000;
}

/** With the next frame; a hidden page gets no frames, so a timer runs beside. */
function soon(action: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    action();
  };
  requestAnimationFrame(once);
  setTimeout(once, 250);
}

function after(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}
