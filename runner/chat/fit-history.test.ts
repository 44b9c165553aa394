import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '#contract/chat';
import { textOf } from './build-messages.ts';
import { fitHistory } from './fit-history.ts';
import type { FitOrder } from './fit-history.ts';
import { estimateTokens } from './token-counter.ts';
import type { Counted } from './token-counter.ts';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const turn = (text: string): ChatMessage[] => [user(text), { role: 'assistant', content: text }];
/** One token per character, none for the rest. */
const byLetter = async (messages: readonly ChatMessage[]): Promise<Counted> => ({
  tokens: messages.reduce((sum, message) => sum + textOf(message).length, 0),
  isExact: true,
});

const order = (rest: Partial<FitOrder>): FitOrder => ({
  fixed: [user('now')],
  turns: [],
  maxHistoryTokens: 100,
  context: null,
  maxTokens: null,
  count: byLetter,
  ...rest,
});

describe('fitting a history', () => {
  it('keeps all without asking the server while it fits however tokens are counted', async () => {
    const count = (): never => {
      throw new Error('asked');
    };
    const turns = [turn('a'), turn('b')];
    expect(await fitHistory(order({ turns, count, maxHistoryTokens: 1_000 }))).toEqual({
      turns,
      leftOut: null,
    });
  });

  it('leaves out the oldest whole turns, and says so', async () => {
    const turns = [turn('x'.repeat(60)), turn('y'.repeat(30)), turn('z'.repeat(20))];
    const { turns: kept, leftOut } = await fitHistory(order({ turns, maxHistoryTokens: 110 }));
    expect(kept).toEqual(turns.slice(1));
    expect(leftOut).toEqual({ turns: 1, messages: 2, tokens: 120, counted: true });
  });

  it('leaves room for the answer in the context', async () => {
    const turns = [turn('x'.repeat(100)), turn('y'.repeat(100))];
    const { turns: kept } = await fitHistory(
      order({ turns, maxHistoryTokens: 10_000, context: 400, maxTokens: 150 }),
    );
    expect(kept).toEqual(turns.slice(1));
  });

  it('keeps nothing at 0, and never half a turn', async () => {
    expect((await fitHistory(order({ turns: [turn('a'), turn('b')], maxHistoryTokens: 0 }))).turns).toEqual(
      [],
    );
  });

  it('refuses a message that alone is over the context, with both numbers', async () => {
    await expect(fitHistory(order({ fixed: [user('m'.repeat(500))], context: 300 }))).rejects.toMatchObject({
      code: 'CONTEXT_EXCEEDED',
      details: { tokens: 500, context: 300 },
    });
  });

  it('lets the server decide where tokens can only be estimated', async () => {
    const count = async (messages: readonly ChatMessage[]): Promise<Counted> => ({
      tokens: estimateTokens(messages),
      isExact: false,
    });
    const fixed = [user('m'.repeat(3_000))];
    const { turns, leftOut } = await fitHistory(
      order({ fixed, turns: [turn('a'.repeat(90))], context: 300, count }),
    );
    expect(turns).toEqual([]);
    expect(leftOut).toMatchObject({ turns: 1, messages: 2, counted: false });
  });

  it('always keeps the newest turns, as many as fit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 12 }),
        fc.nat(400),
        async (sizes, maxHistoryTokens) => {
          const turns = sizes.map((size) => turn('t'.repeat(size)));
          const { turns: kept, leftOut } = await fitHistory(order({ turns, maxHistoryTokens }));
          expect(kept).toEqual(turns.slice(turns.length - kept.length));
          const used = sizes.slice(turns.length - kept.length).reduce((sum, size) => sum + 2 * size, 0);
          const next = sizes[turns.length - kept.length - 1];
          expect(used).toBeLessThanOrEqual(maxHistoryTokens);
          if (next !== undefined) expect(used + 2 * next).toBeGreaterThan(maxHistoryTokens);
          expect(leftOut?.turns ?? 0).toBe(turns.length - kept.length);
        },
      ),
    );
  });
});
