/** The gateway after its store was damaged: keys that are not known any more are no reason to let anyone in without one. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { gatewayModelsResponseSchema } from '#contract/gateway';
import { createTestApp } from './testing/create-test-app.ts';
import type { TestApp } from './testing/create-test-app.ts';
import { tempDir } from './testing/temp-dir.ts';

const storeIn = (dir: string): string => join(dir, 'store.db');
const markerIn = (dir: string): string => join(dir, 'gateway-keys.json');

const startApp = async (dataDir?: string, env: Record<string, string> = {}): Promise<TestApp> =>
  createTestApp({ env: { GATEWAY_PORT: '0', ...env }, ...(dataDir === undefined ? {} : { dataDir }) });

const stop = async (app: TestApp): Promise<void> => app.runner.stop({ keepProcesses: false, graceMs: 0 });

interface MadeKey {
  secret: string;
  key: { id: string };
}

async function makeKey(app: TestApp): Promise<MadeKey> {
  const { status, body } = await app.post('/api/gateway/keys', { name: 'laptop' });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as unknown as MadeKey;
}

async function removeKey(app: TestApp, { key }: MadeKey): Promise<void> {
  await app.post(`/api/gateway/keys/${key.id}/revoke`);
  expect(await app.delete(`/api/gateway/keys/${key.id}`)).toMatchObject({ status: 200 });
}

/** A data folder whose stopped runner had two keys. */
async function folderWithKeys(): Promise<{ dir: string; lost: MadeKey }> {
  const app = await startApp();
  await makeKey(app);
  const lost = await makeKey(app);
  await stop(app);
  return { dir: app.dataDir, lost };
}

/** Statuses of `/v1/models` and `/v1/chat/completions` on the runner's listener, then on the gateway's own. */
async function statusesOf(app: TestApp, secret?: string): Promise<number[]> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
  };
  const body = JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'ping' }] });
  const statuses: number[] = [];
  for (const url of [app.url, app.runner.gatewayUrl ?? '']) {
    statuses.push((await fetch(`${url}/v1/models`, { headers })).status);
    statuses.push((await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).status);
  }
  return statuses;
}

async function lockedOf(app: TestApp): Promise<unknown> {
  return gatewayModelsResponseSchema.parse((await app.get('/api/gateway/models')).body).locked;
}

const REFUSED = [401, 401, 401, 401];
/** No model is online here: a request that was let in ends with 404. */
const LET_IN = [200, 404, 200, 404];

function change(file: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file);
  edit(bytes);
  writeFileSync(file, bytes);
}

/** Where the root page of a table or an index begins. */
function rootOf(file: string, name: string): number {
  const store = new DatabaseSync(file, { readOnly: true });
  const pageSize = Number(store.prepare('PRAGMA page_size').get()?.['page_size']);
  const root = Number(
    store.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.['rootpage'],
  );
  store.close();
  return (root - 1) * pageSize;
}

type Damage = [what: string, damage: (file: string) => void];

/** SQLite reports these. */
const REPORTED: Damage[] = [
  [
    'is garbage',
    (file) => writeFileSync(file, 'this is no database, and longer than a header of one: '.repeat(200)),
  ],
  ['has another byte in its header', (file) => change(file, (bytes) => bytes.writeUInt8(0x58, 0))],
  ['has another page size in its header', (file) => change(file, (bytes) => bytes.writeUInt8(0x03, 16))],
  ['has lost its version', (file) => change(file, (bytes) => bytes.writeUInt32BE(0, 60))],
  ['has lost its last page', (file) => truncateSync(file, statSync(file).size - 4096)],
  ['was cut within its header', (file) => truncateSync(file, 50)],
  ['was cut after its first page', (file) => truncateSync(file, 4096)],
  [
    'has another byte at the beginning of the page of keys',
    (file) => {
      const root = rootOf(file, 'gateway_keys');
      change(file, (bytes) => bytes.writeUInt8(0x77, root));
    },
  ],
  [
    'has another byte in the definition of the table of keys',
    (file) => change(file, (bytes) => bytes.writeUInt8(0x78, bytes.indexOf('hash TEXT NOT NULL UNIQUE'))),
  ],
  [
    'has another name of the table of keys',
    (file) =>
      change(file, (bytes) =>
        bytes.writeUInt8(0x78, bytes.indexOf('CREATE TABLE gateway_keys') + 'CREATE TABLE '.length),
      ),
  ],
];

