/** Builds the long-lived parts of the page, once. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/api-error.ts';
import { ApiClient } from '../api/request.ts';
import { TokenStore } from '../api/token-store.ts';
import type { ChatStreams } from '../features/chat/chat-streams.ts';
import { LogStore } from '../features/logs/log-store.ts';
import { LiveUpdates } from './live-updates.ts';

export interface PageParts {
  api: ApiClient;
  tokens: TokenStore;
  queries: QueryClient;
  logs: LogStore;
  /** Loaded when the chat is first opened; one for the life of the page: an answer goes on while another screen is shown. */
  chats: () => Promise<ChatStreams>;
  live: LiveUpdates;
}

export function createPageParts(): PageParts {
  const tokens = new TokenStore(window);
  tokens.start();
  // The fragment is no part of the base; the folder of the page is.
  const baseUrl = new URL('.', document.baseURI).href;
  const api = new ApiClient({ baseUrl, tokens, fetch: async (input, init) => fetch(input, init) });
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: isWorthRetry, retryDelay: 1000, refetchOnWindowFocus: true } },
  });
  const logs = new LogStore({ limit: lineLimit(), schedule: soon });
  let streams: Promise<ChatStreams> | null = null;
  const chats = (): Promise<ChatStreams> => (streams ??= loadChats({ api, queries }));
  const live = new LiveUpdates({ api, queries, logs });
  return { api, tokens, queries, logs, chats, live };
}

async function loadChats({ api, queries }: Pick<PageParts, 'api' | 'queries'>): Promise<ChatStreams> {
  const [chat, sessions] = await Promise.all([
    import('../features/chat/chat-streams.ts'),
    import('../features/sessions/session-queries.ts'),
  ]);
  return new chat.ChatStreams({
    api,
    schedule: soon,
    after,
    refresh: async (id) => sessions.refreshSession({ api, queries }, id),
  });
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
