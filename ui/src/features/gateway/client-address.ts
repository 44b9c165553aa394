/** The address to give to clients. Pure. */

/** What a listener on all addresses calls itself: nobody can connect to that. */
const ANY_HOST = new Set(['0.0.0.0', '[::]']);

/** `pageUrl` is the folder of the page, which may sit below a base path; `gatewayUrl` that of the gateway's own listener, null: it has none. */
export function clientAddress(gatewayUrl: string | null, pageUrl: string): string {
  if (gatewayUrl === null) return new URL('v1', pageUrl).href;
  const url = new URL(gatewayUrl);
  // Whoever reads this page reached the machine by that name.
  if (ANY_HOST.has(url.hostname)) url.hostname = new URL(pageUrl).hostname;
  return url.href;
}
