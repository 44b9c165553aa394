/** What the MQTT mode asks of endpoints, model servers and the chat; the composition root passes it in. */
import type { Usage } from './envelope.ts';

/** A model that a local endpoint serves. `slots` are the endpoint's, shared by all its models. */
export interface Offer {
  model: string;
  endpointId: string;
  slots: number;
  context: number | null;
  vision: boolean | null;
}

/** As the chat's transport has them. */
export type AnswerDelta =
  | { kind: 'content'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'tool-calls'; calls: unknown[] }
  | { kind: 'prompt-progress'; processed: number; total: number }
  | { kind: 'model'; model: string }
  | { kind: 'finish'; reason: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'timings'; timings: unknown };

export interface ServerCall {
  endpointId: string;
  model: string;
  body: Record<string, unknown>;
  /** The longest silence. */
  timeoutMs: number;
  signal: AbortSignal;
}

/** Local endpoints; `chosen` null: all but those that lead elsewhere. */
export interface LocalServersPort extends Omit<ServersPort, 'offers'> {
  offers: (chosen: readonly string[] | null) => Offer[];
}

/** Local endpoints as a worker sees them. */
export interface ServersPort {
  offers: () => Offer[];
  /** Something of `offers` has changed. Undone by the returned function. */
  onChange: (listener: () => void) => () => void;
  /** The pieces of one answer. Throws an error with a `code` when there is none; leaving the loop stops the generation. */
  ask: (call: ServerCall) => AsyncIterable<readonly AnswerDelta[]>;
}

/** Workers of others as endpoints of this runner. */
export interface EndpointsPort {
  /** Makes the endpoints of the models those that are given, and no others. `baseUrl` without `/v1`. */
  set: (endpoints: readonly { id: string; model: string; baseUrl: string; apiKey: string }[]) => void;
  /** Its workers, slots or state have changed: look at it soon. */
  refresh: (id: string) => void;
}

interface ChatTurn {
  principal: string;
  sessionId: string;
  message: string;
  systemPrompt: string | null;
  temperature: number | null;
  topP: number | null;
  maxTokens: number | null;
}

/** The chat service with its sessions, for the topics of the older convention. */
export interface ChatPort {
  /** The whole text of the answer. Throws an error with a `code`. */
  ask: (turn: ChatTurn) => Promise<string>;
  /** Sets the system prompt; a session that is not there is made. */
  setPrompt: (principal: string, sessionId: string, systemPrompt: string) => Promise<void>;
  /** Takes the messages out, the prompt stays. */
  clear: (principal: string, sessionId: string) => Promise<void>;
  remove: (principal: string, sessionId: string) => Promise<void>;
}

/** The processes of this runner, for telemetry. */
export interface ProcessesPort {
  list: () => { id: string; state: string; payload: Record<string, unknown> }[];
  onChange: (listener: () => void) => () => void;
}
