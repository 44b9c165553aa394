/**
 * Checks from another machine (C) that a gateway (B) and the model servers behind it (A) can be used; each failure names the machine to look at.
 * Copy this one file: it needs Node.js 22.18 or newer and nothing else. See docs/machine-c.md.
 *
 *   TEST_BASE_URL=http://MACHINE-B:8000/v1 TEST_API_KEY=<key> node check-gateway.ts
 */
/* oxlint-disable max-lines -- One file, so that it can be copied to a machine that has nothing else of this product. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const USAGE = `node check-gateway.ts --base-url http://MACHINE-B:8000/v1 --api-key <key> [--model <name>] [--timeout <seconds>]
The same from the environment: TEST_BASE_URL, TEST_API_KEY, TEST_MODEL, or LLM_BASE_URL, LLM_API_KEY, LLM_MODEL.`;

const MACHINES: Record<string, string> = { A: 'the model server', B: 'the gateway', C: 'this one' };
const CONNECT_TIMEOUT_MS = 10_000;

interface Advice {
  machine: string;
  cause: string;
  run: string;
}

interface Session {
  /** Without a trailing slash. */
  baseUrl: string;
  url: URL;
  apiKey: string | null;
  /** Null where none was given, until the list of models is known. */
  model: string | null;
  timeoutMs: number;
  /** How long a one-word answer took: a stream needs at least as long before it begins. */
  shortAnswerMs: number;
}

class Failure extends Error {
  readonly advice: Advice;

  constructor(message: string, advice: Advice) {
    super(message);
    this.advice = advice;
  }
}

type Json = Record<string, unknown>;

interface Check {
  name: string;
  needs: readonly string[];
  /** Resolves with what is worth reporting; rejects with a Failure. */
  run: (session: Session) => Promise<string>;
}

const CHECKS: readonly Check[] = [
  { name: 'Reachable', needs: [], run: checkReachable },
  { name: 'Models', needs: ['Reachable'], run: checkModels },
  { name: 'Chat', needs: ['Reachable', 'Models'], run: checkChat },
  { name: 'Streaming', needs: ['Reachable', 'Models', 'Chat'], run: checkStreaming },
  { name: 'Wrong key', needs: ['Reachable'], run: checkWrongKey },
];

/* ---- the checks ---- */

async function checkReachable(session: Session): Promise<string> {
  const { url, timeoutMs } = session;
  const { address } = await lookup(hostOf(url));
  await openConnection(address, portOf(url));
  const health = new URL(`${session.baseUrl.replace(/\/v1$/, '')}/health`);
  const response = await send(
    health,
    {},
    { ...session, apiKey: null, timeoutMs: Math.min(timeoutMs, CONNECT_TIMEOUT_MS) },
  );
  const text = await response.text();
  const at = `${address}:${portOf(url)}`;
  // The runner's own port, and proxies that pass on /v1 only, have no /health.
  if (response.status === 404) return `${at} answers, without /health`;
  if (!response.ok) throw failureOf(response, text, url);
  return `${at} answers, /health is ok`;
}

async function checkModels(session: Session): Promise<string> {
  const { data } = await requestJson('/models', null, session);
  const names = list(data).map((model) => String(model['id']));
  const shown =
    names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  // The list lacks short names, aliases and models that are stopped: the chat shows whether they work.
  if (session.model !== null && !names.includes(session.model))
    return `${shown || 'none'}; ${session.model} is not listed`;
  session.model ??= names[0] ?? null;
  if (session.model === null) throw new Failure('the list is empty', adviceOf('no_models', session.url));
  return shown;
}

async function checkChat(session: Session): Promise<string> {
  const startedAt = performance.now();
  const messages = [{ role: 'user', content: 'Reply with the word pong' }];
  const answer = await requestJson(
    '/chat/completions',
    { model: session.model, messages, max_tokens: 256 },
    session,
  );
  session.shortAnswerMs = performance.now() - startedAt;
  const message = object(list(answer['choices'])[0]?.['message']);
  const text = textOf(message['content']).trim();
  if (text !== '') return `${session.model}: ${shorten(text)}`;
  if (textOf(message['reasoning_content']) !== '')
    return `${session.model} thought for 256 tokens: give it more for an answer`;
  throw new Failure('the answer is empty', adviceOf('empty_answer', session.url));
}

