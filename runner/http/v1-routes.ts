/** The OpenAI-compatible address: which URLs of `/v1` there are, and which of the upstream they stand for. What happens to a request is the gateway's business. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Router } from 'express';
import type { ErrorRequestHandler, Request } from 'express';
import type { GatewayRouteGroup } from '#contract/gateway';
import { GATEWAY_HEADER, GATEWAY_ID_HEADER, GATEWAY_NAME, HOPS_HEADER } from '#contract/gateway-headers';
import type { Gateway } from '../gateway/gateway.ts';
import { passHop } from '../gateway/gateway-hops.ts';
import type { Caller } from '../gateway/ports.ts';
import {
  errorBody,
  GatewayError,
  invalidRequest,
  noRoute,
  wrongMethod,
} from '../gateway/openai/openai-error.ts';
import { STATUS_BY_CODE } from '#contract/error-codes';
import { AppError } from '../base/errors.ts';

interface Post {
  path: string;
  group: GatewayRouteGroup;
  upstreamPath?: string;
}

/** Path here, its group of routes, and where it lies at the upstream if elsewhere: llama-server has its tokenizer beside `/v1`. */
const POSTS: readonly Post[] = [
  { path: '/v1/chat/completions', group: 'chat' },
  { path: '/v1/completions', group: 'completions' },
  { path: '/v1/embeddings', group: 'embeddings' },
  { path: '/v1/responses', group: 'other' },
  { path: '/v1/messages', group: 'other' },
  { path: '/v1/messages/count_tokens', group: 'other' },
  { path: '/v1/rerank', group: 'other' },
  { path: '/v1/reranking', group: 'other' },
  { path: '/v1/tokenize', group: 'other', upstreamPath: '/tokenize' },
  { path: '/v1/detokenize', group: 'other', upstreamPath: '/detokenize' },
  { path: '/v1/apply-template', group: 'other', upstreamPath: '/apply-template' },
];

/** What pages of an allowed origin may read of an answer: OpenAI's SDK in a browser goes by them. */
export const V1_HEADERS: readonly string[] = [
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-upstream',
  'x-upstream-reason',
  ...['limit', 'remaining', 'reset'].flatMap((what) => [
    `x-ratelimit-${what}-requests`,
    `x-ratelimit-${what}-tokens`,
  ]),
];

export interface V1RouteParts {
  gateway: Gateway;
  /** By which it knows requests that have passed it, on all its listeners. */
  gatewayId: string;
  /** Whether only this machine can reach the listener: without any keys the gateway is open there, and nowhere else. */
  isLoopbackListener: boolean;
}

/**
 * Must come before `express.json()`: bodies pass as bytes. Body of each POST: JSON of at most 20 MB with a "model" (absent: the default
 * endpoint's). The answer is the upstream's, byte for byte, with `x-request-id`, `x-upstream` and `x-upstream-reason`; what the upstream does
 * not have, it refuses itself. Errors are `{error: {message, type, param, code}}`, also for unknown paths under `/v1`; in a stream that has
 * begun, `data: {"error": …}` without `[DONE]`, or the `event: error` of `/v1/messages` and `/v1/responses`. Not passed through: `/v1/audio/…`, whose multipart bodies hold the model in a form field.
 * Every answer has `x-llm-gateway`, by which other runners know it, and `x-llm-gateway-id`; their requests have `x-llm-gateway-hops`, and one that goes round is a 508.
 */
