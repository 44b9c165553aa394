/** The faults of the gateway's fault run: what an upstream does, and what its client may be told of it, beside the whole answer of another. */
import type { ServerResponse } from 'node:http';
import { answerTo, begin } from './gateway-upstreams.ts';
import type { Asked } from './gateway-upstreams.ts';

export interface Fault {
  name: string;
  /** Null: its port is closed after its endpoint was added. */
  act: ((res: ServerResponse, asked: Asked) => void | Promise<void>) | null;
  /** Status and code, as `ask` of gateway-clients.ts tells them. Empty: another upstream answers, nobody notices. */
  told: readonly string[];
}

const SLOW_MS = 500;

function say(status: number, body: unknown, type = 'application/json'): NonNullable<Fault['act']> {
  return (res) => void res.writeHead(status, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body));
}

function sayError(status: number, code: string): NonNullable<Fault['act']> {
  return say(status, { error: { message: `The fault is ${code}.`, type: 'server_error', param: null, code } });
}

/** Once the client has the first bytes: before, nobody but the upstream could know that it had begun. */
async function resetLater(res: ServerResponse, asked: Asked): Promise<void> {
  begin(res, asked);
  await asked.ledger.untilSeen(asked.id);
  res.socket?.resetAndDestroy();
}

/** With LLM_TIMEOUT above SLOW_MS. */
export const FAULTS: readonly Fault[] = [
  { name: 'refuses connections', act: null, told: [] },
  { name: 'resets before its headers', act: (res) => void res.socket?.resetAndDestroy(), told: [] },
  { name: 'closes before its headers', act: (res) => void res.destroy(), told: [] },
  { name: 'resets in mid-answer', act: resetLater, told: ['200 upstream_error', '200 cut'] },
  { name: 'falls silent in mid-answer', act: (res, asked) => begin(res, asked), told: ['200 upstream_timeout', '200 cut'] },
  { name: 'hangs', act: () => undefined, told: ['504 upstream_timeout'] },
  { name: 'sends what is not HTTP', act: (res) => void res.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'), told: [] },
  { name: 'is slow', act: async (res, asked) => slow(res, asked), told: [] },
  { name: '500, an OpenAI error', act: sayError(500, 'cuda_error'), told: ['500 cuda_error'] },
  { name: '500, anything else', act: say(500, 'Traceback (most recent call last)', 'text/plain'), told: ['502 upstream_error'] },
  { name: '502, a page of a proxy', act: say(502, '<html>Bad gateway</html>', 'text/html'), told: [] },
  { name: '503, no slot', act: sayError(503, 'no_slot'), told: [] },
  { name: '503, loading its model', act: say(503, { error: { message: 'Loading model', code: 503 } }), told: [] },
  { name: '504', act: say(504, ''), told: [] },
  { name: '429', act: sayError(429, 'rate_limit'), told: [] },
  { name: '403', act: sayError(403, 'forbidden'), told: [] },
  { name: '401', act: sayError(401, 'invalid_api_key'), told: [] },
  { name: '200, a web page', act: say(200, '<html>Log in</html>', 'text/html'), told: [] },
];

async function slow(res: ServerResponse, asked: Asked): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  begin(res, asked);
  const [, ...rest] = answerTo(asked.id, asked.isStream);
  res.end(rest.join(''));
}
