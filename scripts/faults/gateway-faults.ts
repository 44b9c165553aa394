/** The faults of the gateway's fault run: what an upstream does, and what the client may receive beside another upstream's whole answer. */
import type { ServerResponse } from 'node:http';
import { answerTo, begin } from './gateway-upstreams.ts';
import type { UpstreamRequest } from './gateway-upstreams.ts';

export interface Fault {
  name: string;
  /** Null: its port is closed after its endpoint was added. */
  act: ((res: ServerResponse, request: UpstreamRequest) => void | Promise<void>) | null;
  /** Status and code as in `Outcome` of gateway-clients.ts. Empty: another upstream answers and no client notices. */
  allowed: readonly string[];
}

const SLOW_MS = 500;

function reply(status: number, body: unknown, type = 'application/json'): NonNullable<Fault['act']> {
  return (res) =>
    void res
      .writeHead(status, { 'content-type': type })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

function replyError(status: number, code: string): NonNullable<Fault['act']> {
  return reply(status, {
    error: { message: `The fault is ${code}.`, type: 'server_error', param: null, code },
  });
}

/** Only once the client has the first bytes: before that, no one but the upstream could know that it had begun. */
async function resetLater(res: ServerResponse, request: UpstreamRequest): Promise<void> {
  begin(res, request);
  await request.ledger.untilSeen(request.id);
  res.socket?.resetAndDestroy();
}

/** The runner's LLM_TIMEOUT must be above SLOW_MS. */
export const FAULTS: readonly Fault[] = [
  { name: 'refuses connections', act: null, allowed: [] },
  { name: 'resets before its headers', act: (res) => void res.socket?.resetAndDestroy(), allowed: [] },
  { name: 'closes before its headers', act: (res) => void res.destroy(), allowed: [] },
  { name: 'resets in mid-answer', act: resetLater, allowed: ['200 upstream_error', '200 cut'] },
  {
    name: 'falls silent in mid-answer',
    act: (res, request) => begin(res, request),
    allowed: ['200 upstream_timeout', '200 cut'],
  },
  { name: 'hangs', act: () => undefined, allowed: ['504 upstream_timeout'] },
  {
    name: 'sends something other than HTTP',
    act: (res) => void res.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
    allowed: [],
  },
  { name: 'is slow', act: async (res, request) => slow(res, request), allowed: [] },
  { name: '500, an OpenAI error', act: replyError(500, 'cuda_error'), allowed: ['500 cuda_error'] },
  {
    name: '500, anything else',
    act: reply(500, 'Traceback (most recent call last)', 'text/plain'),
    allowed: ['502 upstream_error'],
  },
  { name: '502, a page of a proxy', act: reply(502, '<html>Bad gateway</html>', 'text/html'), allowed: [] },
  { name: '503, no slot', act: replyError(503, 'no_slot'), allowed: [] },
  {
    name: '503, loading its model',
    act: reply(503, { error: { message: 'Loading model', code: 503 } }),
    allowed: [],
  },
  { name: '504', act: reply(504, ''), allowed: [] },
  { name: '429', act: replyError(429, 'rate_limit'), allowed: [] },
  { name: '403', act: replyError(403, 'forbidden'), allowed: [] },
  { name: '401', act: replyError(401, 'invalid_api_key'), allowed: [] },
  { name: '200, a web page', act: reply(200, '<html>Log in</html>', 'text/html'), allowed: [] },
];

async function slow(res: ServerResponse, request: UpstreamRequest): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  begin(res, request);
  const [, ...rest] = answerTo(request.id, request.isStream);
  res.end(rest.join(''));
}
