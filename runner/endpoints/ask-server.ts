/** One GET to a server: bounded in time and size, no redirects; a failure is data, in plain words. */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { messageOf, systemCodeOf } from '../errors.ts';

const MAX_BYTES = 2 * 1024 * 1024;

export interface Answer {
  kind: 'answer';
  status: number;
  /** Undefined where the body is no JSON, or too long. */
  json: unknown;
  text: string;
  isHtml: boolean;
  location: string | null;
  ms: number;
}

export interface Failure {
  kind: 'failure';
  problem: string;
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
export async function askServer(url: string, { apiKey, dispatcher, signal, timeoutMs }: AskOptions): Promise<Answer | Failure> {
  if (!URL.canParse(url)) return { kind: 'failure', problem: `${url} is not an address.`, isTimeout: false };
  const timeout = AbortSignal.timeout(timeoutMs);
  const begin = performance.now();
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      signal: AbortSignal.any([signal, timeout]),
      headers: { accept: 'application/json', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) },
    });
    const text = await readText(body);
    const ms = Math.round((performance.now() - begin) * 10) / 10;
    const isHtml = /^text\/html|^application\/xhtml/i.test(one(headers['content-type']) ?? '') || /^\s*<(!doctype|html)/i.test(text);
    return { kind: 'answer', status: statusCode, json: asJson(text), text, isHtml, location: one(headers['location']) ?? null, ms };
  } catch (error) {
    if (timeout.aborted) return { kind: 'failure', problem: `It did not answer within ${timeoutMs / 1000} s.`, isTimeout: true };
    return { kind: 'failure', ...inWords(error, new URL(url)) };
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

function inWords(error: unknown, { protocol, host, hostname }: URL): { problem: string; isTimeout: boolean } {
  const code = codeOf(error);
  const failed = (problem: string, isTimeout = false): { problem: string; isTimeout: boolean } => ({ problem, isTimeout });
  if (code === 'ECONNREFUSED') return failed(`Nothing listens at ${host}. Start the server, or check the address.`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return failed(`The host name ${hostname} is not known. Check the address.`);
  if (/TIMEDOUT|TIMEOUT/.test(code)) return failed(`It did not answer in time. Check the address.`, true);
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return failed(`There is no way from here to ${host}. Check the network.`);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return failed(
      protocol === 'https:' ? 'It does not speak HTTPS. Try http:// in its address.' : 'It does not speak HTTP. Check the port.',
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return failed(`Its certificate is not trusted (${code}).`);
  if (code.startsWith('HPE_')) return failed('It does not speak HTTP. Check the port, or try https:// in its address.');
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return failed('It closed the connection without an answer.');
  if (code === 'UND_ERR_INVALID_ARG') return failed('The API key holds characters that cannot be sent. Enter it again.');
  return failed(`It cannot be reached: ${messageOf(error)}.`);
}

/** The most telling code: undici wraps the system's error in one of its own. */
function codeOf(error: unknown): string {
  const inner = error instanceof Error ? systemCodeOf(error.cause) : undefined;
  return inner ?? systemCodeOf(error) ?? '';
}
