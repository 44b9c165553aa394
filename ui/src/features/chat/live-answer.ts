/** An answer while it is written: applies the frames of its stream in order, each once. */
import { chatFrameSchema, type ChatFrame, type DoneFrame, type Progress } from '#contract/chat';
import type { StreamEvent } from '../../api/read-events.ts';
import { withToolCallPieces, type ToolCall } from './tool-calls.ts';

type AnswerEnd =
  | { kind: 'done'; frame: DoneFrame }
  | { kind: 'failed'; code: string; message: string; details?: unknown };

export interface LiveAnswer {
  /** null until the response's header or its first frame names it. */
  streamId: string | null;
  /** SSE id of the last frame applied: where to resume after a break. */
  lastEventId: string | null;
  content: string;
  reasoning: string;
  toolCalls: readonly ToolCall[];
  progress: Progress | null;
  end: AnswerEnd | null;
}

export const EMPTY_ANSWER: LiveAnswer = {
  streamId: null,
  lastEventId: null,
  content: '',
  reasoning: '',
  toolCalls: [],
  progress: null,
  end: null,
};

/** Returns the answer with one more event; the same object where it has the event already, or has ended. */
export function applyEvent(answer: LiveAnswer, event: StreamEvent): LiveAnswer {
  if (answer.end !== null || isApplied(answer, event.id)) return answer;
  const frame = chatFrameSchema.safeParse(JSON.parse(event.data));
  const next = frame.success ? applyFrame(answer, frame.data) : answer;
  const id = event.id === null ? null : splitEventId(event.id);
  return id === null ? next : { ...next, streamId: id.streamId, lastEventId: event.id };
}

function applyFrame(answer: LiveAnswer, frame: ChatFrame): LiveAnswer {
  if ('content' in frame) return { ...answer, content: answer.content + frame.content };
  if ('reasoning' in frame) return { ...answer, reasoning: answer.reasoning + frame.reasoning };
  if ('tool_calls' in frame)
    return { ...answer, toolCalls: withToolCallPieces(answer.toolCalls, frame.tool_calls) };
  if ('progress' in frame) return { ...answer, progress: frame.progress };
  if ('done' in frame) return { ...answer, streamId: frame.stream_id, end: { kind: 'done', frame } };
  return {
    ...answer,
    end: { kind: 'failed', code: frame.code, message: frame.error, details: frame.details },
  };
}

/** After a reconnection the server may repeat frames. */
function isApplied({ lastEventId }: LiveAnswer, eventId: string | null): boolean {
  if (lastEventId === null || eventId === null) return false;
  const last = splitEventId(lastEventId);
  const next = splitEventId(eventId);
  return last !== null && next !== null && last.streamId === next.streamId && next.number <= last.number;
}

/** Splits `<stream>:<number>`; null for an id of another form. */
function splitEventId(eventId: string): { streamId: string; number: number } | null {
  const match = /^(.+):(\d+)$/.exec(eventId);
  return match === null ? null : { streamId: match[1] ?? '', number: Number(match[2]) };
}
