/** A view of the log store for a component, which renders when the view changes. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { LogStore } from './log-store.ts';
import { LogView, type LogQuery } from './log-view.ts';

const BROWSER_TIME = {
  schedule: (action: () => void) => requestAnimationFrame(action),
  now: () => performance.now(),
};

export function useLogView(store: LogStore, query: LogQuery): LogView {
  const view = useMemo(() => new LogView(store, query, BROWSER_TIME), [store, query]);
  useEffect(() => view.start(), [view]);
  useSyncExternalStore(view.subscribe, () => view.version);
  return view;
}
