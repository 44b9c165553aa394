import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '#contract/log';
import { createTestApp, entriesOf, linesOf, untilState } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { differenceFromChatty } from '../testing/seen-log.ts';
import { waitUntil } from '../testing/wait-until.ts';

interface Page {
  entries: LogEntry[];
  from: number;
  to: number;
  start: number;
  end: number;
}

const SMALL_SEGMENTS = { RUNNER_LOG_SEGMENT_BYTES: '4096', RUNNER_LOG_RETENTION_BYTES: '10000000' };

/** Runs a Node program to its end. */
async function runNode(app: TestApp, id: string, program: string): Promise<void> {
  const { status } = await app.post('/api/runner/launch', {
    id,
    cmd: process.execPath,
    args: ['-e', program],
  });
  expect(status).toBe(200);
  await untilState(app, id, ['exited']);
}

async function runChatty(app: TestApp, id: string, lines: number): Promise<void> {
  await runNode(app, id, `for (let n = 0; n < ${lines}; n += 1) console.log('line ' + n)`);
}

async function pageOf(app: TestApp, id: string, query: string): Promise<Page> {
  const { status, body } = await app.get(`/api/runner/logs/${id}${query}`);
  expect(status).toBe(200);
  return body as unknown as Page;
}

/** The log as it is on disk. */
function bytesOf(app: TestApp, id: string): Buffer {
  const dir = join(app.dataDir, 'processes', id, 'log');
  return Buffer.concat(
    readdirSync(dir)
      .toSorted()
      .map((name) => readFileSync(join(dir, name))),
  );
}

