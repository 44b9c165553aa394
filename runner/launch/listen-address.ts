/** Where a server will listen, and the URL at which this machine reaches it. */
import type { RecipeContext, ServerForm } from '#contract/launch-form';

/** "auto" becomes the free port that the runner found. */
export function portOf(form: Pick<ServerForm, 'port'>, context: Pick<RecipeContext, 'freePort'>): number {
  return form.port === 'auto' ? context.freePort : form.port;
}

/** `http://127.0.0.1:8080/health` for a server on 0.0.0.0; null for a Unix socket, which has no URL. */
export function localUrl(host: string, port: number, path: string): string | null {
  // llama-server takes several addresses with commas between; any of them will do.
  const first = host.split(',')[0]?.trim() ?? '';
  if (first.endsWith('.sock')) return null;
  return `http://${reachableHost(first)}:${port}${path}`;
}

/** "All addresses" can be listened on but not connected to on every system (Windows refuses): ask the loopback instead. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '' || host === '*') return '127.0.0.1';
  if (host === '::' || host === '[::]') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