/** To SQLite these are stores without keys: only the marker shows that there were some. */
const SILENT: Damage[] = [
  ['is empty', (file) => truncateSync(file, 0)],
  ['was removed', (file) => rmSync(file)],
  ['was replaced by a store without keys', replaceByFresh],
  [
    'has a page of keys that counts none',
    (file) => {
      const root = rootOf(file, 'gateway_keys');
      change(file, (bytes) => bytes.writeUInt16BE(0, root + 3));
    },
  ],
];

function replaceByFresh(file: string): void {
  rmSync(file);
  const store = new DatabaseSync(file);
  store.exec('CREATE TABLE notes (text TEXT)');
  store.close();
}

describe.each([...REPORTED, ...SILENT])('when store.db %s', (_what, damage) => {
  it('no one gets in without a key, until a new key is made and works', async () => {
    const { dir, lost } = await folderWithKeys();
    damage(storeIn(dir));
    const first = await startApp(dir);
    expect(await statusesOf(first)).toEqual(REFUSED);
    expect(await statusesOf(first, lost.secret)).toEqual(REFUSED);
    expect(await lockedOf(first)).toBe('keys-lost');
    await stop(first);

    const second = await startApp(dir);
    expect(await statusesOf(second)).toEqual(REFUSED);
    const made = await makeKey(second);
    expect(await statusesOf(second, made.secret)).toEqual(LET_IN);
    expect(await statusesOf(second)).toEqual(REFUSED);
    expect(await lockedOf(second)).toBeNull();
    await stop(second);

    const third = await startApp(dir);
    expect(await statusesOf(third, made.secret)).toEqual(LET_IN);
    expect(await statusesOf(third)).toEqual(REFUSED);
  });
});

describe.each(REPORTED)(
  'when store.db %s and the keys are of a version without the marker',
  (_what, damage) => {
    it('no one gets in without a key, at the next start neither', async () => {
      const { dir } = await folderWithKeys();
      rmSync(markerIn(dir));
      damage(storeIn(dir));
      for (let start = 0; start < 2; start += 1) {
        const app = await startApp(dir);
        expect(await statusesOf(app)).toEqual(REFUSED);
        await stop(app);
      }
    });
  },
);

describe('a store that cannot be opened', () => {
  /** Neither can a folder be opened, nor does it matter who runs the test. */
  function block(file: string): void {
    rmSync(file, { force: true });
    mkdirSync(file);
  }

  it('opens nothing; keys that are made meanwhile work until the next start', async () => {
    const { dir } = await folderWithKeys();
    block(storeIn(dir));
    const app = await startApp(dir);
    expect(await statusesOf(app)).toEqual(REFUSED);
    expect(await lockedOf(app)).toBe('keys-unreadable');
    const made = await makeKey(app);
    expect(await statusesOf(app, made.secret)).toEqual(LET_IN);
    expect(await statusesOf(app)).toEqual(REFUSED);
    await removeKey(app, made);
    expect(await statusesOf(app)).toEqual(REFUSED);
    await stop(app);
    const next = await startApp(dir);
    expect(await statusesOf(next, made.secret)).toEqual(REFUSED);
    expect(await statusesOf(next)).toEqual(REFUSED);
  });

  it('opens nothing where there never was a key either', async () => {
    const dir = tempDir();
    block(storeIn(dir));
    const app = await startApp(dir);
    expect(await statusesOf(app)).toEqual(REFUSED);
    expect(await lockedOf(app)).toBe('keys-unreadable');
    expect(existsSync(markerIn(dir))).toBe(false);
    await stop(app);
    rmSync(storeIn(dir), { recursive: true });
    expect(await statusesOf(await startApp(dir))).toEqual(LET_IN);
  });

  it('is left in its place when the loss cannot be remembered', async () => {
    const { dir } = await folderWithKeys();
    rmSync(markerIn(dir));
    mkdirSync(`${markerIn(dir)}.next`);
    writeFileSync(storeIn(dir), 'this is no database, and longer than a header of one: '.repeat(200));
    const app = await startApp(dir);
    expect(await statusesOf(app)).toEqual(REFUSED);
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([]);
    expect(await app.post('/api/gateway/keys', { name: 'laptop' })).toMatchObject({
      status: 507,
      error: { code: 'STORAGE_FAILED' },
    });
  });
});

