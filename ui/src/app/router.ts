/** Deep links in the URL's fragment: `#/servers`, `#/process/<id>`, `#/log/<id>`, `#/chat/<session>`, `#/chat/compare`, `#/prompts/<preset>`, `#/gateway`, `#/tunnels`, `#/mqtt`, `#/connect`, `#/system`. */
import { useMemo, useSyncExternalStore } from 'react';

export type Route =
  | { screen: 'servers'; processId: string | null; logId: string | null }
  | { screen: 'chat'; sessionId: string | null; compare: boolean }
  | { screen: 'prompts'; presetId: string | null }
  | { screen: 'gateway' }
  | { screen: 'tunnels' }
  | { screen: 'mqtt' }
  | { screen: 'connect' }
  | { screen: 'system' };

/** Each screen as it is first opened. */
export const SCREENS = {
  servers: { screen: 'servers', processId: null, logId: null },
  chat: { screen: 'chat', sessionId: null, compare: false },
  prompts: { screen: 'prompts', presetId: null },
  gateway: { screen: 'gateway' },
  tunnels: { screen: 'tunnels' },
  mqtt: { screen: 'mqtt' },
  connect: { screen: 'connect' },
  system: { screen: 'system' },
} as const satisfies Record<Route['screen'], Route>;

/** In the order of the rail and of the keys 1, 2, 3 …; the assistant for two machines is opened by buttons. */
export const RAIL = [
  'servers',
  'chat',
  'prompts',
  'gateway',
  'tunnels',
  'mqtt',
  'system',
] as const satisfies readonly Route['screen'][];
export type RailScreen = (typeof RAIL)[number];

export function parseRoute(hash: string): Route {
  const [, screen = '', id = ''] = /^#\/([a-z]*)(?:\/([^/?]*))?/.exec(hash) ?? [];
  const name = id === '' ? null : decodeId(id);
  switch (screen) {
    case 'chat':
      return name === 'compare'
        ? { screen: 'chat', sessionId: null, compare: true }
        : { screen: 'chat', sessionId: name, compare: false };
    case 'prompts':
      return { screen: 'prompts', presetId: name };
    case 'gateway':
    case 'tunnels':
    case 'mqtt':
    case 'connect':
    case 'system':
      return SCREENS[screen];
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
    case 'tunnels':
    case 'mqtt':
    case 'connect':
    case 'system':
      return `#/${route.screen}`;
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
