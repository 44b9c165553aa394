/** One GET to a server: bounded in time and size, no redirects; a failure is data, in plain words. */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { endpointProblem, type EndpointProblem } from '#contract/endpoint-problem';
import { GATEWAY_HEADER, GATEWAY_NAME } from '#contract/gateway-headers';
import { messageOf, systemCodeOf } from '../../base/errors.ts';

const MAX_BYTES = 2 * 1024 * 1024;

export interface Answer {
  kind: 'answer';
  status: number;
  /** Undefined where the body is no JSON, or too long. */
  json: unknown;
  text: string;
  isHtml: boolean;
  /** Whether it is the gateway of a runner. */
  isGateway: boolean;
  location: string | null;
  ms: number;
}

export interface Failure extends EndpointProblem {
  kind: 'failure';
  isTimeout: boolean;
}

export interface AskOptions {
  apiKey: string | null;
  dispatcher: Dispatcher;
  /** Ends the question early; what comes back then is of no use. */
  signal: AbortSignal;
  timeoutMs: number;
}

/** Never throws. */
export async function askServer(
  url: string,
  { apiKey, dispatcher, signal, timeoutMs }: AskOptions,
): Promise<Answer | Failure> {
  if (!URL.canParse(url)) return failure(endpointProblem('not-an-address', { url }));
  const timeout = AbortSignal.timeout(timeoutMs);
  const begin = performance.now();
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      signal: AbortSignal.any([signal, timeout]),
      headers: {
        accept: 'application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
    });
    const text = await readText(body);
    const ms = Math.round((performance.now() - begin) * 10) / 10;
    const isHtml =
      /^text\/html|^application\/xhtml/i.test(one(headers['content-type']) ?? '') ||
      /^\s*<(!doctype|html)/i.test(text);
    const isGateway = one(headers[GATEWAY_HEADER]) === GATEWAY_NAME;
    const location = one(headers['location']) ?? null;
    return { kind: 'answer', status: statusCode, json: asJson(text), text, isHtml, isGateway, location, ms };
  } catch (error) {
    if (timeout.aborted)
      return failure(endpointProblem('no-answer-within', { seconds: timeoutMs / 1000 }), true);
    const code = codeOf(error);
    return failure(problemOf(code, error, new URL(url)), isTimeoutCode(code));
  }
}

/** Cut at the limit: leaving the loop closes the connection. */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function failure(problem: EndpointProblem, isTimeout = false): Failure {
  return { kind: 'failure', ...problem, isTimeout };
}

function isTimeoutCode(code: string): boolean {
  return /TIMEDOUT|TIMEOUT/.test(code);
}

function problemOf(code: string, error: unknown, { protocol, host, hostname }: URL): EndpointProblem {
  if (code === 'ECONNREFUSED') return endpointProblem('nobody-listens', { host });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return endpointProblem('host-unknown', { host: hostname });
  if (isTimeoutCode(code)) return endpointProblem('no-answer', {});
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return endpointProblem('no-way', { host });
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return endpointProblem(protocol === 'https:' ? 'no-https' : 'no-http', {});
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return endpointProblem('certificate-untrusted', { reason: code });
  if (code.startsWith('HPE_')) return endpointProblem('no-http-try-https', {});
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET')
    return endpointProblem('connection-closed', {});
  if (code === 'UND_ERR_INVALID_ARG') return endpointProblem('key-unsendable', {});
  return endpointProblem('unreachable', { reason: messageOf(error) });
}

/** The most telling code: undici wraps the system's error in one of its own. */
function codeOf(error: unknown): string {
  const inner = error instanceof Error ? systemCodeOf(error.cause) : undefined;
  return inner ?? systemCodeOf(error) ?? '';
}
