import { totalmem } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { SystemFacts } from './system-facts.ts';

afterEach(() => vi.useRealTimers());

const gpu = { name: 'RTX 4090', vendor: 'NVIDIA', memoryBytes: 1, memoryUsedBytes: null };

test('the load is null at first, then a share of all cores', () => {
  let now = 0;
  const facts = new SystemFacts({ nowMs: () => now, loadGpus: () => Promise.resolve([]) });
  expect(facts.cpu()).toMatchObject({ cores: expect.any(Number), loadPercent: null });
  const end = performance.now() + 300;
  while (performance.now() < end);
  now = 300;
  const { loadPercent } = facts.cpu();
  expect(loadPercent).toBeGreaterThan(0);
  expect(loadPercent).toBeLessThanOrEqual(100);
});

test('no more memory is told than there is', () => {
  const { totalBytes, availableBytes } = new SystemFacts({
    nowMs: () => 0,
    loadGpus: () => Promise.resolve([]),
  }).memory();
  expect(totalBytes).toBeLessThanOrEqual(totalmem());
  expect(availableBytes).toBeGreaterThan(0);
  expect(availableBytes).toBeLessThanOrEqual(totalBytes);
});

test('the drivers are asked once in 30 seconds', async () => {
  let now = 0;
  const loadGpus = vi.fn(() => Promise.resolve([gpu]));
  const facts = new SystemFacts({ nowMs: () => now, loadGpus });
  expect(await facts.gpus()).toEqual([gpu]);
  now = 29_999;
  await facts.gpus();
  expect(loadGpus).toHaveBeenCalledTimes(1);
  now = 30_000;
  await facts.gpus();
  expect(loadGpus).toHaveBeenCalledTimes(2);
});

test('drivers that fail or hang are no GPUs', async () => {
  expect(
    await new SystemFacts({ nowMs: () => 0, loadGpus: () => Promise.reject(new Error('no driver')) }).gpus(),
  ).toEqual([]);
  vi.useFakeTimers();
  const hanging = new SystemFacts({ nowMs: () => 0, loadGpus: () => new Promise(() => undefined) }).gpus();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await hanging).toEqual([]);
});
