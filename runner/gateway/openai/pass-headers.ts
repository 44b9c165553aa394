/** Which headers pass through the gateway, in both directions. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { GATEWAY_HEADER, HOPS_HEADER } from '#contract/gateway-headers';

/** RFC 9110 7.6.1: they belong to one connection. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/**
 * The client's key and cookies are the gateway's affair; what a browser says of its page is no business of a model. Without Accept-Encoding
 * the answer comes as it is: usage can be read, and no compressor holds tokens back.
 */
const NOT_TO_UPSTREAM: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'origin',
  'referer',
  'x-request-id',
  GATEWAY_HEADER,
  HOPS_HEADER,
]);
/** The gateway has an Access-Control policy, request ids and an upstream of its own to tell of; what speaks for an origin would speak for it. */
const NOT_TO_CLIENT: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'x-request-id',
  'x-upstream',
  'x-upstream-reason',
  'date',
  'server',
  'alt-svc',
  'clear-site-data',
  'strict-transport-security',
]);

/** Without the server's key, and without the gateways that the request has passed: only another gateway gets those. */
export function headersToUpstream(
  headers: IncomingHttpHeaders,
  requestId: string,
): Record<string, string | string[]> {
  const named = connectionHeaders(headers);
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_TO_UPSTREAM.has(name) || named.has(name)) continue;
    passed[name] = value;
  }
  passed['content-type'] ??= 'application/json';
  passed['x-request-id'] = requestId;
  return passed;
}

export function headersToClient(headers: Readonly<IncomingHttpHeaders>): Record<string, string | string[]> {
  const named = connectionHeaders(headers);
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (
      value === undefined ||
      NOT_TO_CLIENT.has(name) ||
      name.startsWith('access-control-') ||
      named.has(name)
    )
      continue;
    passed[name] = value;
  }
  return passed;
}

/** Headers that `Connection` names are hop-by-hop, too. */
function connectionHeaders({ connection }: IncomingHttpHeaders): ReadonlySet<string> {
  return new Set(
    (connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
