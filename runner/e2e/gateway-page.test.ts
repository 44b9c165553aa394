/** The Gateway screen in a real browser on a real runner: keys, live requests, accounts, models on demand. Needs ui/dist (`npm run build:ui`). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { gatewayModelsResponseSchema } from '#contract/gateway';
import type { GatewayModels } from '#contract/gateway';
import { fillPath, PATHS } from '#contract/paths';
import { profileResponseSchema } from '#contract/profile';
import type { Profile } from '#contract/profile';
import type { HttpClient } from '../testing/http-client.ts';
import { sayAndHang, sayWords } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { TINY_CHAT, chatRunner } from './chat-setup.ts';
import { openPage } from './open-page.ts';
import {
  addEndpoint,
  answers,
  ask as say,
  choose,
  Drip,
  endpointRow,
  expectAccessible,
  expectAccessibleIn,
  modelServer,
  newSessionInPage,
  openManager,
  switchLanguage,
  wholeAnswer,
} from './page-tools.ts';
import type { OpenManager } from './page-tools.ts';

const MESSAGES = [{ role: 'user' as const, content: 'Count' }];
const part = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const liveRow = (page: Page): Locator => part(page, 'Live requests').getByRole('listitem');
const modelRow = (page: Page, name: string): Locator =>
  part(page, 'Models on demand').getByRole('listitem').filter({ hasText: name });

/** With a listener of the gateway's own, and the page on its screen. */
async function openGateway(env: Record<string, string> = {}): Promise<OpenManager> {
  const manager = await openManager({ GATEWAY_PORT: '0', ...env });
  await manager.page.goto(`${manager.runner.url}/#/gateway`);
  await manager.page.getByRole('heading', { name: 'API keys' }).waitFor();
  return manager;
}

async function addressOn(page: Page): Promise<string> {
  return page.locator('.gateway-url code').innerText();
}

/** On the page; resolves with the secret. */
async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Create key' }).click();
  const secret = await page.getByRole('textbox', { name: 'API key' }).inputValue();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  return secret;
}

/** Asks for a stream and reads it to its end: what came, and the error that ended it. */
function ask(client: OpenAI): Promise<{ text: string; error: unknown }> {
  const heard = { text: '', error: null as unknown };
  const read = async (): Promise<void> => {
    const stream = await client.chat.completions.create({
      model: 'scripted',
      messages: MESSAGES,
      stream: true,
    });
    for await (const chunk of stream) heard.text += chunk.choices[0]?.delta.content ?? '';
  };
  return read().then(
    () => heard,
    (error: unknown) => ({ ...heard, error }),
  );
}

/** As the chart of the usage says. */
async function requestsInAll(page: Page): Promise<number> {
  const said = await page.getByRole('group', { name: /^Requests over time/ }).getAttribute('aria-label');
  return Number(/: (\d+) in total/.exec(said ?? '')?.[1]);
}

