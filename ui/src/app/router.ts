/** Deep links in the URL's fragment: `#/servers`, `#/process/<id>`, `#/log/<id>`, `#/system`. */
import { useMemo, useSyncExternalStore } from 'react';

export type Route = { screen: 'servers'; processId: string | null; logId: string | null } | { screen: 'system' };

export function parseRoute(hash: string): Route {
  const [, screen = '', id = ''] = /^#\/([a-z]*)(?:\/([^/?]*))?/.exec(hash) ?? [];
  const name = id === '' ? null : decodeId(id);
  if (screen === 'system') return { screen: 'system' };
  if (screen === 'log') return { screen: 'servers', processId: null, logId: name };
  if (screen === 'process') return { screen: 'servers', processId: name, logId: null };
  return { screen: 'servers', processId: null, logId: null };
}

export function formatRoute(route: Route): string {
  if (route.screen === 'system') return '#/system';
  if (route.logId !== null) return `#/log/${encodeURIComponent(route.logId)}`;
  if (route.processId !== null) return `#/process/${encodeURIComponent(route.processId)}`;
  return '#/servers';
}

export function navigate(route: Route): void {
  location.hash = formatRoute(route);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(onHashChange, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

function onHashChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

function decodeId(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