async function textOf(app: TestApp, id: string, range?: string) {
  const response = await fetch(`${app.url}/api/runner/logs/${id}?format=text`, {
    headers: range === undefined ? {} : { range },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

describe('pages', () => {
  it('walk the whole log forwards and backwards without a line lost or twice, over many segments', async () => {
    const app = await createTestApp({ env: SMALL_SEGMENTS });
    await runChatty(app, 'log', 1_500);
    const whole = await entriesOf(app, 'log');
    expect(
      differenceFromChatty(
        whole.flatMap((entry) => ('line' in entry ? [entry.line] : [])),
        1_500,
      ),
    ).toBe('');
    expect(whole.at(0)).toMatchObject({ run: { event: 'started' } });
    expect(whole.at(-1)).toMatchObject({ run: { event: 'ended' } });
    for (const limit of [1, 7, 64, 999]) {
      const pages = limit === 1 ? 40 : Infinity;
      const forwards: LogEntry[] = [];
      for (let from = 0, count = 0; count < pages; count += 1) {
        const page = await pageOf(app, 'log', `?from=${from}&limit=${limit}`);
        expect(page.from).toBe(from);
        if (page.entries.length === 0) break;
        forwards.push(...page.entries);
        from = page.to;
      }
      expect(forwards).toEqual(whole.slice(0, forwards.length));
      expect(forwards.length).toBe(limit === 1 ? 40 : whole.length);
      const backwards: LogEntry[] = [];
      for (let before = whole.at(-1)?.offset ?? 0, count = 0; count < pages && before > 0; count += 1) {
        const page = await pageOf(app, 'log', `?before=${before}&limit=${limit}`);
        expect(page.to).toBe(before);
        backwards.unshift(...page.entries);
        before = page.from;
      }
      expect(backwards).toEqual(whole.slice(-backwards.length));
      expect(backwards.length).toBe(forwards.length);
    }
  });

  it('tail gives the last N, more than a page by default holds, too', async () => {
    const app = await createTestApp();
    await runChatty(app, 'log', 3_000);
    const whole = await entriesOf(app, 'log');
    for (const tail of [0, 1, 5, 2_000])
      expect((await pageOf(app, 'log', `?tail=${tail}`)).entries).toEqual(
        tail === 0 ? [] : whole.slice(-tail),
      );
    expect((await pageOf(app, 'log', '')).entries).toEqual(whole.slice(-1_000));
    const { start, end, to } = await pageOf(app, 'log', '?tail=1');
    expect([start, end, to]).toEqual([0, whole.at(-1)?.offset, whole.at(-1)?.offset]);
  });

  it('refuse queries that make no sense, and answer an offset beyond the end with an empty page', async () => {
    const app = await createTestApp();
    await runChatty(app, 'log', 3);
    for (const query of [
      '?from=-1',
      '?limit=0',
      '?limit=99999999',
      '?tail=x',
      '?format=xml',
      '?before=1.5',
    ]) {
      expect(await app.get(`/api/runner/logs/log${query}`)).toMatchObject({
        status: 400,
        error: { code: 'INVALID_REQUEST' },
      });
    }
    expect(await pageOf(app, 'log', '?from=99999999')).toMatchObject({ entries: [] });
  });
});

describe('text', () => {
  it('is the log as it is on disk, whole or by ranges of bytes', async () => {
    const app = await createTestApp({ env: SMALL_SEGMENTS });
    await runChatty(app, 'log', 1_000);
    const bytes = bytesOf(app, 'log');
    const size = bytes.length;
    const whole = await textOf(app, 'log');
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(whole.headers.get('content-length')).toBe(String(size));
    expect(whole.bytes.equals(bytes)).toBe(true);
    const ranges: [string, number, number][] = [
      ['bytes=0-0', 0, 1],
      ['bytes=100-9999', 100, 10_000],
      [`bytes=${size - 10}-`, size - 10, size],
      ['bytes=-500', size - 500, size],
      [`bytes=-${size * 2}`, 0, size],
      [`bytes=5-${size * 2}`, 5, size],
    ];
    for (const [range, from, to] of ranges) {
      const part = await textOf(app, 'log', range);
      expect({ range, status: part.status }).toEqual({ range, status: 206 });
      expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${size}`);
      expect(part.bytes.equals(bytes.subarray(from, to))).toBe(true);
    }
    for (const ignored of ['lines=1-2', 'bytes=a-b', 'bytes=0-1,5-6', 'bytes=-'])
      expect((await textOf(app, 'log', ignored)).status).toBe(200);
    for (const outside of [`bytes=${size}-`, `bytes=${size + 5}-${size + 9}`, 'bytes=-0']) {
      const refused = await textOf(app, 'log', outside);
      expect({ outside, status: refused.status }).toEqual({ outside, status: 416 });
      expect(refused.headers.get('content-range')).toBe(`bytes */${size}`);
      expect(JSON.parse(refused.bytes.toString())).toMatchObject({
        ok: false,
        error: { code: 'RANGE_NOT_SATISFIABLE', details: { size } },
      });
    }
  });

  it('comes as a named file with download=1', async () => {
    const app = await createTestApp();
    await runChatty(app, 'llama_8000', 3);
    const shown = await fetch(`${app.url}/api/runner/logs/llama_8000?format=text`);
    expect(shown.headers.get('content-disposition')).toBeNull();
    const saved = await fetch(`${app.url}/api/runner/logs/llama_8000?format=text&download=1`);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment; filename="?llama_8000\.log"?$/);
    expect(await saved.text()).toBe(await shown.text());
  });

  it('of a log with a missing segment keeps its length and every other byte', async () => {
    const app = await createTestApp({ env: SMALL_SEGMENTS });
    await runChatty(app, 'holed', 1_000);
    const bytes = bytesOf(app, 'holed');
    const dir = join(app.dataDir, 'processes', 'holed', 'log');
    const [, second = '', third = ''] = readdirSync(dir).toSorted();
    rmSync(join(dir, second));
    bytes.fill('\n', Number.parseInt(second, 10), Number.parseInt(third, 10));
    const { status, bytes: got } = await textOf(app, 'holed');
    expect(status).toBe(200);
    expect(got.equals(bytes)).toBe(true);
  });
});

describe('what children print', () => {
  it('a line of 10 MB comes back whole, in parts that are marked', async () => {
    const app = await createTestApp();
    await runNode(app, 'long', `process.stdout.write('€'.repeat(3_400_000) + '\\nnext\\n')`);
    const found = (await entriesOf(app, 'long')).flatMap((entry) => ('line' in entry ? [entry] : []));
    expect(found.at(-1)).toMatchObject({ line: 'next' });
    expect(found.at(-1)).not.toHaveProperty('partial');
    expect(found.slice(0, -2).every((part) => part.partial === true)).toBe(true);
    expect(
      found
        .slice(0, -1)
        .map(({ line }) => line)
        .join('') === '€'.repeat(3_400_000),
    ).toBe(true);
  });

  it('invalid UTF-8 and NUL stay as they are in the text, and do not break the JSON', async () => {
    const app = await createTestApp();
    const bytes = Buffer.from([0x61, 0x00, 0xff, 0xfe, 0xc3, 0x28, 0x1b, 0x5b, 0x0d, 0x62, 0x22, 0x5c]);
    await runNode(
      app,
      'odd',
      `process.stdout.write(Buffer.from('${bytes.toString('hex')}0a6e6578740a', 'hex'))`,
    );
    expect(await linesOf(app, 'odd')).toEqual([bytes.toString('utf8'), 'next']);
    const { bytes: text } = await textOf(app, 'odd');
    expect(text.includes(Buffer.concat([Buffer.from(' stdout F '), bytes, Buffer.from('\n')]))).toBe(true);
  });

  it('a character cut between two writes is whole again, also when the line waits in between', async () => {
    const app = await createTestApp();
    await runNode(
      app,
      'cut',
      `const b = Buffer.from('10 € more\\n'); process.stdout.write(b.subarray(0, 4)); setTimeout(() => process.stdout.write(b.subarray(4)), 900)`,
    );
    const found = (await entriesOf(app, 'cut')).flatMap((entry) => ('line' in entry ? [entry] : []));
    expect(found).toMatchObject([{ line: '10 ', partial: true }, { line: '€ more' }]);
  });
});

describe('lines that come in pieces', () => {
  it('are not cut where the piece ends, as long as the rest follows soon', async () => {
    const app = await createTestApp();
    const program = `let n = 0; const write = setInterval(() => { process.stdout.write(' end ' + n + '\\nline ' + ++n); if (n === 70) clearInterval(write); }, 20)`;
    await runNode(app, 'pieces', program);
    const found = (await entriesOf(app, 'pieces')).flatMap((entry) => ('line' in entry ? [entry] : []));
    expect(found.map(({ line }) => line)).toEqual([
      ...Array.from({ length: 70 }, (_, n) => (n === 0 ? ' end 0' : `line ${n} end ${n}`)),
      'line 70',
    ]);
    expect(found.some(({ partial }) => partial)).toBe(false);
  });

  it('are shown as far as they are when they wait, and go on where they were', async () => {
    const app = await createTestApp();
    await app.post('/api/runner/launch', {
      id: 'dots',
      cmd: process.execPath,
      args: ['-e', `setInterval(() => process.stdout.write('.'), 50)`],
    });
    const dots = async () => (await linesOf(app, 'dots')).join('').length;
    const some = await waitUntil('dots', dots);
    await waitUntil('more dots', async () => (await dots()) > some);
  });
});

describe('a log that cannot be read', () => {
  it('is empty, and takes neither the runner nor other streams along', async () => {
    const app = await createTestApp();
    await runChatty(app, 'broken', 3);
    const dir = join(app.dataDir, 'processes', 'broken', 'log');
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'a file in its place');
    expect(await pageOf(app, 'broken', '')).toMatchObject({ entries: [], start: 0, end: 0 });
    expect((await textOf(app, 'broken')).bytes.length).toBe(0);
    const response = await fetch(`${app.url}/api/runner/stream`);
    await response.body?.cancel();
    const relaunched = await app.post('/api/runner/restart/broken');
    expect(relaunched).toMatchObject({
      status: 507,
      error: { code: 'STORAGE_FAILED', message: expect.stringContaining("folder's permissions") },
    });
    await runChatty(app, 'healthy', 3);
    await waitUntil('its lines', async () => (await linesOf(app, 'healthy')).length === 3);
  });
});
