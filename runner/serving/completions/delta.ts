/** The pieces of a chat completion, as chat and worker read them off a server's bytes. */
import type { Usage } from '#contract/session';

export type Delta =
  | { kind: 'content'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'tool-calls'; calls: unknown[] }
  | { kind: 'prompt-progress'; processed: number; total: number }
  | { kind: 'model'; model: string }
  | { kind: 'finish'; reason: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'timings'; timings: unknown };
