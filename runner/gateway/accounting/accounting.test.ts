import { expect, it, onTestFinished, vi } from 'vitest';
import type { GatewayRequest } from '#contract/gateway';
import { gatewayRequestSchema, gatewayUsageResponseSchema } from '#contract/gateway';
import { waitUntil } from '../../testing/wait-until.ts';
import { Accounting } from './accounting.ts';
import { openTestStore } from '../keys/key-testing.ts';
import type { TestStore } from '../keys/key-testing.ts';

const HOUR = 3_600_000;
let requests = 0;

function finished(request: Partial<GatewayRequest> = {}): GatewayRequest {
  return {
    id: `req-${(requests += 1)}`,
    at: '2026-11-05T11:59:00.000Z',
    keyId: 'k1',
    keyName: 'laptop',
    model: 'qwen',
    endpointId: 'e1',
    route: '/v1/chat/completions',
    isStream: true,
    status: 200,
    errorCode: null,
    promptTokens: 10,
    completionTokens: 5,
    firstTokenMs: 12.5,
    durationMs: 250.25,
    tokensPerSecond: 20.1,
    ...request,
  };
}

function openAccounts(test: TestStore = openTestStore(), limits?: { keptMs: number; keptRows: number }) {
  const { store, clock, faults } = test;
  const accounting = new Accounting({
    store,
    now: () => clock.now,
    onFault: (error) => faults.push(error),
    ...(limits === undefined ? {} : { limits }),
  });
  accounting.start();
  onTestFinished(() => accounting.stop());
  const count = (): number =>
    Number(store.prepare('SELECT count(*) AS n FROM gateway_requests').get()?.['n']);
  return { accounting, count, test };
}

it('gives back every request as it was, the last to end first, also after a kill', () => {
  const { accounting, test } = openAccounts();
  const nothing = {
    keyId: null,
    keyName: null,
    model: null,
    endpointId: null,
    promptTokens: null,
    completionTokens: null,
  };
  const first = finished();
  const second = finished({
    ...nothing,
    firstTokenMs: null,
    tokensPerSecond: null,
    isStream: false,
    status: 404,
    errorCode: 'model_not_found',
  });
  accounting.record(first);
  accounting.record(second);
  expect(accounting.latest(10)).toEqual([second, first]);
  expect(accounting.latest(1)).toEqual([second]);
  expect(accounting.latest(10).map((row) => gatewayRequestSchema.parse(row))).toEqual([second, first]);
  expect(openAccounts(openTestStore(test.dir)).accounting.latest(10)).toEqual([second, first]);
});

it('tells of every request at once, and of rows when they are written, within about a second', async () => {
  const { accounting, count } = openAccounts();
  const [seen, changed] = [vi.fn(), vi.fn()];
  accounting.finished.subscribe(seen);
  accounting.changed.subscribe(changed);
  const request = finished();
  accounting.record(request);
  expect(seen.mock.calls).toEqual([[request]]);
  expect([count(), changed.mock.calls.length]).toEqual([0, 0]);
  await waitUntil('the row is written', () => count() === 1, 3000);
  expect(changed).toHaveBeenCalledTimes(1);
});

it('writes by 200 when many come, and the rest at the stop', () => {
  const { accounting, count } = openAccounts();
  for (let index = 0; index < 450; index += 1) accounting.record(finished());
  expect(count()).toBe(400);
  accounting.stop();
  expect(count()).toBe(450);
});

