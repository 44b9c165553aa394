import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { LiveAnswer } from './live-answer.ts';
import { StreamRecorder } from './stream-recorder.ts';

const KILLED = { error: 'killed', code: 'RUNNER_KILLED' };

function opened(file = join(tempDir(), 'store.db')): {
  store: Store;
  recorder: StreamRecorder;
  faults: unknown[];
  file: string;
} {
  const { store } = openStore(file);
  onTestFinished(() => {
    if (store.isOpen) store.close();
  });
  const faults: unknown[] = [];
  return { store, file, faults, recorder: new StreamRecorder(store, (error) => faults.push(error)) };
}

function record(recorder: StreamRecorder, id: string): LiveAnswer {
  const live = new LiveAnswer({
    id,
    principal: 'local',
    sessionId: null,
    messageId: null,
    goesOnAlone: false,
    onFrames: (answer) => recorder.note(answer),
  });
  recorder.note(live);
  return live;
}

const jsonOf = (recorder: StreamRecorder, id: string): string[] => recorder.read(id).map(({ json }) => json);

describe('the record of streams', () => {
  it('keeps every frame in order, over many writes', () => {
    const { recorder } = opened();
    const live = record(recorder, 'a');
    for (let n = 0; n < 50; n += 1) {
      live.push({ content: `žeton ${n}\n` });
      if (n % 7 === 0) recorder.flush();
    }
    live.push({ reasoning: 'hm' });
    live.end(KILLED);
    recorder.flush();
    expect(jsonOf(recorder, 'a')).toEqual(live.frames.map(({ json }) => json));
    expect(recorder.textOf('a').reasoning).toBe('hm');
    expect(recorder.textOf('a').content.split('\n')).toHaveLength(51);
  });

  it('is written soon without being asked', async () => {
    const { recorder } = opened();
    record(recorder, 'a').push({ content: 'x' });
    await vi.waitFor(() => expect(jsonOf(recorder, 'a')).toEqual(['{"content":"x"}']));
  });

  it('of a killed runner gets an end from the next one, once', () => {
    const first = opened();
    record(first.recorder, 'cut').push({ content: 'half' });
    record(first.recorder, 'whole').end({ error: 'e', code: 'E' });
    first.recorder.flush();
    const next = opened(first.file);
    next.recorder.closeOrphans(KILLED);
    next.recorder.closeOrphans(KILLED);
    expect(jsonOf(next.recorder, 'cut')).toEqual(['{"content":"half"}', JSON.stringify(KILLED)]);
    expect(jsonOf(next.recorder, 'whole')).toHaveLength(1);
  });

  it('is known to its principal only', () => {
    const { recorder } = opened();
    record(recorder, 'a');
    recorder.flush();
    expect([
      recorder.isKnown('a', 'local'),
      recorder.isKnown('a', 'key:x'),
      recorder.isKnown('b', 'local'),
    ]).toEqual([true, false, false]);
  });

  it('forgets old streams, but none that is being written', () => {
    const { recorder, store } = opened();
    record(recorder, 'old').end(KILLED);
    record(recorder, 'living').push({ content: 'x' });
    recorder.flush();
    store.exec("UPDATE streams SET started_at = '2020-01-01T00:00:00.000Z'");
    recorder.prune();
    expect([recorder.isKnown('old', 'local'), recorder.isKnown('living', 'local')]).toEqual([false, true]);
    expect(jsonOf(recorder, 'old')).toEqual([]);
  });

  it('that cannot be written says so, and what is still at hand is written when it can be', () => {
    const { recorder, store, faults } = opened();
    const live = record(recorder, 'a');
    store.exec('PRAGMA query_only = ON');
    live.push({ content: 'a' });
    recorder.flush();
    expect(faults).toHaveLength(1);
    store.exec('PRAGMA query_only = OFF');
    live.push({ content: 'b' });
    recorder.flush();
    expect(recorder.textOf('a').content).toBe('ab');
  });
});
