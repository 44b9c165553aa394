/** Who may talk to the runner: Host against DNS rebinding, Origin against hostile pages, a token where one is set, JSON bodies only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError } from '../errors.ts';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses a Host header that is neither loopback nor in `allowedHosts` (names without port): FORBIDDEN_HOST. */
export function guardHost(allowedHosts: readonly string[]): RequestHandler {
  const allowed = new Set([...LOOPBACK_HOSTS, ...allowedHosts.map((host) => host.toLowerCase())]);
  return (req, _res, next) => {
    const host = (req.headers.host ?? '').toLowerCase();
    const name = host.replace(/:\d+$/, '');
    if (allowed.has(name) || allowed.has(host)) return next();
    throw new AppError(
      'FORBIDDEN_HOST',
      `This runner does not answer to the host name "${host}". Add it to RUNNER_ALLOWED_HOSTS if it is yours.`,
    );
  };
}

/** Whether a page of this origin may talk to us: the runner's own page, or one in `allowedOrigins`. */
function isOriginAllowed(origin: string, host: string | undefined, allowedOrigins: readonly string[]): boolean {
  return origin === `http://${host}` || origin === `https://${host}` || allowedOrigins.includes(origin);
}

/** Refuses a foreign Origin, on reads too: FORBIDDEN_ORIGIN. Programs send none. */
export function guardOrigin(allowedOrigins: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const { origin, host } = req.headers;
    if (origin === undefined || isOriginAllowed(origin, host, allowedOrigins)) return next();
    throw new AppError('FORBIDDEN_ORIGIN', `Pages of ${origin} may not use this runner. Add it to RUNNER_ALLOWED_ORIGINS if it is yours.`);
  };
}

/** A body must be JSON: what a form or a plain-text post of a foreign page sends never is. */
export function guardContentType(req: Request, _res: Response, next: NextFunction): void {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (!hasBody || req.is('application/json') !== false) return next();
  throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as JSON, with the header Content-Type: application/json.');
}

/** Asks for `Authorization: Bearer <token>`, or a one-use `?ticket=` on streams and downloads. No token set: everybody on loopback may. */
export function guardToken(token: string | null, tickets: Tickets): RequestHandler {
  return (req, res, next) => {
    if (token === null || isBearer(req.headers.authorization, token)) return next();
    const { ticket } = req.query;
    if (req.method === 'GET' && typeof ticket === 'string' && tickets.redeem(ticket)) return next();
    res.setHeader('www-authenticate', 'Bearer realm="LLM Server Manager"');
    throw new AppError('UNAUTHORIZED', 'This runner wants its token: send Authorization: Bearer <RUNNER_TOKEN>.');
  };
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
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
