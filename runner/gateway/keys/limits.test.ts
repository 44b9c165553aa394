import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatewayKeyInput } from '#contract/gateway';
import type { KeyStore } from './key-store.ts';
import { keyInput, openTestStore, startKeys } from './key-testing.ts';
import { AdmissionError } from './limits-admission-error.ts';
import { Limits } from './limits.ts';
import type { Admission, AskedRequest } from './limits.ts';

interface Gate {
  keys: KeyStore;
  limits: Limits;
  id: string;
  secret: string;
  ask: (asked?: Partial<AskedRequest>) => Promise<Admission>;
  refused: (asked?: Partial<AskedRequest>) => Promise<AdmissionError>;
}

/** One key, and a "minute" of `windowMs`. */
function gateWith(input: Partial<GatewayKeyInput> = {}, windowMs = 60_000): Gate {
  const keys = startKeys({
    ...openTestStore(),
    clock: {
      get now() {
        return new Date();
      },
    },
  });
  const { key, secret } = keys.create(keyInput(input));
  const limits = new Limits({ keys, now: () => new Date(), windowMs });
  const ask: Gate['ask'] = (asked) =>
    limits.check({ secret, model: 'qwen3', group: 'chat', isLoopbackListener: true, ...asked });
  return {
    keys,
    limits,
    id: key.id,
    secret,
    ask,
    refused: (asked) => refusalOf(ask(asked)),
  };
}

async function refusalOf(admission: Promise<Admission>): Promise<AdmissionError> {
  const error: unknown = await admission.catch((error: unknown) => error);
  if (!(error instanceof AdmissionError)) throw new Error(`this was not refused: ${String(error)}`);
  return error;
}