it('sums by step, key and model', () => {
  const { accounting } = openAccounts();
  accounting.record(finished({ at: '2026-11-05T10:05:00.000Z' }));
  accounting.record(finished({ at: '2026-11-05T10:59:59.999Z', promptTokens: 7, completionTokens: null }));
  accounting.record(finished({ at: '2026-11-05T10:20:00.000Z', model: 'llama' }));
  accounting.record(finished({ at: '2026-11-05T11:00:00.000Z', keyId: null, keyName: null }));
  accounting.record(finished({ at: '2026-11-04T11:00:00.000Z' }));
  const buckets = accounting.usage({ hours: 24, stepMinutes: 60 });
  const sums = { requests: 1, errors: 0, promptTokens: 10, completionTokens: 5 };
  expect(buckets).toEqual([
    { at: '2026-11-05T10:00:00.000Z', keyId: 'k1', model: 'llama', ...sums },
    { at: '2026-11-05T10:00:00.000Z', keyId: 'k1', model: 'qwen', ...sums, requests: 2, promptTokens: 17 },
    { at: '2026-11-05T11:00:00.000Z', keyId: null, model: 'qwen', ...sums },
  ]);
  expect(gatewayUsageResponseSchema.parse({ ok: true, buckets, latest: [] }).buckets).toEqual(buckets);
  expect(accounting.usage({ hours: 2, stepMinutes: 15 }).map(({ at }) => at.slice(11, 16))).toEqual([
    '10:00',
    '10:15',
    '10:45',
    '11:00',
  ]);
  expect(accounting.usage({ hours: 48, stepMinutes: 1440 })[0]?.at).toBe('2026-11-04T00:00:00.000Z');
});

it('counts as errors what failed, a stream that broke too, but not what was cut off: a client that left, a cancelled request, a stop', () => {
  const { accounting } = openAccounts();
  const ends: [number, string | null][] = [
    [200, null],
    [200, 'upstream_cut'],
    [404, 'model_not_found'],
    [502, null],
    [499, null],
    [499, 'client_closed'],
    [503, 'request_cancelled'],
    [503, 'shutting_down'],
    [503, 'no_upstream'],
  ];
  for (const [status, errorCode] of ends) accounting.record(finished({ status, errorCode }));
  expect(accounting.usage({ hours: 1, stepMinutes: 60 })).toMatchObject([{ requests: 9, errors: 4 }]);
});

it('forgets what is too old and all but the newest, at the start and each hour', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { accounting, count, test } = openAccounts(openTestStore(), { keptMs: 48 * HOUR, keptRows: 5 });
  for (let hour = 0; hour < 8; hour += 1) {
    accounting.record(
      finished({
        at: new Date(Date.parse('2026-11-03T16:00:00Z') + hour * HOUR).toISOString(),
        id: `h${hour}`,
      }),
    );
  }
  accounting.flush();
  expect(count()).toBe(8);
  vi.advanceTimersByTime(HOUR);
  expect(accounting.latest(10).map(({ id }) => id)).toEqual(['h7', 'h6', 'h5', 'h4', 'h3']);
  test.clock.now = new Date('2026-11-05T22:00:00.000Z');
  openAccounts(test, { keptMs: 48 * HOUR, keptRows: 5 });
  expect(accounting.latest(10).map(({ id }) => id)).toEqual(['h7', 'h6']);
});

