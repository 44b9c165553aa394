/** What the chat asks of endpoints, presets and sessions; the wiring passes them in. */
import type { Preset, Prompt } from '#contract/preset';
import type { AnswerMeta, Session } from '#contract/session';
import type { Target } from '../serving/serving-request.ts';
import type { HistoryMessage } from './build-messages.ts';

export interface EndpointsPort {
  /** Throws ENDPOINT_NOT_FOUND. */
  target: (id: string) => Target;
  /** Throws NO_ENDPOINT. */
  defaultTarget: () => Target;
  /** A request could not reach it: it is checked at once. */
  reportFailure: (id: string) => void;
}

export interface PresetsPort {
  /** Throws PRESET_NOT_FOUND. */
  get: (id: string) => Preset;
  find: (id: string) => Preset | null;
}

interface TurnOrder {
  user: { content: string; sent: string | null; images: string[] };
  meta: AnswerMeta;
  replaceFrom: string | null;
}

export interface TurnEnd {
  status: 'complete' | 'cut' | 'failed';
  content: string;
  reasoning: string | null;
  toolCalls: unknown[] | null;
  error: { code: string; message: string } | null;
  meta: AnswerMeta;
}

interface NewSession {
  id?: string | undefined;
  title?: string | undefined;
  endpointId: string | null;
  model: string | null;
  presetId: string | null;
  prompt: Prompt;
}

/** The first parameter of each is the principal: whoever the session belongs to. */
export interface SessionsPort {
  find: (principal: string, id: string) => Session | null;
  create: (principal: string, session: NewSession) => Session;
  change: (principal: string, id: string, change: { presetId?: string | null; prompt?: Prompt }) => Session;
  /** Throws SESSION_BUSY and MESSAGE_NOT_FOUND. */
  beginTurn: (principal: string, id: string, turn: TurnOrder) => { userMessageId: string; answerId: string };
  /** What the model is to see of the turns before this answer's. */
  history: (principal: string, id: string, options: { before: string }) => HistoryMessage[];
  endTurn: (answerId: string, end: TurnEnd) => void;
}
