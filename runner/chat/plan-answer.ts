/** What a request asks for, worked out before anything is stored or sent: where, with which prompts and sampler settings. */
import { chatRequestSchema, sessionChatRequestSchema } from '#contract/chat';
import type { ChatMessage, ChatRequest, SessionChatRequest } from '#contract/chat';
import type { Endpoint } from '#contract/endpoint';
import type { Prompt, Sampler } from '#contract/preset';
import { renderTemplate } from '#contract/prompt-template';
import type { AnswerMeta } from '#contract/session';
import { AppError } from '../base/errors.ts';
import { imageCountOf } from './build-messages.ts';
import type { Serving } from '../serving/serving.ts';
import { chooseSampler } from './chat-settings.ts';
import type { ChatSettings } from './chat-settings.ts';
import type { Chain } from '../serving/models/catalog.ts';
import type { Target } from '../serving/serving-request.ts';
import type { EndpointsPort } from './ports.ts';
import { noImages } from '../serving/completions/render-app-error.ts';

export interface AnswerPlan {
  /** The endpoint that was chosen. */
  target: Target;
  /** The models that may answer: the target's first. */
  chain: Chain;
  /** What the request names; null: the server's own. */
  model: string | null;
  sampler: Sampler;
  /** Of the request's body, as they came. */
  tools: Record<string, unknown>;
  /** Fields of the request that only the server may know. */
  extras: Record<string, unknown>;
  wantsReasoning: boolean;
  wantsProgress: boolean;
  goesOnAlone: boolean;
}

type Request = ChatRequest | SessionChatRequest;

export interface PlanInput {
  request: Request;
  settings: ChatSettings;
  target: Target;
  /** The session's own model; null: none, or a stateless request. */
  model: string | null;
  sampler: Sampler;
  /** Images of the conversation need a server that reads them. */
  hasImages: boolean;
  serving: Pick<Serving, 'catalog' | 'canServe'>;
}

/** Where a request goes: where it says, where its session belongs, or the default. Throws ENDPOINT_NOT_FOUND and NO_ENDPOINT. */
export function chooseTarget(
  endpoints: EndpointsPort,
  request: Request,
  session: { endpointId: string | null } | null,
): Target {
  const endpointId = request.endpoint_id ?? session?.endpointId ?? null;
  return endpointId === null ? endpoints.defaultTarget() : endpoints.target(endpointId);
}

/** Throws ENDPOINT_OFFLINE or ENDPOINT_LOADING where it is certain that no server would answer. */
export function planAnswer(input: PlanInput): AnswerPlan {
  const { request, settings, target, sampler } = input;
  const model = modelOf(request.model) ?? input.model ?? target.endpoint.model;
  const chain = chainOf(input, model);
  if (!input.serving.canServe(chain)) checkStatus(target);
  const { temperature, top_p, top_k, min_p, max_tokens, seed, stop, thinking } = request;
  return {
    target,
    chain,
    model,
    sampler: chooseSampler(settings, sampler, {
      temperature,
      top_p,
      top_k,
      min_p,
      max_tokens,
      seed,
      stop,
      thinking,
    }),
    tools: {
      ...(request.tools ? { tools: request.tools } : {}),
      ...(request.tool_choice === undefined || request.tool_choice === null
        ? {}
        : { tool_choice: request.tool_choice }),
    },
    extras: Object.fromEntries(Object.entries(request).filter(([name]) => !isOurs(name))),
    wantsReasoning: request.reasoning ?? !settings.skipThinking,
    wantsProgress: request.progress ?? false,
    goesOnAlone: request.on_disconnect === 'continue',
  };
}

/** Others may stand in, but where the request forbids it, or the conversation holds what they cannot read. */
function chainOf({ request, target, hasImages, serving }: PlanInput, model: string | null): Chain {
  const { id, source } = target.endpoint;
  const canStandIn = (other: Endpoint): boolean =>
    request.fallback !== false &&
    !(hasImages && other.vision === false) &&
    // Chats that go to the workers behind a broker go nowhere else.
    (source !== 'mqtt' || other.source === 'mqtt');
  return serving.catalog.chosen({ endpointId: id, model, canStandIn });
}

/** Throws IMAGE_NOT_SUPPORTED where the server said that its model reads text only. */
export function checkImages({ endpoint }: Target, messages: readonly ChatMessage[]): void {
  if (endpoint.vision === false && messages.some((message) => imageCountOf(message) > 0)) throw noImages();
}

/** What the template makes of the user's text. */
export function renderInput({ template, variables }: Prompt, input: string): string {
  return renderTemplate(template, { ...variables, input });
}

export function metaOf(
  plan: AnswerPlan,
  preset: { presetId: string | null; presetName: string | null },
  streamId: string,
): AnswerMeta {
  const { endpoint } = plan.target;
  return {
    model: plan.model,
    ...endpointMetaOf(endpoint),
    presetId: preset.presetId,
    presetName: preset.presetName,
    sampler: plan.sampler,
    promptTokens: null,
    completionTokens: null,
    tokensPerSecond: null,
    firstTokenMs: null,
    durationMs: null,
    finishReason: null,
    leftOut: null,
    streamId,
  };
}

/** Which endpoint answers, as the message keeps it. */
export function endpointMetaOf({
  id,
  name,
  launch,
}: Endpoint): Pick<AnswerMeta, 'endpointId' | 'endpointName' | 'launch'> {
  return { endpointId: id, endpointName: name, launch: launch?.command ?? null };
}

/** A stopped process answers no one; a server elsewhere may be back before the next check, so it is asked, and one on demand is launched. */
function checkStatus({ endpoint }: Target): void {
  if (endpoint.onDemand === true) return;
  if (endpoint.status === 'loading') {
    throw new AppError(
      'ENDPOINT_LOADING',
      `${endpoint.name} is still loading its model. Try again in a moment.`,
    );
  }
  if (endpoint.status === 'offline' && endpoint.problemCode?.startsWith('process-') === true) {
    throw new AppError(
      'ENDPOINT_OFFLINE',
      `${endpoint.name} is offline. ${endpoint.problem ?? 'Launch it again.'}`,
    );
  }
}

function isOurs(name: string): boolean {
  return (
    Object.hasOwn(chatRequestSchema.shape, name) ||
    Object.hasOwn(sessionChatRequestSchema.shape, name) ||
    name.startsWith('stream')
  );
}

function modelOf(model: string | null | undefined): string | null {
  return model === undefined || model === null || model === '' || model === 'default' ? null : model;
}
