import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveAnswer, StopReason } from './live-answer.ts';

function answer(goesOnAlone = false): LiveAnswer {
  return new LiveAnswer({
    id: 'a',
    principal: 'local',
    sessionId: null,
    messageId: null,
    goesOnAlone,
    onFrames: () => {},
  });
}

const DONE = { error: 'over', code: 'X' };

describe('an answer that is being written', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is stopped at once when the last of its followers leaves', () => {
    const live = answer();
    const [leave, leaveToo] = [live.follow(), live.follow()];
    leave();
    leave();
    expect(live.signal.aborted).toBe(false);
    leaveToo();
    expect(live.signal.reason).toEqual(new StopReason('client-gone'));
  });

  it('goes on alone for 30 s where the client wished so, and longer when somebody follows again', () => {
    const live = answer(true);
    live.follow()();
    vi.advanceTimersByTime(29_000);
    const leave = live.follow();
    vi.advanceTimersByTime(60_000);
    expect(live.signal.aborted).toBe(false);
    leave();
    vi.advanceTimersByTime(30_000);
    expect(live.signal.aborted).toBe(true);
  });

  it('takes no frame after its last, and is not stopped after it', async () => {
    const live = answer();
    live.push({ content: 'a' });
    live.end(DONE);
    live.push({ content: 'b' });
    live.stop('user');
    live.follow()();
    await live.ended;
    expect(live.frames.map(({ json }) => json)).toEqual(['{"content":"a"}', JSON.stringify(DONE)]);
    expect(live.signal.aborted).toBe(false);
  });

  it('wakes its followers for a frame, for the end, and when they give up', async () => {
    const live = answer();
    const grown = live.grown(0, new AbortController().signal);
    live.push({ content: 'a' });
    await grown;
    const giveUp = new AbortController();
    const left = live.grown(1, giveUp.signal);
    giveUp.abort();
    await left;
    const over = live.grown(1, new AbortController().signal);
    live.end(DONE);
    await over;
    await live.grown(9, new AbortController().signal);
  });
});
