/** What is left of an answer when it has ended: the turn to store, the last frame, the response of a call that did not stream. */
import type { ChatFrame, ChatResponse, DoneFrame } from '#contract/chat';
import type { AnswerMeta } from '#contract/session';
import { AppError } from '../base/errors.ts';
import { endpointMetaOf } from './plan-answer.ts';
import type { AnswerPlan } from './plan-answer.ts';
import type { TurnEnd } from './ports.ts';
import type { Written } from './write-answer.ts';

const STOPPED = {
  user: { code: 'STOPPED', message: 'Stopped on request.' },
  'client-gone': { code: 'CLIENT_GONE', message: 'The client left before the answer was complete.' },
  shutdown: { code: 'SHUTTING_DOWN', message: 'The runner was shut down before the answer was complete.' },
} as const;

/** The fault that the client is told of; null: none. A stop on request is no fault. */
export function faultOf({ fault, stopped }: Written): AppError | null {
  if (stopped?.kind === 'shutdown') return new AppError('SHUTTING_DOWN', STOPPED.shutdown.message);
  return fault;
}

export function turnEndOf(written: Written, meta: AnswerMeta, durationMs: number): TurnEnd {
  const { text, endpoint, fault, stopped, leftOut } = written;
  const hasFailed = fault !== null && text.isEmpty && text.reasoning === '';
  const reason = stopped === null ? fault : STOPPED[stopped.kind];
  return {
    status: hasFailed ? 'failed' : reason === null ? 'complete' : 'cut',
    content: text.content,
    reasoning: text.reasoning === '' ? null : text.reasoning,
    toolCalls: text.tools.calls,
    error: reason === null ? null : { code: reason.code, message: reason.message },
    meta: {
      ...meta,
      model: text.model ?? meta.model,
      ...(endpoint === null ? {} : endpointMetaOf(endpoint)),
      promptTokens: text.usage?.prompt_tokens ?? null,
      completionTokens: text.usage?.completion_tokens ?? (text.pieces === 0 ? null : text.pieces),
      tokensPerSecond: text.tokensPerSecond,
      firstTokenMs: text.firstMs,
      durationMs: Math.round(durationMs),
      finishReason: finishReasonOf(written),
      leftOut,
    },
  };
}

/** The end of a turn whose answer could not even be begun. */
export function unbegunTurn(meta: AnswerMeta): TurnEnd {
  const error = { code: 'STORAGE_FAILED', message: 'The answer could not be begun.' };
  return { status: 'failed', content: '', reasoning: null, toolCalls: null, error, meta };
}

export interface AnswerIds {
  streamId: string;
  sessionId: string | null;
  messageId: string | null;
}

export function doneFrameOf(
  written: Written,
  plan: AnswerPlan,
  { streamId, sessionId, messageId }: AnswerIds,
): DoneFrame {
  const { text, leftOut } = written;
  return {
    done: true,
    ...(sessionId === null ? {} : { session_id: sessionId }),
    ...(messageId === null ? {} : { message_id: messageId }),
    stream_id: streamId,
    model: text.model ?? plan.model,
    endpoint_id: (written.endpoint ?? plan.target.endpoint).id,
    finish_reason: finishReasonOf(written),
    usage: text.usage,
    ...(text.timings === null ? {} : { timings: text.timings }),
    ...(leftOut === null ? {} : { left_out: leftOut }),
  };
}

export function errorFrameOf({ code, message, details }: AppError): ChatFrame {
  return { error: message, code, ...(details === undefined ? {} : { details }) };
}

export function responseOf(
  { text }: Written,
  { done: _done, ...done }: DoneFrame,
  wantsReasoning: boolean,
): ChatResponse {
  return {
    ok: true,
    response: text.content,
    ...(wantsReasoning && text.reasoning !== '' ? { reasoning: text.reasoning } : {}),
    ...(text.tools.calls === null ? {} : { tool_calls: text.tools.calls }),
    ...done,
  };
}

function finishReasonOf({ text, stopped }: Written): string | null {
  return stopped === null ? text.finishReason : 'stopped';
}
