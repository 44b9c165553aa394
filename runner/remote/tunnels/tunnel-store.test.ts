import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { tempDir } from '../../testing/temp-dir.ts';
import { TunnelStore } from './tunnel-store.ts';

const config = tunnelInputSchema.parse({
  direction: 'incoming',
  name: 'from a',
  remotePort: 8080,
  apiKey: 's3cret',
});
const open = (dir: string) =>
  new TunnelStore({ file: join(dir, 'tunnels.json'), now: () => new Date('2026-01-02T03:04:05Z') });

it('what is put is there after the next start, in a file that only its owner may read', async () => {
  const dir = tempDir();
  const store = open(dir);
  expect(await store.start()).toEqual([]);
  await Promise.all([
    store.put({ id: 'one', config }),
    store.put({ id: 'two', config }),
    store.put({ id: 'three', config }),
  ]);
  await Promise.all([store.put({ id: 'one', config: { ...config, name: 'renamed' } }), store.remove('two')]);
  expect(statSync(join(dir, 'tunnels.json')).mode & 0o777).toBe(0o600);
  const next = open(dir);
  expect(await next.start()).toEqual([
    { id: 'one', config: { ...config, name: 'renamed' } },
    { id: 'three', config },
  ]);
  expect(next.faults).toEqual([]);
});

it.each([
  ['no JSON', '{"version": 1, "tunn'],
  ['another form', '{"version": 2}'],
])('a file with %s is set aside, said, and never in the way', async (_what, text) => {
  const dir = tempDir();
  writeFileSync(join(dir, 'tunnels.json'), text);
  const store = open(dir);
  expect(await store.start()).toEqual([]);
  const aside = 'tunnels.json.corrupt-2026-01-02T03-04-05.000Z';
  expect(store.faults).toMatchObject([{ message: expect.stringContaining(aside) }]);
  expect(readFileSync(join(dir, aside), 'utf8')).toBe(text);
  await store.put({ id: 'one', config });
  expect(await open(dir).start()).toHaveLength(1);
});

it('of a file with one broken tunnel the others are used, once and for all', async () => {
  const dir = tempDir();
  const bad = { id: 'bad', config: { ...config, direction: 'reverse', host: '-oProxyCommand=id' } };
  writeFileSync(
    join(dir, 'tunnels.json'),
    JSON.stringify({ version: 1, tunnels: [{ id: 'good', config }, bad] }),
  );
  const store = open(dir);
  expect(await store.start()).toEqual([{ id: 'good', config }]);
  expect(store.faults).toHaveLength(1);
  const next = open(dir);
  expect(await next.start()).toHaveLength(1);
  expect(next.faults).toEqual([]);
  expect(readdirSync(dir)).toHaveLength(2);
});

it('a file that cannot be read is left as it is, and nothing is said to be saved', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'tunnels.json'));
  const store = open(dir);
  expect(await store.start()).toEqual([]);
  await expect(store.put({ id: 'one', config })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});
