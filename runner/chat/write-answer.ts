/** Writes one answer: has it served, fits the history to the server that was found, and turns what it sends into frames. */
import type { ChatFrame, ChatMessage } from '#contract/chat';
import type { Endpoint } from '#contract/endpoint';
import type { LeftOut } from '#contract/session';
import { AppError } from '../base/errors.ts';
import type { Delta } from '../serving/completions/delta.ts';
import { openCompletion } from '../serving/completions/open-completion.ts';
import { deltasOf } from '../serving/completions/read-deltas.ts';
import type { Candidate } from '../serving/models/models-of-endpoints.ts';
import type { OpenResponse } from '../serving/serving-request.ts';
import type { Serving } from '../serving/serving.ts';
import { conversationOf } from '../serving/upstreams/affinity.ts';
import { AnswerText } from './answer-text.ts';
import { samplerFields } from './chat-settings.ts';
import type { ChatSettings } from './chat-settings.ts';
import { fitHistory } from './fit-history.ts';
import { StopReason } from './live-answer.ts';
import type { LiveAnswer } from './live-answer.ts';
import type { AnswerPlan } from './plan-answer.ts';
import type { EndpointsPort } from './ports.ts';
import { ProgressTeller } from './progress-teller.ts';
import { ThinkSplitter } from './think-splitter.ts';
import type { TokenCounter } from './token-counter.ts';

/** For counting the tokens of a whole history; after that they are estimated. */
const COUNTING_MS = 3_000;
/** No model writes that much; a server that does not stop must not fill the memory. */
const MAX_ANSWER_LENGTH = 8 * 1024 ** 2;

export interface WriteDeps {
  endpoints: Pick<EndpointsPort, 'target'>;
  serving: Serving;
  counter: TokenCounter;
  settings: ChatSettings;
}

export interface Conversation {
  /** Always sent: prompts and the new message; in between stands the history. */
  before: readonly ChatMessage[];
  /** `canSee`: the model reads images. */
  turns: (canSee: boolean) => readonly (readonly ChatMessage[])[];
  after: readonly ChatMessage[];
}

/** How it ended: `fault` null and `stopped` null: as the server wished. */
export interface Written {
  text: AnswerText;
  /** The endpoint that was asked last; null: none was. */
  endpoint: Endpoint | null;
  leftOut: LeftOut | null;
  fault: AppError | null;
  stopped: StopReason | null;
}

interface Order {
  plan: AnswerPlan;
  talk: Conversation;
}

/** Never throws: what went wrong is in the answer. The last frame is left to the caller, who has to store the answer first. */
export async function writeAnswer(live: LiveAnswer, order: Order, deps: WriteDeps): Promise<Written> {
  const written: Written = {
    text: new AnswerText(),
    endpoint: null,
    leftOut: null,
    fault: null,
    stopped: null,
  };
  const { plan } = order;
  const progress = new ProgressTeller(
    (each) => plan.wantsProgress && live.push({ progress: each }),
    maxTokensOf(plan),
  );
  try {
    const response = await open(order, { live, written, progress, deps });
    await take(response, { live, written, progress, plan });
  } catch (error) {
    if (error instanceof StopReason) written.stopped = error;
    else if (error instanceof AppError) written.fault = error;
    else written.fault = new AppError('INTERNAL', 'The answer could not be written.', { cause: error });
  }
  return written;
}

interface Writing {
  live: LiveAnswer;
  written: Written;
  progress: ProgressTeller;
}

function open(
  { plan, talk }: Order,
  { live, written, progress, deps }: Writing & { deps: WriteDeps },
): Promise<OpenResponse> {
  const { signal, sessionId } = live;
  return openCompletion(deps.serving, {
    chain: plan.chain,
    body: async (candidate) => {
      const messages = await fit(written, { plan, talk, signal, candidate }, deps);
      signal.throwIfAborted();
      progress.asked();
      return bodyOf(plan, messages, candidate);
    },
    conversation: (model) =>
      sessionId === null ? conversationOf(model, { messages: talk.after }) : `session:${sessionId}`,
    onPlace: (place) => place !== null && progress.queued(place),
    onAsk: ({ endpoint }) => {
      written.endpoint = endpoint;
    },
    signal,
  });
}

interface Fitting extends Order {
  signal: AbortSignal;
  candidate: Candidate;
}

async function fit(
  written: Written,
  { plan, talk, signal, candidate: { endpoint, model } }: Fitting,
  { endpoints, settings, counter }: WriteDeps,
): Promise<ChatMessage[]> {
  const { before, after } = talk;
  const turns = talk.turns(endpoint.vision !== false);
  if (turns.length === 0 && endpoint.context === null) return [...before, ...after];
  // One deadline for all of it: a tokenizer that hangs must not hold up the answer.
  const tokenizer = {
    target: endpoints.target(endpoint.id),
    model: model ?? '',
    signal: AbortSignal.any([signal, AbortSignal.timeout(COUNTING_MS)]),
  };
  const fitted = await fitHistory({
    fixed: [...before, ...after],
    turns,
    maxHistoryTokens: settings.maxHistoryTokens,
    context: endpoint.context,
    maxTokens: maxTokensOf(plan),
    count: (messages) => counter.count(tokenizer, messages),
  });
  written.leftOut = fitted.leftOut;
  return [...before, ...fitted.turns.flat(), ...after];
}

async function take(
  response: OpenResponse,
  { live, written: { text }, progress, plan }: Writing & { plan: AnswerPlan },
): Promise<void> {
  const splitter = new ThinkSplitter();
  const takeDelta = (delta: Delta): void => {
    const atMs = live.elapsedMs;
    text.take(delta, atMs);
    const frame = frameOf(delta, plan);
    if (frame !== null) live.push(frame);
    if (text.length > MAX_ANSWER_LENGTH)
      throw new AppError(
        'UPSTREAM_BAD_ANSWER',
        'The answer was cut at 8 MB: the server does not stop. Set max_tokens, or look at its log.',
      );
    progress.took(delta, text, atMs);
  };
  try {
    for await (const deltas of deltasOf(response)) {
      const pieces = deltas.flatMap((delta) =>
        delta.kind === 'content' ? splitter.split(delta.text) : [delta],
      );
      for (const delta of pieces) takeDelta(delta);
    }
  } finally {
    // A cut answer keeps what was held back, too.
    for (const piece of splitter.end()) takeDelta(piece);
  }
}

/**
 * `return_progress` makes llama-server write while it reads the prompt, and only then does it notice a client that has left: without it the
 * slot stayed busy for 7 to 14 s, with it under 0.5 s. Servers that tell no slots are others, which may refuse fields that they do not know.
 */
function bodyOf(
  plan: AnswerPlan,
  messages: readonly ChatMessage[],
  { endpoint, model }: Candidate,
): Record<string, unknown> {
  return {
    ...plan.extras,
    model: model ?? 'default',
    messages,
    ...samplerFields(plan.sampler),
    ...plan.tools,
    stream: true,
    stream_options: { include_usage: true },
    ...(endpoint.slots !== null ? { return_progress: true } : {}),
  };
}

function frameOf(delta: Delta, plan: AnswerPlan): ChatFrame | null {
  if (delta.kind === 'content') return { content: delta.text };
  if (delta.kind === 'reasoning') return plan.wantsReasoning ? { reasoning: delta.text } : null;
  if (delta.kind === 'tool-calls') return { tool_calls: delta.calls };
  return null;
}

function maxTokensOf({ sampler }: AnswerPlan): number | null {
  return sampler.max_tokens === undefined || sampler.max_tokens === -1 ? null : sampler.max_tokens;
}
