/** Requests for sessions: the list with its search, one with its messages, and the actions on one. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import type { z } from 'zod';
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import {
  sessionDetailResponseSchema,
  sessionListResponseSchema,
  sessionResponseSchema,
  type SessionChange,
  type SessionInput,
} from '#contract/session';
import { useApi } from '../../api/api-context.ts';
import type { ApiClient } from '../../api/request.ts';
import { sessionKey, sessionListKey } from './session-keys.ts';

/** Number of sessions per page of the list. */
const PAGE = 100;
const NO_CURSOR: string | null = null;

/** An empty `search` lists all sessions; older ones are loaded page by page. */
export function useSessions(search = '') {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...sessionListKey, search],
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        limit: String(PAGE),
        ...(search !== '' && { search }),
        ...(pageParam !== null && { before: pageParam }),
      };
      return (await api.request(PATHS.sessions, sessionListResponseSchema, { signal, search: query }))
        .sessions;
    },
    initialPageParam: NO_CURSOR,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.updatedAt),
    placeholderData: keepPreviousData,
    staleTime: 5000,
  });
}

function detailQuery(api: ApiClient, id: string) {
  return {
    queryKey: sessionKey(id),
    queryFn: async ({ signal }: { signal: AbortSignal }) =>
      api.request(fillPath(PATHS.session, id), sessionDetailResponseSchema, { signal }),
  };
}

export function useSession(id: string) {
  const api = useApi();
  return useQuery({ ...detailQuery(api, id), staleTime: 5000 });
}

/** Message ids of the cached session. */
export function messageIdsOf(queries: QueryClient, id: string): string[] {
  const detail = queries.getQueryData<z.infer<typeof sessionDetailResponseSchema>>(sessionKey(id));
  return detail?.messages.map((message) => message.id) ?? [];
}

interface Source {
  api: ApiClient;
  queries: QueryClient;
}

/** Reloads a session and the list, as after an answer; resolves when the session is loaded. */
export async function refreshSession({ api, queries }: Source, id: string): Promise<void> {
  void queries.invalidateQueries({ queryKey: sessionListKey });
  await queries.cancelQueries({ queryKey: sessionKey(id) });
  await queries.fetchQuery({ ...detailQuery(api, id), staleTime: 0 });
}

export function useCreateSession() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (input: SessionInput) =>
      api.request(PATHS.sessions, sessionResponseSchema, { method: 'POST', body: input }),
    onSuccess: async () => client.invalidateQueries({ queryKey: sessionListKey }),
  });
}

export function useChangeSession() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, change }: { id: string; change: SessionChange }) =>
      api.request(fillPath(PATHS.session, id), sessionResponseSchema, { method: 'PATCH', body: change }),
    onSuccess: async (_, { id }) => {
      void client.invalidateQueries({ queryKey: sessionListKey });
      await client.invalidateQueries({ queryKey: sessionKey(id) });
    },
  });
}

export function useDeleteSession() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.request(fillPath(PATHS.session, id), okResponseSchema, { method: 'DELETE' }),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: sessionKey(id) });
      await client.invalidateQueries({ queryKey: sessionListKey });
    },
  });
}

export function useForkSession() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, messageId }: { id: string; messageId?: string | undefined }) =>
      api.request(fillPath(PATHS.sessionFork, id), sessionResponseSchema, {
        method: 'POST',
        body: messageId === undefined ? {} : { messageId },
      }),
    onSuccess: async () => client.invalidateQueries({ queryKey: sessionListKey }),
  });
}

/** Downloads through a one-use link, which a runner with a token accepts, too. */
export function useExportSession() {
  const api = useApi();
  return useMutation({
    mutationFn: async ({ id, format }: { id: string; format: 'markdown' | 'json' }) => {
      const link = document.createElement('a');
      link.href = await api.linkTo(fillPath(PATHS.sessionExport, id), { format });
      link.download = '';
      link.click();
    },
  });
}
