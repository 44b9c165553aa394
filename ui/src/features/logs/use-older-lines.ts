/** Fetches a source's lines from before the first loaded one, page by page. */
import { useCallback, useState } from 'react';
import { logPageResponseSchema } from '#contract/log';
import { PATHS, fillPath } from '#contract/paths';
import { useApi } from '../../api/api-context.ts';
import type { LogStore } from './log-store.ts';

export type OlderStatus = 'idle' | 'loading' | 'start' | 'full' | 'failed';

interface OlderLines {
  status: OlderStatus;
  /** Resolves to the number of rows inserted before the others. */
  load: () => Promise<number>;
}

export function useOlderLines(store: LogStore, source: string | null): OlderLines {
  const api = useApi();
  const [statuses, setStatuses] = useState<Record<string, OlderStatus>>({});
  const status = source === null ? 'idle' : (statuses[source] ?? 'idle');
  const load = useCallback(async () => {
    const before = source === null ? null : store.firstOffset(source);
    if (source === null || before === null) return 0;
    const setStatus = (next: OlderStatus): void => setStatuses((all) => ({ ...all, [source]: next }));
    if (store.rows.isFull) {
      setStatus('full');
      return 0;
    }
    setStatus('loading');
    try {
      const page = await api.request(fillPath(PATHS.logs, source), logPageResponseSchema, {
        search: { before: String(before), limit: '500' },
      });
      const added = store.addOlder(source, page.entries, page.from);
      setStatus(page.from <= page.start ? 'start' : 'idle');
      return added;
    } catch {
      setStatus('failed');
      return 0;
    }
  }, [api, store, source]);
  return { status, load };
}
