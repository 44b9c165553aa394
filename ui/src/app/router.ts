/** Deep links in the URL's fragment: `#/servers`, `#/process/<id>`, `#/log/<id>`, `#/chat/<session>`, `#/chat/compare`, `#/prompts/<preset>`, `#/gateway`, `#/system`. */
import { useMemo, useSyncExternalStore } from 'react';

export type Route =
  | { screen: 'servers'; processId: string | null; logId: string | null }
  | { screen: 'chat'; sessionId: string | null; compare: boolean }
  | { screen: 'prompts'; presetId: string | null }
  | { screen: 'gateway' }
  | { screen: 'system' };

/** Where the rail and the keys lead. */
export const SCREENS = {
  servers: { screen: 'servers', processId: null, logId: null },
  chat: { screen: 'chat', sessionId: null, compare: false },
  prompts: { screen: 'prompts', presetId: null },
  gateway: { screen: 'gateway' },
  system: { screen: 'system' },
} as const satisfies Record<Route['screen'], Route>;

export function parseRoute(hash: string): Route {
  const [, screen = '', id = ''] = /^#\/([a-z]*)(?:\/([^/?]*))?/.exec(hash) ?? [];
  const name = id === '' ? null : decodeId(id);
  switch (screen) {
    case 'chat':
      return name === 'compare' ? { screen: 'chat', sessionId: null, compare: true } : { screen: 'chat', sessionId: name, compare: false };
    case 'prompts':
      return { screen: 'prompts', presetId: name };
    case 'gateway':
      return SCREENS.gateway;
    case 'system':
      return SCREENS.system;
    case 'log':
      return { screen: 'servers', processId: null, logId: name };
    case 'process':
      return { screen: 'servers', processId: name, logId: null };
    default:
      return SCREENS.servers;
  }
}

export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'chat':
      return route.compare ? '#/chat/compare' : withId('#/chat', route.sessionId);
    case 'prompts':
      return withId('#/prompts', route.presetId);
    case 'gateway':
      return '#/gateway';
    case 'system':
      return '#/system';
    case 'servers':
      if (route.logId !== null) return withId('#/log', route.logId);
      return route.processId === null ? '#/servers' : withId('#/process', route.processId);
  }
}

export function navigate(route: Route): void {
  location.hash = formatRoute(route);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(onHashChange, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

function withId(path: string, id: string | null): string {
  return id === null ? path : `${path}/${encodeURIComponent(id)}`;
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
