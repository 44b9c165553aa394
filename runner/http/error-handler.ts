/** The last stop of every failed request: one shape, one status table, no stack on the wire. */
import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { STATUS_BY_CODE } from '#contract/error-codes';
import type { ErrorBody } from '#contract/error-codes';
import { ROUTES } from '#contract/routes';
import { AppError } from '../base/errors.ts';
import { errorBody, GatewayError } from '../gateway/openai/openai-error.ts';
import type { Logger } from '../base/logger.ts';

export const notFound: RequestHandler = (req, res) => {
  const methods = methodsOf(req.path);
  if (methods.length > 0) {
    res.setHeader('allow', methods.join(', '));
    throw new AppError(
      'METHOD_NOT_ALLOWED',
      `${req.path} does not take ${req.method}. Use ${methods.join(' or ')}.`,
    );
  }
  throw new AppError('NOT_FOUND', `There is nothing at ${req.method} ${req.path}. See /docs for the routes.`);
};

/** The methods that the contract has for a path; empty for a path it does not know. */
function methodsOf(path: string): string[] {
  const parts = path.split('/');
  const matching = ROUTES.filter((route) => {
    const pattern = route.path.split('/');
    return (
      pattern.length === parts.length &&
      pattern.every((part, index) => part.startsWith(':') || part === parts[index])
    );
  });
  return [...new Set(matching.map(({ method }) => method.toUpperCase()))];
}

/** Its own errors `/v1` answers itself: what comes here the guards before it have refused. */
const V1_PATH = /^\/v1(\/|$)/;

export function errorHandler(logger: Logger): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express knows an error handler by its four parameters.
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const known = asAppError(error);
    if (known === null) {
      const id = randomUUID();
      logger.error({ id, err: error, method: req.method, path: req.path }, 'request failed');
      res.status(500).json(
        body('INTERNAL', `Something went wrong inside the runner. Its log has the details under ${id}.`, {
          id,
        }),
      );
      return;
    }
    if (known.code === 'STORAGE_FAILED')
      logger.error({ err: known.cause ?? known, path: req.path }, 'the store could not be used');
    const status = STATUS_BY_CODE[known.code];
    if (V1_PATH.test(req.path)) return res.status(status).type('json').send(asOpenAi(known, status));
    res.status(status).json(body(known.code, known.message, known.details));
  };
}

function asOpenAi({ code, message }: AppError, status: number): string {
  return errorBody(new GatewayError({ status, code: code.toLowerCase(), message }));
}

function body(code: ErrorBody['error']['code'], message: string, details: unknown): ErrorBody {
  return { ok: false, error: details === undefined ? { code, message } : { code, message, details } };
}

/** Errors of the body parser and the router, by the `type` or `status` that they carry, as ours. */
function asAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) return null;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    const limitMb = 'limit' in error ? Math.round(Number(error.limit) / 1024 ** 2) : 1;
    return new AppError('BODY_TOO_LARGE', `The body is over ${limitMb} MB. Send less.`, { cause: error });
  }
  if (type === 'entity.parse.failed')
    return new AppError('BAD_JSON', `The body is not JSON: ${error.message}.`, { cause: error });
  if ('code' in error && error.code === 'ERR_SQLITE_ERROR') {
    return new AppError(
      'STORAGE_FAILED',
      `The store could not be used: ${error.message}. Check the disk of the data folder.`,
      {
        cause: error,
      },
    );
  }
  if ('status' in error && typeof error.status === 'number' && error.status >= 400 && error.status < 500) {
    return new AppError('INVALID_REQUEST', `The request cannot be read: ${error.message}.`, { cause: error });
  }
  return null;
}
