/** Asks the upstreams of a model one after the other, then those of its fallbacks, until one has begun to answer. */
import type { Dispatcher } from 'undici';
import type { Endpoint } from '#contract/endpoint';
import { HOPS_HEADER } from '#contract/gateway-headers';
import { conversationOf } from './affinity.ts';
import { callUpstream } from './call-upstream.ts';
import type { CallOutcome } from './call-upstream.ts';
import type { Exchange, GatewayCall } from '../../gateway/exchange.ts';
import type { Failure } from './judge-answer.ts';
import type { ResolvedModel } from './models-of-endpoints.ts';
import { headersToUpstream } from '../../gateway/openai/pass-headers.ts';
import { GatewayError, queueFull } from '../../gateway/openai/openai-error.ts';
import type { EndpointsPort, ModelsPort } from '../../gateway/ports.ts';
import type { ClientWish } from '../../gateway/openai/read-request.ts';
import { replaceModel } from './replace-model.ts';
import { takeTurn } from './take-turn.ts';
import type { Pick, Upstreams, Wait } from './upstreams.ts';
import type { WaitingBytes } from './waiting-bytes.ts';

export interface Asking {
  exchange: Exchange;
  wish: ClientWish;
  /** The model that was asked for, then its fallbacks; each as it is now. */
  chain: readonly (() => ResolvedModel)[];
  upstreams: Upstreams;
  endpoints: EndpointsPort;
  models: ModelsPort;
  dispatcher: Dispatcher;
  timeoutMs: number;
  stallMs: number;
  waitingBytes: WaitingBytes;
  /** How often the client of a stream hears that it waits. */
  commentEveryMs: number;
}

/** Of one model: the first and at most two others. */
const MOST_UPSTREAMS = 3;
/** llama-server answers these beside its slots. */
const BESIDE_SLOTS: ReadonlySet<string> = new Set([
  '/tokenize',
  '/detokenize',
  '/apply-template',
  '/v1/messages/count_tokens',
]);

/** Resolves when the client has its answer; throws the GatewayError that it is to be told. */
export async function askUpstreams(asking: Asking): Promise<void> {
  const { exchange, chain, upstreams } = asking;
  let told: Failure | GatewayError | null = null;
  for (const resolve of chain) {
    const failure = await askModel(asking, resolve);
    if (failure === 'answered') return;
    // What befell the model that was asked for is told, not what befell those that stood in.
    if (failure === null) upstreams.lookAgain(resolve());
    told ??= failure ?? upstreams.whyNobody(resolve());
    if (failure?.canRetry === false) break;
  }
  if (told === null) return;
  if (told instanceof GatewayError) throw told;
  if (told.original === null) throw told.error;
  exchange.refuse(told.error, told.original);
}

/** Null: nobody could be asked. */
async function askModel(asking: Asking, resolve: () => ResolvedModel): Promise<'answered' | Failure | null> {
  const { exchange, wish, chain, upstreams, models, commentEveryMs, waitingBytes } = asking;
  const { name, candidates } = resolve();
  const tried = new Set<string>();
  const conversation = candidates.length > 1 ? conversationOf(name, wish.body) : null;
  const hops = String(exchange.call.req.headers[HOPS_HEADER] ?? '');
  const onlyAt = wish.model === null ? (candidates[0]?.endpoint.id ?? null) : null;
  const wanted = {
    model: name,
    resolve,
    conversation,
    tried,
    onlyAt,
    hops,
    needsSlot: takesSlot(exchange.call.path),
  };
  const wait: Wait = async (work) => {
    const free = waitingBytes.hold(wish.raw.length);
    if (free === null) throw queueFull(name);
    return exchange.waiting(work, commentEveryMs).finally(free);
  };
  let failure: Failure | null = null;
  let tries = 0;
  while (tries < MOST_UPSTREAMS && failure?.canRetry !== false) {
    const pick = await takeTurn(wanted, { upstreams, models, signal: exchange.signal, wait });
    if (pick?.kind === 'failed') return pick;
    if (pick === null) return isLoop(failure) && upstreams.isLeftAlone(resolve()) ? null : failure;
    const why = { fallback: resolve === chain[0] ? null : name, retry: tried.size, reason: pick.reason };
    tried.add(pick.candidate.endpoint.id);
    const outcome = await askPicked(asking, pick, { name, why });
    if (outcome === 'answered') return outcome;
    // Where a request goes round, no server was asked: what one said before says more.
    if (!isLoop(outcome)) tries += 1;
    if (!isLoop(outcome) || failure === null) failure = outcome;
  }
  return failure;
}