describe('who may enter', () => {
  it('a known key, by its name and id', async () => {
    const { ask, id } = gateWith();
    expect(await ask()).toEqual({ keyId: id, keyName: 'laptop', headers: {} });
  });

  it.each([
    [null, 'missing_api_key'],
    ['', 'missing_api_key'],
    ['sk-wrong', 'invalid_api_key'],
  ])('not %j: 401 %s with the way to sign in', async (secret, code) => {
    const error = await gateWith().refused({ secret });
    expect(error).toMatchObject({ status: 401, code });
    expect(error.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(error.message).not.toContain('sk-wrong');
  });

  it('not a key that was revoked, from that moment on', async () => {
    const { ask, refused, keys, id, secret } = gateWith();
    await ask();
    keys.revoke(id);
    const error = await refused();
    expect(error).toMatchObject({ status: 401, code: 'key_revoked' });
    expect(error.message).not.toContain(secret);
  });

  it('not a key that has expired, also when that was set later', async () => {
    const { ask, refused, keys, id } = gateWith();
    await ask();
    keys.change(id, { expiresAt: new Date(Date.now() - 1).toISOString() });
    expect(await refused()).toMatchObject({ status: 401, code: 'key_expired' });
  });

  it('without any key: everybody on this machine, whatever they send, and nobody from elsewhere', async () => {
    const keys = startKeys(openTestStore());
    const limits = new Limits({ keys, now: () => new Date() });
    const asked = { model: 'm', group: 'chat', isLoopbackListener: true } as const;
    const open = { keyId: null, keyName: null, headers: {} };
    expect(await limits.check({ ...asked, secret: null })).toEqual(open);
    expect(await limits.check({ ...asked, secret: 'none' })).toEqual(open);
    await limits.spend(null, { requests: 1, tokens: 5 });
    const elsewhere = { ...asked, isLoopbackListener: false };
    expect(await refusalOf(limits.check({ ...elsewhere, secret: null }))).toMatchObject({
      status: 401,
      code: 'missing_api_key',
    });
    expect(await refusalOf(limits.check({ ...elsewhere, secret: 'none' }))).toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
    keys.create(keyInput());
    expect(await refusalOf(limits.check({ ...asked, secret: null }))).toMatchObject({ status: 401 });
  });
});

describe('scopes', () => {
  it('keep a key to its models; the list of models needs no name, another request does', async () => {
    const { ask, refused } = gateWith({ models: ['qwen*', 'embed'] });
    await ask({ model: 'qwen3-8b' });
    await ask({ model: 'embed', group: 'embeddings' });
    await ask({ model: null, group: 'models' });
    expect(await refused({ model: 'llama' })).toMatchObject({
      status: 403,
      code: 'model_not_allowed',
      headers: {},
    });
    expect(await refused({ model: 'llama', group: 'models' })).toMatchObject({ code: 'model_not_allowed' });
    expect(await refused({ model: null, group: 'other' })).toMatchObject({ code: 'model_not_allowed' });
    await gateWith().ask({ model: null, group: 'other' });
  });

  it('keep a key to its routes', async () => {
    const { ask, refused } = gateWith({ routes: ['chat', 'models'] });
    await ask();
    expect(await refused({ group: 'embeddings' })).toMatchObject({ status: 403, code: 'route_not_allowed' });
  });

  it('refuse before anything is counted', async () => {
    const { ask, refused } = gateWith({ models: ['a'], requestsPerMinute: 1 });
    await refused({ model: 'b' });
    await ask({ model: 'a' });
  });
});

it('a quota that is used up is a 429 that no retry helps', async () => {
  const { ask, refused, limits, keys, id } = gateWith({ tokenQuota: 100 });
  await ask();
  await limits.spend(id, { requests: 1, tokens: 99 });
  await ask();
  await limits.spend(id, { requests: 1, tokens: 30 });
  const error = await refused();
  expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' });
  expect(error.headers).toEqual({ 'x-should-retry': 'false' });
  keys.change(id, { tokenQuota: 1000 });
  await ask();
  expect(keys.get(id)).toMatchObject({ usedRequests: 2, usedTokens: 129 });
});

describe('limits, by a clock of the test', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        now: Date.parse('2026-11-05T12:00:00.000Z'),
        toFake: ['Date', 'setTimeout', 'clearTimeout'],
      }),
  );
  afterEach(() => void vi.useRealTimers());

  it('tell on every answer what is left', async () => {
    const { ask, limits, id } = gateWith({ requestsPerMinute: 3, tokensPerMinute: 1000 });
    expect((await ask()).headers).toEqual({
      'x-ratelimit-limit-requests': '3',
      'x-ratelimit-remaining-requests': '2',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '1000',
      'x-ratelimit-reset-tokens': '0s',
    });
    vi.advanceTimersByTime(58_800);
    await limits.spend(id, { requests: 1, tokens: 300 });
    expect((await ask()).headers).toMatchObject({
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '1.2s',
      'x-ratelimit-remaining-tokens': '700',
      'x-ratelimit-reset-tokens': '1m0s',
    });
  });

  it('refuse one request too many, and let it in exactly when they said', async () => {
    const { ask, refused } = gateWith({ requestsPerMinute: 2 });
    await ask();
    vi.advanceTimersByTime(12_400);
    await ask();
    const error = await refused();
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(error.headers).toEqual({
      'retry-after': '48',
      'retry-after-ms': '47600',
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '47.6s',
    });
    vi.advanceTimersByTime(47_599);
    expect((await refused()).headers).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '1' });
    vi.advanceTimersByTime(1);
    expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining-requests': '1' });
  });

  it('never let in more than the limit, however many come at once', async () => {
    const { ask } = gateWith({ requestsPerMinute: 10 });
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => ask()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('let a key over its tokens wait until its window ends, counted from the first answer', async () => {
    const { ask, refused, limits, id } = gateWith({ tokensPerMinute: 100 });
    await ask();
    await limits.spend(id, { requests: 1, tokens: 60 });
    vi.advanceTimersByTime(20_000);
    await ask();
    await limits.spend(id, { requests: 1, tokens: 90 });
    const error = await refused();
    expect(error.headers).toEqual({
      'retry-after': '40',
      'retry-after-ms': '40000',
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '40s',
    });
    expect(error.message).toContain('100 tokens');
    vi.advanceTimersByTime(40_000);
    await ask();
  });

  it('are free at the end of the window even where its timer is late', async () => {
    const { ask, refused, limits, id } = gateWith({ requestsPerMinute: 1, tokensPerMinute: 100 });
    await ask();
    await limits.spend(id, { requests: 1, tokens: 100 });
    vi.setSystemTime(Date.now() + 59_999);
    await refused();
    vi.setSystemTime(Date.now() + 1);
    expect((await ask()).headers).toMatchObject({
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-remaining-tokens': '100',
    });
  });

  it('name the later end when both are full', async () => {
    const { ask, refused, limits, id } = gateWith({ requestsPerMinute: 1, tokensPerMinute: 100 });
    await ask();
    vi.advanceTimersByTime(5000);
    await limits.spend(id, { requests: 1, tokens: 500 });
    const { headers, message } = await refused();
    expect(headers).toMatchObject({
      'retry-after': '60',
      'x-ratelimit-reset-requests': '55s',
      'x-ratelimit-reset-tokens': '1m0s',
    });
    expect(message).toContain('1 requests and 100 tokens');
  });

  it('count per key', async () => {
    const { ask, keys, refused } = gateWith({ requestsPerMinute: 1 });
    await ask();
    await refused();
    const other = keys.create(keyInput({ requestsPerMinute: 1 }));
    await ask({ secret: other.secret });
  });

  it('that are changed hold from the next request on; what was refused does not count', async () => {
    const { ask, refused, keys, id } = gateWith({ requestsPerMinute: 1 });
    await ask();
    for (let index = 0; index < 10; index += 1) await refused();
    keys.change(id, { requestsPerMinute: 3 });
    expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining-requests': '1' });
    await ask();
    await refused();
    keys.change(id, { requestsPerMinute: null, tokensPerMinute: 10 });
    expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining-tokens': '10' });
  });
});

it('by the real clock, a client that waits as long as it is told gets in', async () => {
  const { ask, refused } = gateWith({ requestsPerMinute: 1 }, 950);
  await ask();
  const { headers } = await refused();
  expect(headers['retry-after']).toBe('1');
  expect(Number(headers['retry-after-ms'])).toBeLessThanOrEqual(950);
  await new Promise((resolve) => setTimeout(resolve, Number(headers['retry-after']) * 1000));
  await ask();
});
