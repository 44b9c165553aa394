import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileChangeSchema, profileExportSchema, profileInputSchema } from '#contract/profile';
import type { ProfileInput } from '#contract/profile';
import { createProfileStore } from './profile-store.ts';
import type { ProfileStore } from './profile-store.ts';

let dir: string;
let file: string;
let minute: number;
let ids: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'profiles-'));
  file = join(dir, 'data', 'profiles.json');
  minute = 0;
  ids = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function newStore(): ProfileStore {
  return createProfileStore({
    file,
    now: () => new Date(Date.UTC(2026, 0, 1, 0, (minute += 1))),
    newId: () => `id-${(ids += 1)}`,
    withoutSecrets: (target) =>
      target.recipe === 'llama-server' ? { ...target, form: { ...target.form, env: {} } } : target,
  });
}
async function started(): Promise<ProfileStore> {
  const store = newStore();
  await store.start();
  return store;
}
function input(name: string, rest: Record<string, unknown> = {}): ProfileInput {
  const target = { recipe: 'llama-server', form: { model: 'm.gguf', apiKey: 'k', env: { A: 'b' } } };
  return profileInputSchema.parse({ name, processId: 'llama_8000', target, ...rest });
}

test('what was made is there after a new start, in a file that only the owner reads', async () => {
  const made = await (await started()).create(input('Qwen'));
  expect(made).toMatchObject({
    id: 'id-1',
    name: 'Qwen',
    createdAt: '2026-01-01T00:02:00.000Z',
    updatedAt: '2026-01-01T00:02:00.000Z',
  });
  const again = await started();
  expect(again.list()).toEqual([made]);
  expect(again.get('id-1')).toEqual(made);
  expect(again.faults).toEqual([]);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(dir, 'data'))).toEqual(['profiles.json']);
});

test('a change keeps what it does not name', async () => {
  const store = await started();
  const { id } = await store.create(input('Qwen', { restart: { policy: 'always' }, startWithRunner: true }));
  const changed = await store.change(id, profileChangeSchema.parse({ name: 'Llama' }));
  expect(changed).toMatchObject({
    name: 'Llama',
    restart: { policy: 'always' },
    startWithRunner: true,
    updatedAt: '2026-01-01T00:03:00.000Z',
  });
  expect((await started()).list()).toEqual([changed]);
});

test('a name in use is refused for a new profile and for a change', async () => {
  const store = await started();
  const { id } = await store.create(input('A'));
  await store.create(input('B'));
  await expect(store.create(input('A'))).rejects.toMatchObject({ code: 'PROFILE_EXISTS' });
  await expect(store.change(id, { name: 'B' })).rejects.toMatchObject({ code: 'PROFILE_EXISTS' });
  expect(await store.change(id, { name: 'A' })).toMatchObject({ name: 'A' });
  expect(store.list().map(({ name }) => name)).toEqual(['A', 'B']);
});

test('unknown ids are told', async () => {
  const store = await started();
  expect(() => store.get('x')).toThrow(expect.objectContaining({ code: 'PROFILE_NOT_FOUND' }));
  await expect(store.change('x', {})).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(store.duplicate('x')).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(store.remove('x')).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
});

test('duplicates have names and process ids of their own and do not start with the runner', async () => {
  const store = await started();
  const { id } = await store.create(input('Qwen', { startWithRunner: true }));
  const copy = await store.duplicate(id);
  const second = await store.duplicate(copy.id);
  expect([copy, second]).toMatchObject([
    {
      name: 'Qwen (copy)',
      processId: 'llama_8000-2',
      startWithRunner: false,
      target: { form: { apiKey: 'k' } },
    },
    { name: 'Qwen (copy 2)', processId: 'llama_8000-2-2' },
  ]);
});

test('the longest names can be duplicated, too', async () => {
  const store = await started();
  const { id } = await store.create(input('x'.repeat(80), { processId: 'y'.repeat(64) }));
  const copy = await store.duplicate(id);
  expect(profileInputSchema.shape.name.safeParse(copy.name).success).toBe(true);
  expect(profileInputSchema.shape.processId.safeParse(copy.processId).success).toBe(true);
});

