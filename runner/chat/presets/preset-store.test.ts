import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { presetChangeSchema, presetExportSchema, presetInputSchema } from '#contract/preset';
import type { PresetExport, PresetInput } from '#contract/preset';
import { tempDir } from '../../testing/temp-dir.ts';
import { PresetStore } from './preset-store.ts';

let shippedDir: string;
let userDir: string;
let minute: number;
let ids: number;

beforeEach(() => {
  const dir = tempDir();
  shippedDir = join(dir, 'shipped');
  userDir = join(dir, 'data', 'presets');
  minute = 0;
  ids = 0;
  mkdirSync(shippedDir);
  put(shippedDir, 'plain', 'Plain');
  put(shippedDir, 'expert', 'Expert');
});

function started(): PresetStore {
  const store = new PresetStore({
    shippedDir,
    userDir,
    now: () => new Date(Date.UTC(2026, 0, 1, 0, (minute += 1))),
    newId: () => `id-${(ids += 1)}`,
  });
  store.start();
  return store;
}

const input = (name: string, rest: Record<string, unknown> = {}): PresetInput =>
  presetInputSchema.parse({ name, system: 'S', ...rest });
const exported = (...presets: unknown[]) => ({ format: 'llm-server-manager/presets', version: 1, presets });
function put(dir: string, id: string, name: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${id}.json`), JSON.stringify(exported({ name })));
}
const names = (store: PresetStore): string[] => store.list().map(({ name }) => name);
const withVariable = { template: 'In {{language}}: {{input}}', variables: { language: 'Croatian' } };

it('lists the shipped ones, then the user’s, each by name', async () => {
  const store = started();
  await store.create(input('zebra'));
  await store.create(input('Ant 10'));
  await store.create(input('ant 9'));
  expect(names(store)).toEqual(['Expert', 'Plain', 'ant 9', 'Ant 10', 'zebra']);
  expect(store.list()[0]).toMatchObject({
    id: 'expert',
    origin: 'shipped',
    createdAt: null,
    updatedAt: null,
    template: '{{input}}',
  });
  expect(store.faults).toEqual([]);
});

it('what was made is there after a new start, in files that only the owner reads', async () => {
  const made = await started().create(
    input('Quote', { ...withVariable, sampler: { temperature: 0.2, stop: ['END'] } }),
  );
  expect(made).toMatchObject({
    id: 'id-1',
    origin: 'user',
    name: 'Quote',
    sampler: { temperature: 0.2 },
    ...withVariable,
  });
  expect([made.createdAt, made.updatedAt]).toEqual(['2026-01-01T00:01:00.000Z', '2026-01-01T00:01:00.000Z']);
  const again = started();
  expect(again.get('id-1')).toEqual(made);
  expect(again.find('id-2')).toBeNull();
  expect(readdirSync(userDir)).toEqual(['id-1.json']);
  if (process.platform === 'win32') return;
  expect([statSync(userDir).mode & 0o777, statSync(join(userDir, 'id-1.json')).mode & 0o777]).toEqual([
    0o700, 0o600,
  ]);
});

it('a change keeps what it does not name', async () => {
  const store = started();
  const { id } = await store.create(input('Quote', withVariable));
  const changed = await store.change(id, presetChangeSchema.parse({ developer: 'D' }));
  expect(changed).toMatchObject({ name: 'Quote', system: 'S', developer: 'D', ...withVariable });
  expect([changed.createdAt, changed.updatedAt]).toEqual([
    '2026-01-01T00:01:00.000Z',
    '2026-01-01T00:02:00.000Z',
  ]);
  expect(store.list()).toContainEqual(changed);
  expect(started().get(id)).toEqual(changed);
});

it('a change that takes a variable from under the template is refused by its name', async () => {
  const store = started();
  const { id } = await store.create(input('Quote', withVariable));
  await expect(store.change(id, { variables: { tongue: 'Croatian' } })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('{{language}}'),
    details: [{ path: 'template', message: expect.stringContaining('{{language}}') }],
  });
  expect(store.get(id)).toMatchObject(withVariable);
});

it('names in use are refused, and unknown ids are told', async () => {
  const store = started();
  const { id } = await store.create(input('A'));
  await expect(store.create(input('Plain'))).rejects.toMatchObject({ code: 'PRESET_EXISTS' });
  await expect(store.change(id, { name: 'Expert' })).rejects.toMatchObject({ code: 'PRESET_EXISTS' });
  expect(await store.change(id, { name: 'A' })).toMatchObject({ name: 'A' });
  const unknown = { code: 'PRESET_NOT_FOUND', message: expect.stringContaining('nobody') };
  expect(() => store.get('nobody')).toThrow(expect.objectContaining(unknown));
  expect(() => store.exportAll(['nobody'])).toThrow(expect.objectContaining(unknown));
  await expect(store.change('nobody', {})).rejects.toMatchObject(unknown);
  await expect(store.duplicate('nobody')).rejects.toMatchObject(unknown);
  await expect(store.remove('nobody')).rejects.toMatchObject(unknown);
});

it('shipped ones stay as they are; their copies are the user’s', async () => {
  const store = started();
  const readOnly = {
    code: 'PRESET_READ_ONLY',
    message: expect.stringContaining('Duplicate it, then change the copy.'),
  };
  await expect(store.change('plain', { name: 'X' })).rejects.toMatchObject(readOnly);
  await expect(store.remove('plain')).rejects.toMatchObject(readOnly);
  const copy = await store.duplicate('plain');
  const second = await store.duplicate(copy.id);
  expect([copy, second]).toMatchObject([
    { name: 'Plain (copy)', origin: 'user' },
    { name: 'Plain (copy 2)', origin: 'user' },
  ]);
  await store.change(copy.id, { name: 'Mine' });
  await store.remove(second.id);
  expect(names(started())).toEqual(['Expert', 'Plain', 'Mine']);
});

it('the longest name can be duplicated, too', async () => {
  const store = started();
  const { id } = await store.create(input('x'.repeat(80)));
  expect((await store.duplicate(id)).name).toBe(`${'x'.repeat(73)} (copy)`);
});

it('an export holds the user’s own or the chosen ones, and its import numbers the names in use', async () => {
  const store = started();
  expect(() => store.exportAll()).toThrow(
    expect.objectContaining({ code: 'PRESET_NOT_FOUND', message: expect.stringContaining('?ids=') }),
  );
  const { id } = await store.create(input('A', withVariable));
  const own = presetExportSchema.parse(store.exportAll());
  expect(own.presets).toEqual([input('A', withVariable)]);
  expect(store.exportAll(['plain', id, 'plain']).presets.map(({ name }) => name)).toEqual(['Plain', 'A']);
  const added = await store.importAll({ ...own, presets: [...own.presets, ...own.presets, input('New')] });
  expect(added.map(({ name }) => name)).toEqual(['A (2)', 'A (3)', 'New']);
  expect(names(started())).toEqual(['Expert', 'Plain', 'A', 'A (2)', 'A (3)', 'New']);
});

it('changes at the same time all count', async () => {
  const store = started();
  const made = await Promise.allSettled(
    [...Array(8).keys()].map((number) => store.create(input(`P${number % 7}`))),
  );
  expect(made.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(names(started()).slice(2)).toEqual(['P0', 'P1', 'P2', 'P3', 'P4', 'P5', 'P6']);
});

describe('files that come and go', () => {
  it('are found by the next list, or when their id is asked for', () => {
    const store = started();
    put(userDir, 'by-hand', 'By hand');
    expect(store.get('by-hand')).toMatchObject({ name: 'By hand', origin: 'user' });
    put(userDir, 'other', 'Other');
    expect(names(store)).toEqual(['Expert', 'Plain', 'By hand', 'Other']);
    rmSync(join(userDir, 'other.json'));
    put(userDir, 'by-hand', 'By my hand');
    expect(names(store)).toEqual(['Expert', 'Plain', 'By my hand']);
  });

  it('say when they were made by the clock of the disk', () => {
    put(userDir, 'by-hand', 'By hand');
    utimesSync(join(userDir, 'by-hand.json'), 1_700_000_000, 1_700_000_000);
    const at = '2023-11-14T22:13:20.000Z';
    expect(started().get('by-hand')).toMatchObject({ createdAt: at, updatedAt: at });
  });

  it('may begin with a byte order mark', () => {
    mkdirSync(userDir, { recursive: true });
    writeFileSync(join(userDir, 'bom.json'), `\uFEFF${JSON.stringify(exported({ name: 'From Windows' }))}`);
    expect(names(started())).toContain('From Windows');
  });
});

describe('a file that is no preset', () => {
  it.each([
    ['not JSON', 'this is no JSON', /^It is not JSON/],
    ['cut', '{"format": "llm-server-manager/pre', /^It is not JSON/],
    ['empty', '', /^It is not JSON/],
    ['other JSON', '[1]', /^It is not a preset/],
    ['of another format', JSON.stringify({ ...exported({ name: 'X' }), format: 'x' }), /format/],
    ['without a name', JSON.stringify(exported({ system: 'S' })), /presets.0.name/],
    [
      'with an unknown variable',
      JSON.stringify(exported({ name: 'X', template: '{{input}} {{alloy}}' })),
      /\{\{alloy\}\}/,
    ],
    ['with two presets', JSON.stringify(exported({ name: 'X' }, { name: 'Y' })), /2 presets.*Import/],
  ])('(%s) is skipped, told and left alone', async (_what, text, message) => {
    put(userDir, 'good', 'Good');
    const file = join(userDir, 'bad.json');
    writeFileSync(file, text);
    const store = started();
    expect(store.faults).toEqual([{ file, message: expect.stringMatching(message) }]);
    await store.create(input('New'));
    await expect(store.remove('bad')).rejects.toMatchObject({ code: 'PRESET_NOT_FOUND' });
    expect(names(store)).toEqual(['Expert', 'Plain', 'Good', 'New']);
    expect(readFileSync(file, 'utf8')).toBe(text);
    put(userDir, 'bad', 'Mended');
    expect(names(store)).toContain('Mended');
    expect(store.faults).toEqual([]);
  });

  it('(a folder, a bad name, a name of a shipped one) is told, too', () => {
    mkdirSync(join(userDir, 'folder.json'), { recursive: true });
    put(userDir, 'a b', 'Spaces');
    put(userDir, 'plain', 'Impostor');
    writeFileSync(join(userDir, 'notes.txt'), 'not ours');
    const store = started();
    expect(names(store)).toEqual(['Expert', 'Plain']);
    const told = store.faults
      .map(({ file, message }) => `${file.slice(userDir.length + 1)}: ${message}`)
      .toSorted();
    expect(told).toEqual([
      expect.stringMatching(/^a b.json: .*use 1 to 64 of the characters/),
      'folder.json: It is no file. Remove it.',
      expect.stringMatching(/^plain.json: A shipped preset has this file name/),
    ]);
  });

  it('among the shipped ones, or in place of the folder, takes nothing else along', () => {
    writeFileSync(join(shippedDir, 'bad.json'), '{');
    mkdirSync(join(userDir, '..'), { recursive: true });
    writeFileSync(userDir, 'a file where the folder should be');
    const store = started();
    expect(names(store)).toEqual(['Expert', 'Plain']);
    expect(store.faults.map(({ file }) => file)).toEqual([join(shippedDir, 'bad.json'), userDir]);
  });
});

describe('what cannot be written has not happened', () => {
  const failed = { code: 'STORAGE_FAILED', message: expect.stringContaining('was not saved') };

  it('where the folder cannot be made', async () => {
    const store = started();
    mkdirSync(join(userDir, '..'), { recursive: true });
    writeFileSync(userDir, 'a file where the folder should be');
    await expect(store.create(input('A'))).rejects.toMatchObject(failed);
    expect(names(store)).toEqual(['Expert', 'Plain']);
    rmSync(userDir);
    expect(await store.create(input('A'))).toMatchObject({ name: 'A' });
  });

  // A folder with something in it can be neither replaced nor removed as a file, not even by root.
  it.each(['id-4.json.next', 'id-4.json'])(
    'where %s of an import fails, none of them stays',
    async (inTheWay) => {
      const store = started();
      const { id } = await store.create(input('A'));
      mkdirSync(join(userDir, inTheWay, 'in-the-way'), { recursive: true });
      const presets: PresetExport = { ...store.exportAll(), presets: [input('B'), input('C'), input('D')] };
      await expect(store.importAll(presets)).rejects.toMatchObject(failed);
      expect(names(store)).toEqual(['Expert', 'Plain', 'A']);
      expect(readdirSync(userDir).toSorted()).toEqual([`${id}.json`, inTheWay]);
    },
  );

  it('where a change fails, the old text stays', async () => {
    const store = started();
    const made = await store.create(input('A'));
    mkdirSync(join(userDir, `${made.id}.json.next`, 'in-the-way'), { recursive: true });
    await expect(store.change(made.id, { system: 'T' })).rejects.toMatchObject(failed);
    expect(store.get(made.id)).toEqual(made);
    expect(started().get(made.id)).toEqual(made);
  });
});

it.runIf(process.platform !== 'win32')(
  'a folder that was made by hand is closed to others at the first change',
  async () => {
    put(userDir, 'by-hand', 'By hand');
    chmodSync(userDir, 0o755);
    await started().create(input('A'));
    expect(statSync(userDir).mode & 0o777).toBe(0o700);
  },
);