export function v1Routes(parts: V1RouteParts): Router {
  const { gateway, isLoopbackListener } = parts;
  const router = Router({ caseSensitive: true });

  router.use('/v1', (_req, res, next) => {
    res.setHeader(GATEWAY_HEADER, GATEWAY_NAME);
    res.setHeader(GATEWAY_ID_HEADER, parts.gatewayId);
    // Of what never becomes an exchange, too: the list of models, and what is refused before.
    res.setHeader('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    next();
  });

  /** `{object: "list", data: [{id, object, created, owned_by}]}`: what the key may use now. */
  router.get('/v1/models', async (req, res) => {
    res.json({ object: 'list', data: await gateway.models(callerOf(req, isLoopbackListener)) });
  });

  /** One of them; names may hold slashes. 404 model_not_found. */
  router.get('/v1/models/*model', async (req, res) => {
    res.json(await gateway.model(callerOf(req, isLoopbackListener), nameOf(req)));
  });

  for (const post of POSTS) router.post(post.path, (req, res) => answer(parts, { post, req, res }));

  for (const { path, allowed } of [
    { path: '/v1/models', allowed: 'GET' },
    ...POSTS.map(({ path }) => ({ path, allowed: 'POST' })),
  ]) {
    router.all(path, ({ method }) => {
      throw wrongMethod({ method, path, allowed });
    });
  }
  router.use('/v1', (req) => {
    throw noRoute(req.method, req.originalUrl.split('?')[0] ?? '');
  });
  router.use('/v1', v1Errors(gateway));
  return router;
}

/**
 * `app`, which has `v1Routes`, with a short way for the POSTs of plain programs: what Express does for each request costs as much as the rest
 * of a short answer. What comes from a page, through another gateway, for another host or to another path goes to `app`.
 */
export function withPlainPosts(
  app: RequestListener,
  { isHostAllowed, ...parts }: V1RouteParts & { isHostAllowed: (host: string | undefined) => boolean },
): RequestListener {
  const posts = new Map(POSTS.map((post) => [post.path, post]));
  return (req, res) => {
    const { method, url = '', headers } = req;
    const post = method === 'POST' ? posts.get(url) : undefined;
    const isPlain = headers.origin === undefined && headers[HOPS_HEADER] === undefined;
    if (post === undefined || !isPlain || !isHostAllowed(headers.host)) return app(req, res);
    res.setHeader(GATEWAY_HEADER, GATEWAY_NAME);
    res.setHeader(GATEWAY_ID_HEADER, parts.gatewayId);
    void answer(parts, { post, req, res });
  };
}

async function answer(
  { gateway, gatewayId, isLoopbackListener }: V1RouteParts,
  {
    post: { path, group, upstreamPath = path },
    req,
    res,
  }: { post: Post; req: IncomingMessage; res: ServerResponse },
): Promise<void> {
  // As a proxy adds itself to Via: these are the headers to pass on.
  req.headers[HOPS_HEADER] = passHop(req.headers[HOPS_HEADER], gatewayId);
  const { url = '' } = req;
  const query = url.indexOf('?');
  const search = query === -1 ? '' : url.slice(query);
  await gateway.answer({
    req,
    res,
    group,
    route: path,
    path: upstreamPath + search,
    caller: callerOf(req, isLoopbackListener),
  });
}

/** OpenAI's SDKs send Authorization, Anthropic's x-api-key. */
function callerOf(
  { headers: { authorization, 'x-api-key': key } }: IncomingMessage,
  isLoopbackListener: boolean,
): Caller {
  const bearer = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  return { secret: bearer ?? (typeof key === 'string' ? key : null), isLoopbackListener };
}

/** Answers errors as the OpenAI API does, and accounts for refusals. */
export function v1Errors(gateway: Gateway): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express knows an error handler by its four parameters.
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    // A path that cannot be decoded.
    const known = asGatewayError(error) ?? gateway.explain(error);
    for (const [name, value] of Object.entries(known.headers)) res.setHeader(name, value);
    res.status(known.status).type('json').send(errorBody(known));
    gateway.accountRefusal(known, routeOf(req));
  };
}

/** A path that cannot be decoded, and what the guards before `/v1` refuse. */
function asGatewayError(error: unknown): GatewayError | null {
  if (error instanceof URIError) return invalidRequest(`The path cannot be read: ${error.message}.`);
  if (!(error instanceof AppError)) return null;
  const [status, code] = [STATUS_BY_CODE[error.code], error.code.toLowerCase()];
  return new GatewayError({ status, code, message: error.message });
}

/** The route that took the request, never the path that came: that may be anything. */
function routeOf({ route }: Request): string {
  const path: unknown = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : '/v1';
}

function nameOf(req: Request): string {
  const { model } = req.params;
  return Array.isArray(model) ? model.join('/') : (model ?? '');
}
