/** Writes one answer: has its server launched where need be, waits for a slot, fits the history, asks the server, and turns what it sends into frames. */
import type { ChatFrame, ChatMessage } from '#contract/chat';
import type { LeftOut } from '#contract/session';
import { AppError } from '../base/errors.ts';
import { AnswerText } from './answer-text.ts';
import type { ChatTransport, Delta } from './chat-transport.ts';
import { samplerFields } from './chat-settings.ts';
import type { ChatSettings } from './chat-settings.ts';
import { fitHistory } from './fit-history.ts';
import { StopReason } from './live-answer.ts';
import type { LiveAnswer } from './live-answer.ts';
import type { AnswerPlan } from './plan-answer.ts';
import type { EndpointsPort, ModelsPort } from './ports.ts';
import { ProgressTeller } from './progress-teller.ts';
import type { SlotQueue } from './slot-queue.ts';
import { ThinkSplitter } from './think-splitter.ts';
import type { TokenCounter } from './token-counter.ts';

/** For counting the tokens of a whole history; after that they are estimated. */
const COUNTING_MS = 3_000;
/** No model writes that much; a server that does not stop must not fill the memory. */
const LONGEST_ANSWER = 8 * 1024 ** 2;

export interface WriteParts {
  endpoints: Pick<EndpointsPort, 'target'>;
  models: ModelsPort;
  transport: ChatTransport;
  queue: SlotQueue;
  counter: TokenCounter;
  settings: ChatSettings;
}

export interface Conversation {
  /** Always sent: prompts and the new message; in between stands the history. */
  before: readonly ChatMessage[];
  turns: readonly (readonly ChatMessage[])[];
  after: readonly ChatMessage[];
}

/** How it ended: `fault` null and `stopped` null: as the server wished. */
export interface Written {
  text: AnswerText;
  /** Of the server that was launched for it; null: it ran. */
  launch: string | null;
  leftOut: LeftOut | null;
  fault: AppError | null;
  stopped: StopReason | null;
}

/** Never throws: what went wrong is in the answer. The last frame is left to the caller, who has to store the answer first. */
export async function writeAnswer(
  live: LiveAnswer,
  order: { plan: AnswerPlan; talk: Conversation },
  parts: WriteParts,
): Promise<Written> {
  const written: Written = {
    text: new AnswerText(),
    launch: null,
    leftOut: null,
    fault: null,
    stopped: null,
  };
  let leaveServer: (() => void) | null = null;
  let leave: (() => void) | null = null;
  try {
    const { talk } = order;
    const tell = new ProgressTeller(
      (progress) => order.plan.wantsProgress && live.push({ progress }),
      maxTokensOf(order.plan),
    );
    const wait = { signal: live.signal, onPlace: (place: number) => tell.queued(place) };
    const { id } = order.plan.target.endpoint;
    leaveServer = parts.models.enter(id);
    const isLoaded = leaveServer !== null;
    leaveServer ??= await parts.models.load(id, wait);
    const plan = isLoaded ? order.plan : { ...order.plan, target: parts.endpoints.target(id) };
    if (!isLoaded) written.launch = plan.target.endpoint.launch?.command ?? null;
    leave = await parts.queue.enter({ endpointId: id, slots: plan.target.endpoint.slots, ...wait });
    const messages = await fit(written, { plan, talk, signal: live.signal }, parts);
    live.signal.throwIfAborted();
    tell.asked();
    await ask(live, { plan, messages, tell, text: written.text }, parts);
  } catch (error) {
    if (error instanceof StopReason) written.stopped = error;
    else
      written.fault =
        error instanceof AppError
          ? error
          : new AppError('INTERNAL', 'The answer could not be written.', { cause: error });
  } finally {
    leave?.();
    leaveServer?.();
  }
  return written;
}

interface Fitting {
  plan: AnswerPlan;
  talk: Conversation;
  signal: AbortSignal;
}

async function fit(
  written: Written,
  { plan, talk, signal }: Fitting,
  parts: WriteParts,
): Promise<ChatMessage[]> {
  const { before, turns, after } = talk;
  if (turns.length === 0 && plan.target.endpoint.context === null) return [...before, ...after];
  // One deadline for all of it: a tokenizer that hangs must not hold up the answer.
  const tokenizer = {
    upstream: upstreamOf(plan),
    model: plan.model ?? '',
    signal: AbortSignal.any([signal, AbortSignal.timeout(COUNTING_MS)]),
  };
  const fitted = await fitHistory({
    fixed: [...before, ...after],
    turns,
    maxHistoryTokens: parts.settings.maxHistoryTokens,
    context: plan.target.endpoint.context,
    maxTokens: maxTokensOf(plan),
    count: (messages) => parts.counter.count(tokenizer, messages),
  });
  written.leftOut = fitted.leftOut;
  return [...before, ...fitted.turns.flat(), ...after];
}

interface Asked {
  plan: AnswerPlan;
  messages: readonly ChatMessage[];
  tell: ProgressTeller;
  text: AnswerText;
}

async function ask(
  live: LiveAnswer,
  { plan, messages, tell, text }: Asked,
  parts: WriteParts,
): Promise<void> {
  const splitter = new ThinkSplitter();
  const take = (delta: Delta): void => {
    const atMs = live.elapsedMs;
    text.take(delta, atMs);
    const frame = frameOf(delta, plan);
    if (frame !== null) live.push(frame);
    if (text.length > LONGEST_ANSWER)
      throw new AppError(
        'UPSTREAM_BAD_ANSWER',
        'The answer was cut at 8 MB: the server does not stop. Set max_tokens, or look at its log.',
      );
    tell.took(delta, text, atMs);
  };
  const stream = parts.transport.stream({
    upstream: upstreamOf(plan),
    body: bodyOf(plan, messages),
    timeoutMs: parts.settings.timeoutMs,
    signal: live.signal,
  });
  try {
    for await (const deltas of stream) {
      for (const delta of deltas.flatMap((piece) =>
        piece.kind === 'content' ? splitter.split(piece.text) : [piece],
      ))
        take(delta);
    }
  } finally {
    // A cut answer keeps what was held back, too.
    for (const piece of splitter.end()) take(piece);
  }
}

/**
 * `return_progress` makes llama-server write while it reads the prompt, and only then does it notice a client that has left: without it the
 * slot stayed busy for 7 to 14 s, with it under 0.5 s. Servers that tell no slots are others, which may refuse fields that they do not know.
 */
function bodyOf(plan: AnswerPlan, messages: readonly ChatMessage[]): Record<string, unknown> {
  return {
    ...plan.extras,
    model: plan.model ?? 'default',
    messages,
    ...samplerFields(plan.sampler),
    ...plan.tools,
    stream: true,
    stream_options: { include_usage: true },
    ...(plan.target.endpoint.slots !== null ? { return_progress: true } : {}),
  };
}

function frameOf(delta: Delta, plan: AnswerPlan): ChatFrame | null {
  if (delta.kind === 'content') return { content: delta.text };
  if (delta.kind === 'reasoning') return plan.wantsReasoning ? { reasoning: delta.text } : null;
  if (delta.kind === 'tool-calls') return { tool_calls: delta.calls };
  return null;
}

function upstreamOf({ target }: AnswerPlan): { baseUrl: string; apiKey: string | null } {
  return { baseUrl: target.endpoint.baseUrl, apiKey: target.apiKey };
}

function maxTokensOf({ sampler }: AnswerPlan): number | null {
  return sampler.max_tokens === undefined || sampler.max_tokens === -1 ? null : sampler.max_tokens;
}