async function checkStreaming(session: Session): Promise<string> {
  let stream = await readStream(session);
  // Once more: the pieces of a server that was busy bunch up, too.
  if (isHeldBack(stream, session.shortAnswerMs)) stream = await readStream(session);
  const { arrivals } = stream;
  const first = arrivals[0] ?? 0;
  const summary = `${arrivals.length} pieces, the first after ${Math.round(first)} ms, the last ${Math.round((arrivals.at(-1) ?? 0) - first)} ms later`;
  if (!isHeldBack(stream, session.shortAnswerMs)) return summary;
  throw new Failure(`${summary}: not one by one`, adviceOf('held_back', session.url));
}

async function checkWrongKey(session: Session): Promise<string> {
  const apiKey = `sk-wrong-${Math.random().toString(36).slice(2)}`;
  const response = await send(new URL(`${session.baseUrl}/models`), {}, { ...session, apiKey });
  const text = await response.text();
  if (response.status === 401) return 'refused with 401';
  if (!response.ok) throw failureOf(response, text, session.url);
  if (/^(localhost|127\.|\[::1\])/.test(session.url.hostname))
    return 'accepted: without keys the gateway is open to its own machine';
  throw new Failure('it was accepted', adviceOf('open', session.url));
}

/* ---- streams ---- */

interface StreamTimes {
  /** When each piece of the answer arrived, in ms since the request. */
  arrivals: readonly number[];
  /** How long the server reports that it wrote; null: it reports nothing. */
  writtenMs: number | null;
}

async function readStream(session: Session): Promise<StreamTimes> {
  const startedAt = performance.now();
  const messages = [{ role: 'user', content: 'Write a short poem about the sea.' }];
  const response = await request(
    '/chat/completions',
    { model: session.model, messages, max_tokens: 48, stream: true },
    session,
  );
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!type.includes('text/event-stream'))
    throw new Failure(`asked for a stream, got ${type}`, adviceOf('no_stream', session.url));
  const arrivals: number[] = [];
  let writtenMs: number | null = null;
  for await (const event of eventsOf(response)) {
    if (event === '[DONE]') return { arrivals, writtenMs };
    const { error, choices, timings } = object(parse(event));
    const { code, message } = object(error);
    if (error !== undefined)
      throw new Failure(`${String(code)}: ${String(message)}`, adviceOf(String(code), session.url));
    const delta = object(list(choices)[0]?.['delta']);
    if (delta['content'] || delta['reasoning_content']) arrivals.push(performance.now() - startedAt);
    const predictedMs = object(timings)['predicted_ms'];
    if (typeof predictedMs === 'number') writtenMs = predictedMs;
  }
  throw new Failure('the stream broke off before its end', adviceOf('upstream_error', session.url));
}

async function* eventsOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
  }
}

/**
 * Whether over a third of the answer arrived within a tenth of the time in which it was written. Below 0.3 s no one would notice and the times
 * say nothing. Where the server does not report how long it wrote, it is the time beyond that of a one-word answer.
 */
function isHeldBack({ arrivals, writtenMs }: StreamTimes, shortAnswerMs: number): boolean {
  const written = writtenMs ?? (arrivals.at(-1) ?? 0) - shortAnswerMs;
  if (written < 300 || arrivals.length < 6) return false;
  const most = Math.max(
    ...arrivals.map((start) => arrivals.filter((at) => at >= start && at < start + written / 10).length),
  );
  return most > arrivals.length * 0.35;
}

/* ---- requests ---- */

async function requestJson(path: string, body: Json | null, session: Session): Promise<Json> {
  const text = await (await request(path, body, session)).text();
  const json = parse(text);
  if (json === null)
    throw new Failure(`received no JSON, but: ${shorten(text)}`, adviceOf('not_json', session.url));
  return object(json);
}

/** Rejects with a Failure unless the response is a success. */
async function request(path: string, body: Json | null, session: Session): Promise<Response> {
  const init =
    body === null
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await send(new URL(session.baseUrl + path), init, session);
  if (!response.ok) throw failureOf(response, await response.text(), session.url);
  return response;
}

async function send(
  to: URL,
  init: RequestInit,
  { apiKey, timeoutMs }: Pick<Session, 'apiKey' | 'timeoutMs'>,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey !== null) headers.set('authorization', `Bearer ${apiKey}`);
  return fetch(to, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
}

async function openConnection(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    );
    socket.once('error', reject);
    socket.once('connect', () => resolve(void socket.destroy()));
  });
}

/* ---- what failures mean ---- */

