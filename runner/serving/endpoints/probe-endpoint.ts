/** Asks a server how it is and what it is: which questions, in which order, and what the answers mean. */
import type { EndpointStatus } from '#contract/endpoint';
import { NO_PROBLEM, endpointProblem, type EndpointProblem } from '#contract/endpoint-problem';
import type { Answer, Failure } from './ask-server.ts';
import { factsOf, isHealthReport, readModels, readProps, readSlots } from './server-answers.ts';
import type { ServerFacts } from './server-answers.ts';

/** Which routes a server turned out to have: saves questions, each of which is a line in an old llama-server's log. */
export interface KnownRoutes {
  health: boolean;
  slots: boolean;
}

export interface Probed extends EndpointProblem {
  status: EndpointStatus;
  latencyMs: number | null;
  /** Null: not asked, or not answered; what was known stays true. */
  facts: ServerFacts | null;
  busySlots: number | null;
  routes: KnownRoutes | null;
  isTimeout: boolean;
}

export interface ProbeOptions {
  ask: (path: string) => Promise<Answer | Failure>;
  hasApiKey: boolean;
  /** The model that is meant, where a server has several. */
  model: string | null;
  /** Null asks for everything. */
  routes: KnownRoutes | null;
}

export async function probeEndpoint(options: ProbeOptions): Promise<Probed> {
  const { ask, routes } = options;
  if (routes?.health === false) return askWhatItIs(options, null);
  const health = await ask('/health');
  if (health.kind === 'failure') return down(health);
  if (isLoading(health)) return loading(health);
  if (!isReport(health)) return askWhatItIs(options, null);
  if (routes === null) return askWhatItIs(options, health);
  const slots = routes.slots ? await ask('/slots') : null;
  return { ...online(health), routes, busySlots: readSlots(jsonOf(slots))?.busy ?? null };
}

/** `report`: what /health told, as llama-server and the gateways of runners have it; null: it has none. */
async function askWhatItIs({ ask, hasApiKey, model }: ProbeOptions, report: Answer | null): Promise<Probed> {
  const list = await ask('/v1/models');
  if (list.kind === 'failure') return down(list);
  // A gateway is well while its models come and go: of those its list tells, in every round.
  const health = list.isGateway ? null : report;
  const [propsAnswer, slotsAnswer] =
    health === null ? [null, null] : await Promise.all([ask('/props'), ask('/slots')]);
  const models = readModels(jsonOf(list));
  const first = health ?? list;
  if (isLoading(list)) return loading(first);
  // Old llama-servers list their models to everybody, and refuse the key only where it counts.
  if (isRefused(list) || isRefusedByLlamaServer(propsAnswer))
    return down(endpointProblem(hasApiKey ? 'key-refused' : 'key-wanted', {}));
  const problem = models === null ? problemOf(list, health !== null) : null;
  if (problem !== null) return down(problem);
  const slots = readSlots(jsonOf(slotsAnswer));
  const facts = factsOf({
    models: models ?? [],
    props: readProps(jsonOf(propsAnswer)),
    slots,
    chosen: model,
    isGateway: list.isGateway,
  });
  return {
    ...online(first),
    facts: list.status === 429 ? null : facts,
    busySlots: slots?.busy ?? null,
    routes: { health: health !== null, slots: slots !== null },
  };
}

/** Why an answer that lists no models is not one of an LLM server; null: it may still be one. */
function problemOf({ status, isHtml, location }: Answer, isHealthy: boolean): EndpointProblem | null {
  if (status >= 300 && status < 400) return redirectTo(location);
  if (isMissing(status) && (isHealthy || !isHtml)) return null;
  if (isHtml) return endpointProblem('web-page', {});
  if (status === 429 || isHealthy) return null;
  if (status >= 502 && status <= 504) return endpointProblem('gateway-error', { status });
  return status < 300 ? endpointProblem('no-models-list', {}) : endpointProblem('http-error', { status });
}

function isMissing(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** Without a query: tokens stand there. */
function redirectTo(location: string | null): EndpointProblem {
  if (location === null) return endpointProblem('redirect-unnamed', {});
  return endpointProblem('redirect', { place: location.replace(/[?#].*$/, '').slice(0, 200) });
}

function isReport({ status, json }: Answer): boolean {
  return status === 200 && isHealthReport(json);
}

function isLoading({ status, text, isHtml }: Answer): boolean {
  return status === 503 && !isHtml && /loading/i.test(text.slice(0, 1000));
}

function isRefused(answer: Answer): boolean {
  return answer.status === 401 || answer.status === 403;
}

function isRefusedByLlamaServer(answer: Answer | Failure | null): boolean {
  return answer?.kind === 'answer' && answer.status === 401 && answer.text.includes('authentication_error');
}

function jsonOf(answer: Answer | Failure | null): unknown {
  return answer?.kind === 'answer' && answer.status === 200 ? answer.json : undefined;
}

const NOTHING = {
  ...NO_PROBLEM,
  latencyMs: null,
  facts: null,
  busySlots: null,
  routes: null,
  isTimeout: false,
};

function down({
  problem,
  problemCode,
  problemValues,
  isTimeout = false,
}: EndpointProblem & { isTimeout?: boolean }): Probed {
  return { ...NOTHING, status: 'offline', problem, problemCode, problemValues, isTimeout };
}

function loading({ ms }: Answer): Probed {
  return { ...NOTHING, status: 'loading', ...endpointProblem('model-loading', {}), latencyMs: ms };
}

function online({ ms }: Answer): Probed {
  return { ...NOTHING, status: 'online', latencyMs: ms };
}
