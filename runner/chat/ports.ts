/** What the chat asks of endpoints, presets and sessions; the composition root passes them in. */
import type { Endpoint } from '#contract/endpoint';
import type { Preset, Prompt } from '#contract/preset';
import type { AnswerMeta, Session } from '#contract/session';
import type { HistoryMessage } from './build-messages.ts';

export interface Target {
  endpoint: Endpoint;
  apiKey: string | null;
}

export interface EndpointsPort {
  /** Throws ENDPOINT_NOT_FOUND. */
  target: (id: string) => Target;
  /** Throws NO_ENDPOINT. */
  defaultTarget: () => Target;
  /** A request could not reach it: look soon. */
  reportFailure: (id: string) => void;
}

/** Who launches servers when they are asked, and keeps them while they are. */
export interface ModelsPort {
  /** Answers the way out, to be called at the end of the answer. Null: its server has to be loaded first. */
  enter: (endpointId: string) => (() => void) | null;
  /** Waits until its server is loaded and resolves as `enter`; `onPlace` is told the place in the queue, 1 is next. Throws ENDPOINT_OFFLINE, ENDPOINT_LOADING, SHUTTING_DOWN, or the signal's reason. */
  load: (
    endpointId: string,
    wait: { signal: AbortSignal; onPlace: (place: number) => void },
  ) => Promise<() => void>;
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