it('a log of changes that was lost opens nothing', async () => {
  const { dir, lost } = await folderWithKeys();
  const app = await startApp(dir);
  const live = await makeKey(app);
  // What a killed runner leaves: changes that are in no other file yet.
  const copy = tempDir();
  for (const name of ['store.db', 'gateway-keys.json']) copyFileSync(join(dir, name), join(copy, name));
  writeFileSync(`${storeIn(copy)}-wal`, readFileSync(`${storeIn(dir)}-wal`).fill(0x58, 32));
  const next = await startApp(copy);
  expect(await statusesOf(next)).toEqual(REFUSED);
  expect(await statusesOf(next, live.secret)).toEqual(REFUSED);
  expect(await statusesOf(next, lost.secret)).toEqual(LET_IN);
});

describe('the file that remembers that there were keys', () => {
  it('is there before the first key, readable by its owner only, and goes with the last one', async () => {
    const app = await startApp();
    expect(existsSync(markerIn(app.dataDir))).toBe(false);
    expect(await statusesOf(app)).toEqual(LET_IN);
    const made = [await makeKey(app), await makeKey(app)];
    if (process.platform !== 'win32') expect(statSync(markerIn(app.dataDir)).mode & 0o777).toBe(0o600);
    for (const key of made) {
      expect(existsSync(markerIn(app.dataDir))).toBe(true);
      await removeKey(app, key);
    }
    expect(existsSync(markerIn(app.dataDir))).toBe(false);
    expect(await statusesOf(app)).toEqual(LET_IN);
    await stop(app);
    expect(await statusesOf(await startApp(app.dataDir))).toEqual(LET_IN);
  });

  it('is made at the start where the keys are older than it', async () => {
    const { dir } = await folderWithKeys();
    rmSync(markerIn(dir));
    const app = await startApp(dir);
    expect(existsSync(markerIn(dir))).toBe(true);
    expect(await lockedOf(app)).toBeNull();
  });

  it('keeps the gateway closed whatever is in it, and opens it when the owner deletes it', async () => {
    const dir = tempDir();
    for (const make of [
      () => writeFileSync(markerIn(dir), ''),
      () => writeFileSync(markerIn(dir), '{'),
      () => mkdirSync(markerIn(dir)),
    ]) {
      make();
      const app = await startApp(dir);
      expect(await statusesOf(app)).toEqual(REFUSED);
      expect(await lockedOf(app)).toBe('keys-lost');
      await stop(app);
      rmSync(markerIn(dir), { recursive: true });
    }
    expect(await statusesOf(await startApp(dir))).toEqual(LET_IN);
  });

  it('goes with the last of the keys that were made after a loss, too', async () => {
    const { dir } = await folderWithKeys();
    rmSync(storeIn(dir));
    const app = await startApp(dir);
    await removeKey(app, await makeKey(app));
    expect(await statusesOf(app)).toEqual(LET_IN);
    expect(await lockedOf(app)).toBeNull();
  });
});

it('after a loss the keys of API_KEYS work, and the refusal tells the owner what to do', async () => {
  const { dir, lost } = await folderWithKeys();
  rmSync(storeIn(dir));
  const app = await startApp(dir, { API_KEYS: 'sk-local-abc' });
  expect(await statusesOf(app, 'sk-local-abc')).toEqual(LET_IN);
  expect(await lockedOf(app)).toBe('keys-lost');
  for (const headers of [{}, { authorization: `Bearer ${lost.secret}` }]) {
    const answer = await fetch(`${app.url}/v1/models`, { headers });
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({
      status: 401,
      body: {
        error: {
          type: 'authentication_error',
          message: expect.stringMatching(/keys.*lost.*store\.db.*Gateway page/s),
        },
      },
    });
  }
});