it('keeps a month and 100,000 rows, and lets a busy gateway not wait for the hour', () => {
  const { accounting, count, test } = openAccounts();
  test.store.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO gateway_requests (id, at, route, is_stream, status, duration_ms) SELECT 'old', ${Date.parse('2026-10-07T12:00:00Z')}, '/', 0, 200, 1 FROM n`);
  for (let index = 0; index < 1000; index += 1) accounting.record(finished());
  expect(count()).toBe(100_000);
  expect(accounting.latest(2000).filter(({ id }) => id === 'old')).toHaveLength(1000);
  test.clock.now = new Date('2026-11-06T12:00:00.001Z');
  accounting.prune();
  expect(count()).toBe(1000);
});

it('is bounded by rows whatever comes: between two prunings there are a thousand more at most', () => {
  const { accounting, count } = openAccounts(openTestStore(), { keptMs: 48 * HOUR, keptRows: 500 });
  let most = 0;
  for (let index = 0; index < 5000; index += 1) {
    accounting.record(finished());
    most = Math.max(most, count());
  }
  expect([most, count()]).toEqual([1300, 500]);
});

it('strangers without a key do not push out the accounts of the others, nor fill the disk with a name', () => {
  const { accounting, count } = openAccounts(openTestStore(), { keptMs: 48 * HOUR, keptRows: 200 });
  for (let index = 0; index < 100; index += 1) accounting.record(finished({ id: 'ours' }));
  const stranger = {
    id: 'stranger',
    keyId: null,
    keyName: null,
    status: 401,
    errorCode: 'invalid_api_key',
    model: 'm'.repeat(1_000_000),
  };
  for (let index = 0; index < 900; index += 1) accounting.record(finished(stranger));
  expect(count()).toBe(120);
  expect(accounting.latest(200).filter(({ id }) => id === 'ours')).toHaveLength(100);
  expect(accounting.latest(1)[0]?.model).toHaveLength(256);
});

it('a store that fails costs accounts, not requests, and the next ones are kept again', () => {
  const { accounting, test, count } = openAccounts();
  const changed = vi.fn();
  accounting.changed.subscribe(changed);
  test.store.exec('PRAGMA query_only = ON');
  for (let index = 0; index < 200; index += 1) accounting.record(finished());
  accounting.prune();
  expect(test.faults).toHaveLength(2);
  expect(changed).not.toHaveBeenCalled();
  test.store.exec('PRAGMA query_only = OFF');
  accounting.record(finished({ id: 'kept' }));
  expect(accounting.latest(5).map(({ id }) => id)).toEqual(['kept']);
  test.store.close();
  accounting.record(finished());
  accounting.flush();
  expect(test.faults).toHaveLength(3);
  expect(() => count()).toThrow();
});

it.each([1e16, 1e18, 1e300, Number.MAX_VALUE])(
  'of %d tokens that a server tells 1e9 are believed, and the usage can be read',
  (tokens) => {
    const { accounting, test } = openAccounts();
    accounting.record(finished({ promptTokens: tokens, completionTokens: tokens }));
    accounting.record(finished({ promptTokens: 1 }));
    expect(accounting.usage({ hours: 1, stepMinutes: 60 })).toMatchObject([
      { requests: 2, promptTokens: 1e9 + 1, completionTokens: 1e9 + 5 },
    ]);
    expect(accounting.latest(5).map(({ promptTokens }) => promptTokens)).toEqual([1, 1e9]);
    expect(test.faults).toEqual([]);
  },
);

it('rows with more than JavaScript can count, of an earlier version, are read all the same', () => {
  const { accounting, test } = openAccounts();
  for (let index = 0; index < 3; index += 1) accounting.record(finished());
  accounting.flush();
  test.store.exec(
    'UPDATE gateway_requests SET prompt_tokens = 9000000000000000000, completion_tokens = -9000000000000000000',
  );
  expect(accounting.usage({ hours: 1, stepMinutes: 60 })).toMatchObject([
    { requests: 3, promptTokens: 3e9, completionTokens: 0 },
  ]);
  expect(accounting.latest(1)).toMatchObject([{ promptTokens: 1e9, completionTokens: 0 }]);
});

it('a row that the store refuses costs none of the others', () => {
  const { accounting, test } = openAccounts();
  test.store.exec(
    `CREATE TRIGGER refusing BEFORE INSERT ON gateway_requests WHEN NEW.id LIKE 'bad%' BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  for (const id of ['one', 'bad-1', 'bad-2', 'two']) accounting.record(finished({ id }));
  expect(accounting.latest(5).map(({ id }) => id)).toEqual(['two', 'one']);
  expect(test.faults).toHaveLength(1);
});

it('a server that tells nonsense costs no batch', () => {
  const { accounting, test } = openAccounts();
  accounting.record(
    finished({
      promptTokens: 1.5,
      completionTokens: Number.NaN,
      tokensPerSecond: Number.POSITIVE_INFINITY,
      durationMs: Number.NaN,
    }),
  );
  accounting.record(finished());
  const [, odd] = accounting.latest(5);
  expect(odd).toMatchObject({
    promptTokens: 2,
    completionTokens: null,
    tokensPerSecond: null,
    durationMs: 0,
  });
  expect(test.faults).toEqual([]);
});