/** For each code (the gateway's, or the system's): machine, likely cause, command to run there. check_gateway.py has the same table. */
const ADVICE = `
ENOTFOUND :: C :: the name {host} is unknown here: a typo, or no DNS :: nslookup {host}
ECONNREFUSED :: B :: nothing listens there: the gateway does not run, has another port, or listens for its own machine only :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT={port} API_KEYS=<your key> npm start
ETIMEDOUT :: B :: a firewall drops the connection (of the machine, or of its cloud), or the address is wrong :: sudo ufw allow {port}/tcp
ENETUNREACH :: C :: this machine has no route to that network: no VPN, no Internet :: ping {host}
ECONNRESET :: B :: what listens there closes the connection: no gateway, or https where http is spoken :: curl -v http://127.0.0.1:{port}/health
not_tls :: C :: plain http is spoken there, not https :: export TEST_BASE_URL=http://{host}:{port}/v1
TLS :: B :: the certificate does not fit this name, has expired, or its issuer is not known here :: openssl s_client -connect {host}:{port} -servername {host} </dev/null
redirect :: C :: the address has moved, often from http to https :: export TEST_BASE_URL=<that address, up to /v1>
broken_proxy :: B :: a proxy responds, but the gateway behind it does not :: curl http://127.0.0.1:8000/health
not_json :: C :: another program listens there, or the base URL is not that of a gateway :: export TEST_BASE_URL=http://MACHINE-B:8000/v1
unknown_url :: C :: the base URL is not right: it ends with /v1 :: export TEST_BASE_URL=http://MACHINE-B:8000/v1
missing_api_key :: C :: no key was sent :: export TEST_API_KEY=<your key>
no_keys :: B :: the gateway has no keys yet, so it refuses every request :: {newkey}
invalid_api_key :: C :: this key is not one of the gateway's: a typo, or quotes or spaces around it :: export TEST_API_KEY=<your key>
key_revoked :: B :: the key was revoked: make another :: {newkey}
key_expired :: B :: the key has expired: make another :: {newkey}
model_not_allowed :: B :: the key is valid for other models only :: {keys}
route_not_allowed :: B :: the key is valid for other routes only :: {keys}
rate_limit_exceeded :: B :: the key has used up its limit per minute: wait, or raise the limit :: {keys}
insufficient_quota :: B :: the key has used up its tokens: make another, or raise its quota :: {keys}
open :: B :: what listens here asks for no key: anyone who reaches it can use it :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT={port} API_KEYS=<your key> npm start
forbidden_host :: B :: this listener serves its own machine only: start the gateway's own, which serves others :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8000 API_KEYS=<your key> npm start
model_not_found :: C :: the model name is not one of the gateway's :: export TEST_MODEL=<a name that it lists>
no_models :: A :: no model server is running, it is still loading, or the key may use none of its models :: {server}
model_loading :: A :: the model is being loaded: wait, then check again :: {server}
no_upstream :: A :: the model server is stopped, or the tunnel from A to B is down :: {server}
upstream_error :: A :: the model server broke off: it crashed or was stopped, or the tunnel from A to B is down :: {server}
upstream_timeout :: A :: the model server hangs, or is too slow for the prompt :: {slots}
silence :: A :: the model server is too slow or hangs; if it only needs longer: --timeout 600 :: {slots}
empty_answer :: A :: the model server runs, but its chat template or its model file does not fit :: {server}
no_stream :: A :: the model server, or a proxy before it, does not stream :: {server}
held_back :: B :: a proxy before the gateway collects the stream (nginx: proxy_buffering; also gzip, a CDN, a virus scanner) :: sudo nginx -T | grep -nE 'proxy_pass|proxy_buffering|proxy_ignore_headers|gzip'
upstream_unauthorized :: B :: the gateway has a wrong key for the model server :: curl http://127.0.0.1:3002/api/endpoints
other :: B :: the gateway's log may say more :: curl http://127.0.0.1:3002/api/endpoints
`;

const COMMANDS: Record<string, string> = {
  newkey: `curl -X POST http://127.0.0.1:3002/api/gateway/keys -H 'Content-Type: application/json' -d '{"name":"machine-c"}'`,
  keys: 'curl http://127.0.0.1:3002/api/gateway/keys',
  server: 'curl http://127.0.0.1:8080/health   # 8080: the port of the model server',
  slots: 'curl http://127.0.0.1:8080/slots   # 8080: the port of the model server',
};

/** Codes that mean the same as one of the table. */
const SYNONYMS: Record<string, string> = {
  EAI_AGAIN: 'ENOTFOUND',
  EAI_NODATA: 'ENOTFOUND',
  EHOSTUNREACH: 'ENETUNREACH',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_SOCKET: 'ECONNRESET',
  EPIPE: 'ECONNRESET',
  EPROTO: 'TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not_tls',
  TimeoutError: 'silence',
  UND_ERR_HEADERS_TIMEOUT: 'silence',
  not_found: 'unknown_url',
  shutting_down: 'ECONNREFUSED',
};

