/** A view of the log store for a component; tells when it changed. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { LogStore } from './log-store.ts';
import { LogView, type LogQuery } from './log-view.ts';

export function useLogView(store: LogStore, query: LogQuery): LogView {
  const view = useMemo(
    () => new LogView(store, query, { schedule: (action) => requestAnimationFrame(action), now: () => performance.now() }),
    [store, query],
  );
  useEffect(() => view.start(), [view]);
  useSyncExternalStore(view.subscribe, () => view.version);
  return view;
}
