/** Who may talk to the runner: Host against DNS rebinding, Origin against hostile pages, a token where one is set, JSON bodies only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError } from '../base/errors.ts';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a Host header is loopback or in `allowedHosts` (names without port). */
export function hostCheck(allowedHosts: readonly string[]): (host: string | undefined) => boolean {
  const allowed = new Set([...LOOPBACK_HOSTS, ...allowedHosts.map((host) => host.toLowerCase())]);
  return (given = '') => {
    const host = given.toLowerCase();
    return allowed.has(host.replace(/:\d+$/, '')) || allowed.has(host);
  };
}

/** Refuses a Host header that `hostCheck` does not know: FORBIDDEN_HOST. */
export function guardHost(allowedHosts: readonly string[]): RequestHandler {
  const isAllowed = hostCheck(allowedHosts);
  return ({ headers: { host } }, _res, next) => {
    if (isAllowed(host)) return next();
    throw new AppError(
      'FORBIDDEN_HOST',
      `This runner does not answer to the host name "${(host ?? '').toLowerCase()}". Add it to RUNNER_ALLOWED_HOSTS if it is yours.`,
    );
  };
}

/** Whether a page of this origin may talk to us: the runner's own page, or one in `allowedOrigins`. */
function isOriginAllowed(
  origin: string,
  host: string | undefined,
  allowedOrigins: readonly string[],
): boolean {
  return origin === `http://${host}` || origin === `https://${host}` || allowedOrigins.includes(origin);
}

/** Refuses a foreign Origin, on reads too: FORBIDDEN_ORIGIN. Programs send none. */
export function guardOrigin(allowedOrigins: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    if (origin === undefined || isOriginAllowed(origin, host, allowedOrigins)) return next();
    throw new AppError(
      'FORBIDDEN_ORIGIN',
      `Pages of ${origin} may not use this runner. Add it to RUNNER_ALLOWED_ORIGINS if it is yours.`,
    );
  };
}

/** A body must be JSON: what a form or a plain-text post of a foreign page sends never is. */
export function guardContentType(req: Request, _res: Response, next: NextFunction): void {
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (!hasBody || req.is('application/json') !== false) return next();
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send the body as JSON, with the header Content-Type: application/json.',
  );
}

/** Whoever runs the runner: no key, or its token. */
export const LOCAL_PRINCIPAL = 'local';

/** What an API key opens. It starts no program. */
const API_KEY_PATHS = /^\/api\/llm(\/|$)/;

export interface TokenGuardParts {
  token: string | null;
  /** Keys of remote clients, each a principal of its own. */
  apiKeys: readonly string[];
  tickets: Tickets;
}

/**
 * Asks for `Authorization: Bearer <token>`, or a one-use `?ticket=` on streams and downloads. No token set: everybody on loopback may. An
 * API key opens the chat REST, and nothing else; there a wrong key is refused even where no key would be needed.
 */
export function guardToken({ token, apiKeys, tickets }: TokenGuardParts): RequestHandler {
  const keys = apiKeys.map((key) => ({
    hash: digest(key),
    principal: `key:${digest(key).toString('hex').slice(0, 32)}`,
  }));
  return (req, res, next) => {
    const given = /^Bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1];
    const isApiKeyPath = API_KEY_PATHS.test(req.path);
    const hash = given === undefined ? null : digest(given);
    const key =
      isApiKeyPath && hash !== null
        ? keys.find((candidate) => timingSafeEqual(candidate.hash, hash))
        : undefined;
    res.locals['principal'] = key?.principal ?? LOCAL_PRINCIPAL;
    if (key !== undefined) return next();
    if (token === null) {
      if (!isApiKeyPath || keys.length === 0 || given === undefined) return next();
      throw unauthorized(
        res,
        'This API key is not known. Ask whoever runs this server for one, and send it as Authorization: Bearer <key>.',
      );
    }
    if (hash !== null && timingSafeEqual(hash, digest(token))) return next();
    const { ticket } = req.query;
    if (req.method === 'GET' && typeof ticket === 'string' && tickets.redeem(ticket)) return next();
    throw unauthorized(res, 'This runner wants its token: send Authorization: Bearer <RUNNER_TOKEN>.');
  };
}

/** Whose request it is: `local`, or `key:…` of an API key. */
export function principalOf(res: Response): string {
  return String(res.locals['principal']);
}

function unauthorized(res: Response, message: string): AppError {
  res.setHeader('www-authenticate', 'Bearer realm="LLM Server Manager"');
  return new AppError('UNAUTHORIZED', message);
}

/** Equal lengths for the constant-time comparison. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Short-lived stand-ins for the token where a header cannot be sent: EventSource and download links. */
export class Tickets {
  static readonly lifetimeMs = 30_000;
  readonly #expiry = new Map<string, number>();

  issue(): string {
    const now = Date.now();
    for (const [ticket, expiresAt] of this.#expiry) if (expiresAt < now) this.#expiry.delete(ticket);
    const ticket = randomBytes(24).toString('base64url');
    this.#expiry.set(ticket, now + Tickets.lifetimeMs);
    return ticket;
  }

  redeem(ticket: string): boolean {
    const expiresAt = this.#expiry.get(ticket);
    this.#expiry.delete(ticket);
    return expiresAt !== undefined && expiresAt >= Date.now();
  }
}
