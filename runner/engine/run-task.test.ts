import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countBusySlots, openStream, post } from './testing/ask.ts';
import { EngineFarm, makeTinyModel } from './testing/engine-farm.ts';
import type { EngineProcess } from './testing/engine-farm.ts';
import { waitUntil } from '../testing/wait-until.ts';

const farm = new EngineFarm();
let made: Awaited<ReturnType<typeof makeTinyModel>>;
let engine: EngineProcess;
let url = '';

beforeAll(async () => {
  // A context so long that no stream ends by itself while a test looks at it.
  made = await makeTinyModel('--ctx=32768');
  ({ engine, url } = await farm.serve(['-m', made.model, '-np', '2']));
});
afterAll(async () => {
  await farm.endAll();
  await made.remove();
});

const endless = { messages: [{ role: 'user', content: 'go' }], ignore_eos: true, stream: true };

async function openEndless(): Promise<{ leave(): void }> {
  const stream = openStream(`${url}/v1/chat/completions`, endless);
  await stream.read();
  return stream;
}

describe('tasks', () => {
  it('run at once in as many slots as there are, and wait beyond', async () => {
    const request = { ...endless, stream: false, max_tokens: 300 };
    const answers = Array.from({ length: 5 }, () => post(`${url}/v1/chat/completions`, request));
    let most = 0;
    const watch = waitUntil('two busy slots', async () => {
      const busy = await countBusySlots(url);
      most = Math.max(most, busy);
      return most === 2;
    });
    const done = await Promise.all(answers);
    await watch;
    expect(done.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(most).toBe(2);
    await waitUntil('0 busy slots', async () => (await countBusySlots(url)) === 0);
  });

  it('whose client leaves free their slot and say so in the log', async () => {
    const stream = await openEndless();
    await waitUntil('1 busy slots', async () => (await countBusySlots(url)) === 1);
    const seen = engine.stderr.length;
    stream.leave();
    await waitUntil('0 busy slots', async () => (await countBusySlots(url)) === 0);
    expect(engine.stderr.slice(seen)).toMatch(
      /W srv +stop: cancel task, id_task = \d+\n.*release: id +\d \| task \d+ \| stop processing/,
    );
  });

  it('that wait for a slot are dropped when their client leaves, and the others go on', async () => {
    const running = [await openEndless(), await openEndless()];
    const seen = engine.stderr.length;
    const waiting = openStream(`${url}/v1/chat/completions`, endless);
    const patient = post(`${url}/v1/chat/completions`, { ...endless, stream: false, max_tokens: 2 });
    // The tokenizer answers in order of arrival: after it the two above are in the queue.
    await post(`${url}/tokenize`, { content: 'x' });
    waiting.leave();
    await waitUntil('the cancel line', () => engine.stderr.slice(seen).includes('cancel task'));
    expect(engine.stderr.slice(seen)).not.toContain('launch_slot_');
    expect(await countBusySlots(url)).toBe(2);
    for (const stream of running) stream.leave();
    expect((await patient).status).toBe(200);
    await waitUntil('0 busy slots', async () => (await countBusySlots(url)) === 0);
    expect(engine.stderr.slice(seen).match(/launch_slot_/g)).toHaveLength(1);
  });
});