test('a key made on the page opens the gateway; its request is watched and cancelled there, and accounted', async () => {
  const { page, complaints, runner } = await openGateway();
  const drip = new Drip();
  const upstream = await modelServer({ script: drip.script });
  await addEndpoint(runner, upstream.url);
  const address = await addressOn(page);
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  expect(new URL(address).port).not.toBe(new URL(runner.url).port);
  await page.getByText('Send the example above:').waitFor();

  const secret = await makeKey(page, 'laptop');
  await page.getByText('Every request needs one of the keys below.').waitFor();
  expect((await fetch(`${address}/models`)).status).toBe(401);
  const client = new OpenAI({ baseURL: address, apiKey: secret, maxRetries: 0 });
  const asked = ask(client);
  await liveRow(page)
    .getByText(/^answering · /)
    .waitFor();
  await liveRow(page)
    .getByText(/^laptop · scripted · [1-9]\d* tokens?$/)
    .waitFor();
  await liveRow(page).getByRole('button', { name: 'Cancel the request for scripted of laptop' }).click();
  const { text, error } = await asked;
  expect(text).toMatch(/^w1 w2 /);
  expect(error).toMatchObject({ code: 'request_cancelled' });
  await expect.poll(() => upstream.requests[0]?.gone.aborted).toBe(true);
  await part(page, 'Live requests').getByText('No requests right now.').waitFor();

  const requestsOfKey = part(page, 'Per key')
    .getByRole('row')
    .filter({ hasText: 'laptop' })
    .getByRole('cell')
    .first();
  await expect.poll(() => requestsOfKey.innerText()).toBe('1');
  const before = await requestsInAll(page);
  upstream.script = sayWords('Hello', ' there');
  expect(await ask(client)).toEqual({ text: 'Hello there', error: null });
  await expect.poll(() => requestsInAll(page)).toBe(before + 1);
  await expect.poll(() => requestsOfKey.innerText()).toBe('2');
  const latest = part(page, 'Latest requests').getByRole('row');
  await expect.poll(() => latest.filter({ hasText: 'laptop' }).count()).toBe(2);
  expect(await latest.filter({ hasText: 'request_cancelled' }).count()).toBe(1);
  await page.getByRole('listitem').filter({ hasText: 'laptop' }).getByText('2 requests').waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('a gateway that has lost its keys says so, in both languages, until there is a new key', async () => {
  const dataDir = tempDir();
  // All that is left of a data folder with keys.
  writeFileSync(join(dataDir, 'gateway-keys.json'), '');
  const runner = await chatRunner(dataDir, { LLAMA_SERVER: '', GATEWAY_PORT: '0' });
  const { page, complaints } = await openPage(`${runner.url}/#/gateway`);
  const alert = page.getByRole('alert');
  await alert.getByRole('heading', { name: 'The gateway is closed: its keys were lost' }).waitFor();
  await page.getByText('No key is valid any more').waitFor();
  await expectAccessible(page);
  await switchLanguage(page, 'hr');
  await alert.getByRole('heading', { name: 'Pristupnik je zatvoren: ključevi su izgubljeni' }).waitFor();
  await switchLanguage(page, 'en');
  await alert.getByRole('heading', { name: 'The gateway is closed' }).waitFor();
  expect((await runner.get('/v1/models')).status).toBe(401);
  await makeKey(page, 'laptop');
  await alert.waitFor({ state: 'hidden' });
  await page.getByText('Every request needs one of the keys below.').waitFor();
  expect(complaints).toEqual([]);
});

test('a request that waits for a slot says its place; a revoked key cuts what is under way', async () => {
  const { page, complaints, runner } = await openGateway();
  const upstream = await modelServer({ script: sayAndHang('One') });
  upstream.answers['/props'] = () => ({ default_generation_settings: { n_ctx: 512 }, total_slots: 1 });
  await addEndpoint(runner, upstream.url);
  const client = new OpenAI({
    baseURL: await addressOn(page),
    apiKey: await makeKey(page, 'phone'),
    maxRetries: 0,
  });
  const first = ask(client);
  await liveRow(page)
    .getByText(/^answering · /)
    .waitFor();
  const second = ask(client);
  await liveRow(page)
    .getByText(/^waiting, position 1 · /)
    .waitFor();
  expect(upstream.requests).toHaveLength(1);

  await choose(page, 'Actions: phone', 'Revoke…');
  const dialog = page.getByRole('dialog', { name: 'Revoke “phone”?' });
  await dialog.getByText(/answers in progress end with an error/).waitFor();
  await dialog.getByRole('button', { name: 'Revoke the key' }).click();
  expect(await first).toMatchObject({ text: 'One', error: { code: 'key_revoked' } });
  expect((await second).error).toMatchObject({ status: 401 });
  await page.getByText('No key is valid any more').waitFor();

  const removal = page.getByRole('dialog', { name: 'Remove “phone”?' });
  await choose(page, 'Actions: phone', 'Remove…');
  await removal.getByText(/^This is the last key/).waitFor();
  await page.keyboard.press('Escape');
  await removal.waitFor({ state: 'hidden' });
  await makeKey(page, 'tablet');
  await choose(page, 'Actions: phone', 'Remove…');
  await removal.getByRole('button', { name: 'Remove the key' }).waitFor();
  expect(await removal.getByText(/This is the last key/).count()).toBe(0);
  expect(complaints).toEqual([]);
});

async function saveProfile(runner: HttpClient, profile: object): Promise<Profile> {
  return profileResponseSchema.parse((await runner.post(PATHS.profiles, profile)).body).profile;
}

async function profileNow(runner: HttpClient, id: string): Promise<Profile> {
  return profileResponseSchema.parse((await runner.get(fillPath(PATHS.profile, id))).body).profile;
}

test('a profile is set on demand in the launcher; a script cannot be, and says why', async () => {
  const { page, complaints, runner } = await openManager();
  const { id } = await saveProfile(runner, {
    name: 'Tiny',
    processId: 'tiny',
    target: { recipe: 'embedded', form: { model: TINY_CHAT } },
  });
  await saveProfile(runner, {
    name: 'Stack',
    processId: 'stack',
    target: { recipe: 'command', form: { cmd: 'node' } },
  });
  await page.reload();
  await choose(page, 'Profiles', 'Manage, import, export…');
  const dialog = page.getByRole('dialog', { name: 'Launch profiles' });
  const row = (index: number): Locator => dialog.getByRole('listitem').nth(index);
  const toggle = (index: number): Locator => row(index).getByRole('switch', { name: 'Launch on demand' });
  expect(await toggle(1).isDisabled()).toBe(true);
  await row(1).getByText('Only an LLM server can be launched on demand').waitFor();
  await toggle(0).click();
  await expect
    .poll(async () => (await profileNow(runner, id)).onDemand)
    .toEqual({
      idleSeconds: 600,
      pinned: false,
      group: null,
      memoryMb: null,
    });
  const form = dialog.getByRole('form', { name: 'Launch on demand: Tiny' });
  await form.getByLabel('Unload after (minutes)').fill('soon');
  await form.getByText('A number up to 10080.').waitFor();
  expect(await form.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await form.getByLabel('Unload after (minutes)').fill('1.5');
  await form.getByLabel('Group').fill('small');
  await form.getByLabel('Memory (MB)').fill('100');
  await expectAccessibleIn(page, 'light');
  await expectAccessibleIn(page, 'dark');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(async () => (await profileNow(runner, id)).onDemand)
    .toEqual({
      idleSeconds: 90,
      pinned: false,
      group: 'small',
      memoryMb: 100,
    });
  await toggle(0).click();
  await expect.poll(async () => (await profileNow(runner, id)).onDemand).toBeNull();
  expect(complaints).toEqual([]);
});

/** Saved by the runner's own REST; to switch it on by hand is another test's. */
async function tinyOnDemand(runner: HttpClient): Promise<void> {
  const target = { recipe: 'embedded', form: { model: TINY_CHAT } };
  await saveProfile(runner, { name: 'Tiny', processId: 'tiny', target, onDemand: {} });
}

test('a model on demand is loaded by a request, pinned, unloaded and loaded by hand', async () => {
  const { page, complaints, runner } = await openGateway();
  await part(page, 'Models on demand').getByText('Save a launch form as a profile').waitFor();
  await tinyOnDemand(runner);
  const tiny = modelRow(page, 'Tiny');
  await tiny.getByText('not loaded', { exact: true }).waitFor();
  const client = new OpenAI({ baseURL: await addressOn(page), apiKey: 'none', maxRetries: 0 });
  const answer = await client.chat.completions.create({
    model: 'tiny-chat',
    messages: MESSAGES,
    max_tokens: 4,
  });
  expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
  await tiny.getByText('loaded', { exact: true }).waitFor();
  await tiny.getByText(/unloads in [89] m \d+ s/).waitFor();

  await tiny.getByRole('switch', { name: 'Pinned: Tiny' }).click();
  await expect.poll(() => tiny.getByText(/unloads in/).count()).toBe(0);
  await tiny.getByRole('button', { name: 'Unload: Tiny' }).click();
  await tiny.getByText('not loaded', { exact: true }).waitFor();
  await tiny.getByRole('button', { name: 'Load now: Tiny' }).click();
  await tiny.getByText('loaded', { exact: true }).waitFor();
  expect(await tiny.getByRole('switch', { name: 'Pinned: Tiny' }).isChecked()).toBe(true);
  expect(complaints).toEqual([]);
});

test('a server on demand is chosen for a chat while it is away, and the first message loads it', async () => {
  const { page, complaints, runner } = await openManager();
  await tinyOnDemand(runner);
  await page.goto(`${runner.url}/#/chat`);
  const row = endpointRow(page, 'tiny');
  await row.getByText('on demand', { exact: true }).waitFor();
  await row.getByText('the first message loads it').waitFor();
  expect(await row.locator('.endpoint-problem').count()).toBe(0);
  await expectAccessible(page);
  await newSessionInPage(page, 'tiny');
  await page.getByText('The model is not loaded. Your first message loads it').waitFor();
  await say(page, 'Hello');
  await answers(page).last().getByText('loading the model…').waitFor();
  expect(await wholeAnswer(page)).not.toBe('');
  await row.getByText('online', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

const ROW: GatewayModels['models'][number] = {
  id: 'tiny',
  profileId: 'p1',
  profileName: 'Tiny',
  model: 'tiny-chat',
  state: 'loaded',
  inFlight: 0,
  waiting: 0,
  pinned: false,
  group: null,
  memoryMb: null,
  idleUnloadAt: null,
  problem: null,
};

/** The runner's answer, for states that a real model is in for moments only. */
async function answerModels(
  page: Page,
  models: GatewayModels['models'],
  rest: Partial<GatewayModels> = {},
): Promise<void> {
  const json = { ok: true, models, budgetMb: null, usedMb: 0, queueLimit: 16, gatewayUrl: null, ...rest };
  await page.route(`**${PATHS.gatewayModels}`, (route) =>
    route.fulfill({ json: gatewayModelsResponseSchema.parse(json) }),
  );
}

test('models on demand: each with its state, its room and what is asked of it; a busy one is unloaded after a question', async () => {
  const { page, complaints, runner } = await openManager();
  const inFour = new Date(Date.now() + 4 * 60_000 + 30_000).toISOString();
  await answerModels(
    page,
    [
      { ...ROW, inFlight: 2, waiting: 1, group: 'gpu', memoryMb: 6200 },
      { ...ROW, id: 'idle', profileName: 'Idle', idleUnloadAt: inFour },
      {
        ...ROW,
        id: 'broken',
        profileName: 'Broken',
        state: 'unloaded',
        problem: 'The model file does not exist.',
      },
    ],
    { budgetMb: 8000, usedMb: 6400 },
  );
  const stops: string[] = [];
  await page.route(`**${fillPath(PATHS.stop, 'tiny')}`, async (route) => {
    stops.push(route.request().url());
    await route.fulfill({
      status: 404,
      json: { ok: false, error: { code: 'PROCESS_NOT_FOUND', message: 'There is no process tiny.' } },
    });
  });
  await page.goto(`${runner.url}/#/gateway`);
  await part(page, 'Models on demand').getByText('6.4 GB of 8.0 GB in use').waitFor();
  await modelRow(page, 'Tiny')
    .getByText('tiny-chat · group gpu · 6.2 GB · 2 in progress · 1 waiting', { exact: true })
    .waitFor();
  await modelRow(page, 'Idle')
    .getByText(/unloads in 4 m \d+ s/)
    .waitFor();
  await modelRow(page, 'Broken').getByText('The model file does not exist.').waitFor();

  await modelRow(page, 'Tiny').getByRole('button', { name: 'Unload: Tiny' }).click();
  const dialog = page.getByRole('dialog', { name: 'Unload “Tiny”?' });
  await dialog.getByText('The 2 requests that it is answering end with an error').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(stops).toEqual([]);
  await modelRow(page, 'Tiny').getByRole('button', { name: 'Unload: Tiny' }).click();
  await dialog.getByRole('button', { name: 'Unload' }).click();
  await modelRow(page, 'Tiny').getByText('There is no process tiny.').waitFor();
  expect(stops).toHaveLength(1);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('a screen and its texts come together, in any language and however slow the line', async () => {
  const { page, complaints, runner } = await openManager();
  // As text: this project's types know no browser.
  await page.addInitScript(`
    globalThis.keysSeen = [];
    new MutationObserver(() => {
      const found = /\\b(?:gateway|chat|endpoints|sessions|prompts|system|profiles|form|preview)\\.[a-z]\\w*(?:\\.\\w+)*\\b/.exec(document.body?.innerText ?? '');
      if (found !== null) globalThis.keysSeen.push(found[0]);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  `);
  await page.route(/\/(?:en|hr)-[a-z]+-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.fulfill({ response });
  });
  await page.goto(`${runner.url}/#/gateway`);
  await page.reload();
  const screens = [
    ['Gateway', 'Pristupnik'],
    ['Chat', 'Razgovor'],
    ['Prompts', 'Promptovi'],
    ['System', 'Sustav'],
    ['Servers', 'Poslužitelji'],
  ] as const;
  for (const [index, [english, croatian]] of screens.entries()) {
    const isCroatian = index % 2 === 1;
    const link = page.getByRole('link', { name: isCroatian ? croatian : english });
    await link.click();
    // While the texts are on their way.
    await page.getByRole('button', { name: isCroatian ? /^HR:/ : /^EN:/ }).click();
    await page.locator(`html[lang="${isCroatian ? 'en' : 'hr'}"]`).waitFor();
    await page.getByRole('main').getByRole('heading').first().waitFor({ state: 'attached' });
  }
  expect(await page.evaluate('globalThis.keysSeen')).toEqual([]);
  expect(complaints).toEqual([]);
});