test('an export leaves secrets out, and its import numbers the names in use', async () => {
  const store = await started();
  await store.create(input('A'));
  const exported = profileExportSchema.parse(store.exportAll());
  expect(exported.profiles).toMatchObject([{ name: 'A', target: { form: { env: {} } } }]);
  expect(exported.profiles[0]).not.toHaveProperty('id');
  const added = await store.importAll({
    ...exported,
    profiles: [...exported.profiles, ...exported.profiles, input('New')],
  });
  expect(added.map(({ name }) => name)).toEqual(['A (2)', 'A (3)', 'New']);
  expect((await started()).list().map(({ name }) => name)).toEqual(['A', 'A (2)', 'A (3)', 'New']);
});

test('changes at the same time all count', async () => {
  const store = await started();
  const made = await Promise.allSettled(
    [...Array(8).keys()].map((number) => store.create(input(`P${number % 7}`))),
  );
  expect(made.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect((await started()).list().map(({ name }) => name)).toEqual([
    'P0',
    'P1',
    'P2',
    'P3',
    'P4',
    'P5',
    'P6',
  ]);
});

test('removed is removed', async () => {
  const store = await started();
  const { id } = await store.create(input('A'));
  await store.remove(id);
  expect(store.list()).toEqual([]);
  expect((await started()).list()).toEqual([]);
});

describe('a file that is not as it should be', () => {
  const kept = (): string[] => readdirSync(join(dir, 'data')).filter((name) => name.includes('.corrupt-'));

  test.each(['{"version": 1, "profi', '[]', '{"version": 2, "profiles": []}', ''])(
    '%j is moved aside and the list starts empty',
    async (text) => {
      await (await started()).create(input('A'));
      writeFileSync(file, text);
      const store = await started();
      expect(store.list()).toEqual([]);
      expect(store.faults).toEqual([{ file, message: expect.stringContaining('.corrupt-2026-01-01T00-') }]);
      expect(kept().map((name) => readFileSync(join(dir, 'data', name), 'utf8'))).toEqual([text]);
      await store.create(input('B'));
      expect((await started()).list()).toMatchObject([{ name: 'B' }]);
    },
  );

  test('one broken profile is skipped and kept in a copy, once', async () => {
    const store = await started();
    await store.create(input('A'));
    await store.create(input('B'));
    const broken = readFileSync(file, 'utf8').replace('"name": "A"', '"name": 5');
    writeFileSync(file, broken);
    const again = await started();
    expect(again.list()).toMatchObject([{ name: 'B' }]);
    expect(again.faults).toEqual([{ file, message: expect.stringMatching(/number 1: name .*\.corrupt-/) }]);
    expect((await started()).faults).toEqual([]);
    expect(kept().map((name) => readFileSync(join(dir, 'data', name), 'utf8'))).toEqual([broken]);
  });

  test('one that cannot be read at all is never replaced', async () => {
    // A folder in its place fails to be read for every user, root included.
    mkdirSync(join(file, 'keep'), { recursive: true });
    const store = await started();
    expect(store.faults).toMatchObject([{ file, message: expect.stringContaining('cannot be read') }]);
    await expect(store.create(input('B'))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('cannot be read'),
    });
    expect(readdirSync(file)).toEqual(['keep']);
  });
});

test('a change that cannot be written has not happened', async () => {
  const store = await started();
  let news = 0;
  store.changed.subscribe(() => (news += 1));
  await store.create(input('A'));
  expect(news).toBe(1);
  rmSync(join(dir, 'data'), { recursive: true });
  writeFileSync(join(dir, 'data'), 'a file where the folder was');
  await expect(store.create(input('B'))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: expect.stringContaining('was not saved'),
  });
  expect(store.list().map(({ name }) => name)).toEqual(['A']);
  expect(news).toBe(1);
  rmSync(join(dir, 'data'));
  expect(await store.create(input('C'))).toMatchObject({ name: 'C' });
});