function isLoop(failure: Failure | null): boolean {
  return failure?.error.status === 508;
}

/** `path` as the upstream knows it. */
export function takesSlot(path: string): boolean {
  return !BESIDE_SLOTS.has(path.split('?')[0] ?? '');
}

interface Why {
  fallback: string | null;
  retry: number;
  reason: string;
}

/** For people who read headers: `fallback=small; retry=1; least-busy`. */
function reasonOf({ fallback, retry, reason }: Why): string {
  const parts = [
    fallback === null ? '' : `fallback=${asHeader(fallback)}`,
    retry === 0 ? '' : `retry=${retry}`,
    reason,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** encodeURIComponent throws at half a character. */
function asHeader(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

/** Whatever is thrown from here on, the pick is settled. */
async function askPicked(
  asking: Asking,
  pick: Pick,
  { name, why }: { name: string; why: Why },
): Promise<'answered' | Failure> {
  const { exchange, endpoints, upstreams } = asking;
  const { id } = pick.candidate.endpoint;
  exchange.endpointId = id;
  exchange.state = 'asked';
  let outcome: CallOutcome = { kind: 'aborted' };
  try {
    exchange.answer.setHeaders({ 'x-upstream': asHeader(id), 'x-upstream-reason': reasonOf(why) });
    outcome = await ask(asking, pick, name);
    if (outcome.kind === 'failed' && outcome.isStale) outcome = await ask(asking, pick, name);
  } finally {
    if (outcome.kind === 'failed' && outcome.restMs !== null) upstreams.rest(id, outcome.restMs);
    if (outcome.kind === 'failed' && outcome.loopsAt !== null) upstreams.learnGateway(id, outcome.loopsAt);
    pick.settle(howItWent(outcome));
  }
  if (outcome.kind === 'answered') return 'answered';
  if (outcome.kind === 'aborted') throw exchange.signal.reason;
  if (outcome.wantsCheck) endpoints.reportFailure(id);
  // Something has passed to the client: nobody else may begin anew.
  if (exchange.answer.hasBegun) throw outcome.error;
  return outcome;
}

function howItWent(outcome: CallOutcome): Parameters<Pick['settle']>[0] {
  if (outcome.kind === 'answered') return 'worked';
  if (outcome.kind === 'aborted') return 'unknown';
  if (outcome.isSilent) return 'silent';
  return outcome.isFault ? 'failed' : 'unknown';
}

function ask(
  asking: Asking,
  { candidate: { endpoint, model }, began }: Pick,
  name: string,
): Promise<CallOutcome> {
  const { exchange, wish, endpoints, dispatcher, timeoutMs, stallMs } = asking;
  const { apiKey } = endpoints.target(endpoint.id);
  const { call, answer, signal, upstreamRequestId } = exchange;
  return callUpstream({
    dispatcher,
    timeoutMs,
    stallMs,
    answer,
    signal,
    began,
    baseUrl: endpoint.baseUrl,
    endpointId: endpoint.id,
    model: name,
    path: pathAt(endpoint, call),
    headers: headersToUpstream(call.req.headers, {
      apiKey,
      requestId: upstreamRequestId,
      isGateway: endpoint.isGateway,
    }),
    body: bodyFor(wish, model),
  });
}

/** llama-server has its tokenizer beside `/v1`, another gateway beneath it, as this one has. */
function pathAt({ isGateway }: Endpoint, { route, path }: GatewayCall): string {
  const query = path.indexOf('?');
  return isGateway === true ? route + (query === -1 ? '' : path.slice(query)) : path;
}

/** `wanted` null: the name that the client used, or none. */
function bodyFor({ raw, model }: ClientWish, wanted: string | null): Buffer {
  return wanted === null || wanted === model ? raw : replaceModel(raw, wanted);
}