function adviceOf(code: string, url: URL): Advice {
  const rows = ADVICE.trim().split('\n');
  const row = rows.find((line) => line.startsWith(`${SYNONYMS[code] ?? code} :: `)) ?? rows.at(-1) ?? '';
  const filled = row.replaceAll('{host}', hostOf(url)).replaceAll('{port}', String(portOf(url)));
  const [, machine = '', cause = '', run = ''] = filled
    .replace(/\{(\w+)\}/, (_, name: string) => COMMANDS[name] ?? '')
    .split(' :: ');
  const isPowerShell = machine === 'C' && process.platform === 'win32';
  return { machine, cause, run: isPowerShell ? run.replace(/^export (\w+)=(.*)$/, '$env:$1="$2"') : run };
}

/** The Failure of a request without a whole response. */
function unreachable(error: unknown, url: URL): Failure {
  if (error instanceof Failure) return error;
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, name, message } = reason as { code?: unknown; name: string; message: string };
  const known = typeof code === 'string' ? code : name;
  const isTls = /CERT|SSL|TLS|SIGNATURE/.test(known) && SYNONYMS[known] === undefined;
  return new Failure(`${known}: ${shorten(message)}`, adviceOf(isTls ? 'TLS' : known, url));
}

/** The Failure of a response whose status is no success. */
function failureOf({ status, headers }: Response, text: string, url: URL): Failure {
  const location = headers.get('location');
  if (location !== null) return new Failure(`${status}, redirects to ${location}`, adviceOf('redirect', url));
  const { code, message } = object(object(parse(text))['error']);
  if (typeof code !== 'string') {
    return new Failure(
      `${status}, and not from a gateway: ${shorten(text)}`,
      adviceOf(status >= 500 ? 'broken_proxy' : 'not_json', url),
    );
  }
  const isWithoutKeys = code === 'missing_api_key' && String(message).includes('no API keys yet');
  return new Failure(
    `${status} ${code}: ${String(message)}`,
    adviceOf(isWithoutKeys ? 'no_keys' : code.toLowerCase(), url),
  );
}

/* ---- reading values ---- */

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Null where the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/* ---- the program ---- */

function readSession(): Session {
  const option = { type: 'string' } as const;
  const options = {
    'base-url': option,
    'api-key': option,
    model: option,
    timeout: option,
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  const setting = (name: string): string | null =>
    process.env[`TEST_${name}`] || process.env[`LLM_${name}`] || null;
  const baseUrl = (values['base-url'] ?? setting('BASE_URL'))?.replace(/\/+$/, '') ?? '';
  const url = URL.parse(baseUrl);
  const timeoutMs = Number(values.timeout ?? 120) * 1000;
  if (values.help === true || url === null || !url.protocol.startsWith('http') || !(timeoutMs > 0))
    throw new Error(USAGE);
  return {
    baseUrl,
    url,
    timeoutMs,
    apiKey: values['api-key'] ?? setting('API_KEY'),
    model: values.model ?? setting('MODEL'),
    shortAnswerMs: 0,
  };
}

/** Resolves with whether all checks passed. */
async function checkAll(session: Session): Promise<boolean> {
  const { baseUrl, apiKey, model } = session;
  console.log(
    `Gateway ${baseUrl}, key ${apiKey === null ? 'none' : `${apiKey.slice(0, 4)}…`}, model ${model ?? 'the first one'}\n`,
  );
  const passed = new Set<string>();
  for (const { name, needs, run } of CHECKS) {
    const missing = needs.find((need) => !passed.has(need));
    if (missing !== undefined) {
      console.log(`- ${name}: not tried, needs "${missing}"`);
      continue;
    }
    const startedAt = performance.now();
    const time = (): string => `${Math.round(performance.now() - startedAt)} ms`;
    try {
      const result = await run(session);
      console.log(`✓ ${name} (${time()}): ${result}`);
      passed.add(name);
    } catch (error) {
      const failure = unreachable(error, session.url);
      const { machine, cause, run } = failure.advice;
      console.log(`✗ ${name} (${time()}): ${failure.message}`);
      console.log(
        `    look at  machine ${machine}, ${MACHINES[machine]}\n    likely   ${cause}\n    run      ${run}`,
      );
    }
  }
  const havePassed = passed.size === CHECKS.length;
  console.log(
    havePassed
      ? '\nAll checks passed: this machine can use the models.'
      : `\n${passed.size} of ${CHECKS.length} checks passed.`,
  );
  return havePassed;
}

try {
  process.exitCode = (await checkAll(readSession())) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
