/** Sends requests to the runner: returns a parsed response or throws an ApiError. It opens event streams too, so that only this class needs the token. */
import { t } from 'i18next';
import type { z } from 'zod';
import { errorBodySchema } from '#contract/error-codes';
import { PATHS } from '#contract/paths';
import { ticketResponseSchema } from '#contract/system';
import { ApiError } from './api-error.ts';
import type { TokenStore } from './token-store.ts';

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  search?: Record<string, string>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

interface ApiClientDeps {
  baseUrl: string;
  tokens: Pick<TokenStore, 'get' | 'refuse'>;
  fetch: typeof fetch;
}

export class ApiClient {
  readonly #deps: ApiClientDeps;

  constructor(deps: ApiClientDeps) {
    this.#deps = deps;
  }

  /** Sends a request and parses the response; throws an ApiError in every other case (an abort stays an abort). */
  async request<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(path, options);
    const text = await response.text();
    const body = parseJson(text);
    if (!response.ok) throw this.#toError(response, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success)
      throw new ApiError('UNEXPECTED_RESPONSE', t('errors.unexpectedAnswer'), parsed.error.issues);
    return parsed.data;
  }

  /** A URL that the browser can open by itself, as for a download; where a token is set, it is valid for one use. */
  async linkTo(path: string, search: Record<string, string>): Promise<string> {
    return this.#url(path, await this.#withTicket(search)).href;
  }

  /** Opens an event stream; where a token is set, with a one-use ticket instead of the token in the URL. */
  async openStream(path: string, search: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const response = await this.#send(path, { search: await this.#withTicket(search, signal), signal });
    if (!response.ok) throw this.#toError(response, parseJson(await response.text()));
    return response;
  }

  /** Opens the event stream of a model's answer. */
  async openAnswer(path: string, options: RequestOptions): Promise<Response> {
    const response = await this.#send(path, options);
    if (!response.ok) throw this.#toError(response, parseJson(await response.text()));
    return response;
  }

  async #withTicket(search: Record<string, string>, signal?: AbortSignal): Promise<Record<string, string>> {
    if (this.#deps.tokens.get() === null) return search;
    const { ticket } = await this.request(PATHS.ticket, ticketResponseSchema, {
      method: 'POST',
      ...(signal && { signal }),
    });
    return { ...search, ticket };
  }

  /** Relative to the page's own address: the runner may be served below a base path. */
  #url(path: string, search: Record<string, string>): URL {
    const url = new URL(path.replace(/^\//, ''), this.#deps.baseUrl);
    for (const [name, value] of Object.entries(search)) url.searchParams.set(name, value);
    return url;
  }

  async #send(path: string, options: RequestOptions): Promise<Response> {
    const headers = new Headers(options.headers);
    const token = this.#deps.tokens.get();
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    if (options.body !== undefined) headers.set('content-type', 'application/json');
    try {
      return await this.#deps.fetch(this.#url(path, options.search ?? {}), {
        method: options.method ?? 'GET',
        headers,
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: options.signal ?? null,
        cache: 'no-store',
      });
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      throw new ApiError('UNREACHABLE', t('errors.unreachable'), error);
    }
  }

  #toError(response: Response, body: unknown): ApiError {
    const known = errorBodySchema.safeParse(body);
    if (response.status === 401) this.#deps.tokens.refuse();
    if (known.success)
      return new ApiError(known.data.error.code, known.data.error.message, known.data.error.details);
    // A proxy that cannot reach the runner sends 502 to 504 with a page of its own.
    if (response.status >= 502) return new ApiError('UNREACHABLE', t('errors.unreachable'));
    return new ApiError('UNEXPECTED_RESPONSE', `${t('errors.unexpectedAnswer')} (HTTP ${response.status})`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
