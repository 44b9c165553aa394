/** Leaves out the oldest whole turns of a history until the rest fits, and says what was left out. */
import type { ChatMessage } from '#contract/chat';
import type { LeftOut } from '#contract/session';
import type { Counted } from './token-counter.ts';
import { estimateTokens, mostTokens } from './token-counter.ts';
import { contextExceeded } from '../serving/completions/render-app-error.ts';

export interface FitOrder {
  /** Prompts and the new message: always sent. */
  fixed: readonly ChatMessage[];
  /** Oldest first. */
  turns: readonly (readonly ChatMessage[])[];
  maxHistoryTokens: number;
  /** Tokens of one slot; null: not known. */
  context: number | null;
  /** Tokens to keep free for the answer; null: as it comes. */
  maxTokens: number | null;
  count: (messages: readonly ChatMessage[]) => Promise<Counted>;
}

export interface Fitted {
  turns: readonly (readonly ChatMessage[])[];
  leftOut: LeftOut | null;
}

/** Throws CONTEXT_EXCEEDED when the new message alone does not fit, as far as the server's tokenizer can tell. */
export async function fitHistory(order: FitOrder): Promise<Fitted> {
  const { fixed, turns, context, count } = order;
  // Most conversations fit however their tokens are counted: then nobody is asked.
  const everything = mostTokens([...fixed, ...turns.flat()]);
  if (everything <= order.maxHistoryTokens && (context === null || everything + reserveOf(order) <= context))
    return { turns, leftOut: null };
  const own = await count(fixed);
  if (context !== null && own.isExact && own.tokens >= context)
    throw contextExceeded({ tokens: own.tokens, context });
  const room = context === null ? Infinity : Math.max(0, context - own.tokens - reserveOf(order));
  return newestThatFit(order, Math.min(order.maxHistoryTokens, room));
}

async function newestThatFit({ turns, count }: FitOrder, limit: number): Promise<Fitted> {
  let used = 0;
  let isExact = true;
  let first = turns.length;
  let tooMany = 0;
  while (first > 0) {
    const counted = await count(turns[first - 1] ?? []);
    isExact &&= counted.isExact;
    if (used + counted.tokens > limit) {
      tooMany = counted.tokens;
      break;
    }
    used += counted.tokens;
    first -= 1;
  }
  if (first === 0) return { turns, leftOut: null };
  const older = turns.slice(0, first - 1).flat();
  const tokens = tooMany + estimateTokens(older);
  const messages = older.length + (turns[first - 1] ?? []).length;
  return {
    turns: turns.slice(first),
    leftOut: { turns: first, messages, tokens, counted: isExact && older.length === 0 },
  };
}

/** Half of the context at the most: a large max_tokens is a limit, not a wish. */
function reserveOf({ maxTokens, context }: FitOrder): number {
  if (context === null) return 0;
  return Math.min(maxTokens ?? Math.floor(context / 4), Math.floor(context / 2));
}
