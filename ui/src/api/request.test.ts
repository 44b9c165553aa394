import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient } from './request.ts';

function client(answer: () => Response | Promise<Response>, token: string | null = null) {
  const calls: { url: string; init: RequestInit | undefined }[] = [];
  let refusals = 0;
  const api = new ApiClient({
    baseUrl: 'http://host/base/',
    tokens: { get: () => token, refuse: () => void (refusals += 1) },
    fetch: async (input, init) => {
      calls.push({ url: input instanceof URL ? input.href : '', init });
      return answer();
    },
  });
  return { api, calls, refusals: () => refusals };
}

const schema = z.object({ ok: z.literal(true), n: z.number() });

describe('a request', () => {
  it('goes below the base path and sends JSON and the token', async () => {
    const { api, calls } = client(() => Response.json({ ok: true, n: 1 }), 'secret');
    expect(
      await api.request('/api/x', schema, { method: 'POST', body: { a: 1 }, search: { q: 'ž' } }),
    ).toEqual({ ok: true, n: 1 });
    expect(calls[0]?.url).toBe('http://host/base/api/x?q=%C5%BE');
    const headers = new Headers(calls[0]?.init?.headers);
    expect([headers.get('authorization'), headers.get('content-type'), calls[0]?.init?.body]).toEqual([
      'Bearer secret',
      'application/json',
      '{"a":1}',
    ]);
  });

  it('turns the error body into an ApiError with code, message and details', async () => {
    const body = {
      ok: false,
      error: { code: 'PORT_TAKEN', message: 'Port 8000 is taken.', details: { port: 8000 } },
    };
    const { api } = client(() => Response.json(body, { status: 409 }));
    await expect(api.request('/api/x', schema)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: 'Port 8000 is taken.',
      details: { port: 8000 },
    });
  });

  it('distinguishes an unreachable runner, a proxy that cannot reach it and an unexpected response', async () => {
    const gone = client(() => Promise.reject(new TypeError('fetch failed')));
    await expect(gone.api.request('/x', schema)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const proxy = client(() => new Response('<h1>Bad gateway</h1>', { status: 502 }));
    await expect(proxy.api.request('/x', schema)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const strange = client(() => Response.json({ ok: true, n: 'one' }));
    await expect(strange.api.request('/x', schema)).rejects.toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
    const html = client(() => new Response('<h1>Hello</h1>'));
    await expect(html.api.request('/x', schema)).rejects.toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
  });

  it('passes an abort on unchanged', async () => {
    const abort = new AbortController();
    const { api } = client(() => {
      abort.abort();
      return Promise.reject(abort.signal.reason as Error);
    });
    await expect(api.request('/x', schema, { signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('reports a refused token', async () => {
    const { api, refusals } = client(() =>
      Response.json({ ok: false, error: { code: 'UNAUTHORIZED', message: 'no' } }, { status: 401 }),
    );
    await expect(api.request('/x', schema)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(refusals()).toBe(1);
  });

  it('opens a stream with a ticket where a token is set, and without one where none is', async () => {
    const guarded = client(() => Response.json({ ok: true, ticket: 't1', expiresInMs: 1000 }), 'secret');
    await guarded.api.openStream('/api/stream', { tail: '5' }, AbortSignal.timeout(1000));
    expect(guarded.calls.map(({ url }) => url)).toEqual([
      'http://host/base/api/runner/ticket',
      'http://host/base/api/stream?tail=5&ticket=t1',
    ]);
    const open = client(() => new Response(''));
    await open.api.openStream('/api/stream', {}, AbortSignal.timeout(1000));
    expect(open.calls.length).toBe(1);
  });
});
