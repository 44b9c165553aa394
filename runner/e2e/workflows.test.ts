/** The four usage workflows of the seed, as a user does them in the page. Needs ui/dist (`npm run build:ui`). */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PATHS } from '#contract/paths';
import { sayWords } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { launchServer, TINY_CHAT } from './chat-setup.ts';
import {
  addEndpoint,
  addEndpointByHand,
  answers,
  ask,
  choose,
  composer,
  conversation,
  downloadOf,
  endpointRow,
  messagesAsked,
  modelServer,
  newSessionInPage,
  openManager,
  pngImage,
  questions,
  sessionList,
  textOf,
  wholeAnswer,
} from './page-tools.ts';

const ENGINE = join(import.meta.dirname, '..', 'engine', 'main.ts');
const toScreen = (page: Page, name: string): Promise<void> =>
  page.getByRole('link', { name }).first().click();
const card = (page: Page, id: string): Locator => page.getByRole('article', { name: id });
const logConsole = (page: Page): Locator => page.getByRole('region', { name: 'Live log' });

test('1: a text model is launched, appears in Chat by itself, answers, goes away and comes back', async () => {
  const { page, complaints } = await openManager();
  const port = await unusedPort();
  await page.getByRole('combobox', { name: 'Model', exact: true }).click();
  await page.getByRole('option', { name: /^tiny-chat/ }).click();
  await page.getByLabel('Port').fill(String(port));
  await page.getByLabel('Context').fill('2048');
  await page.getByRole('button', { name: 'Launch', exact: true }).click();
  const server = page.getByRole('article').filter({ hasText: String(port) });
  await logConsole(page).getByText(`listening on http://127.0.0.1:${port}`).waitFor({ timeout: 60_000 });
  await server.getByText('ready', { exact: true }).waitFor();
  const id = (await server.getAttribute('aria-label')) ?? '';

  await toScreen(page, 'Chat');
  await endpointRow(page, id).getByText('online', { exact: true }).waitFor();
  await newSessionInPage(page, id);
  await page.getByLabel('Temperature').fill('0');
  await page.getByRole('button', { name: 'Apply to session' }).click();
  await page.getByRole('button', { name: 'temp 0' }).waitFor();
  await ask(page, 'Reply with the word pong');
  const first = await wholeAnswer(page);
  expect(first.toLowerCase()).toContain('pong');
  await answers(page)
    .last()
    .getByText(/^\d+ tokens$/)
    .waitFor();
  await answers(page)
    .last()
    .getByText(/^[\d.,]+ tok\/s$/)
    .waitFor();

  await toScreen(page, 'Servers');
  await card(page, id).getByRole('button', { name: /^Stop/ }).click();
  await card(page, id).getByText('exited', { exact: true }).waitFor();
  await toScreen(page, 'Chat');
  const session = sessionList(page).getByRole('link', { name: 'Reply with the word pong' });
  await session.getByText('offline').waitFor();
  await endpointRow(page, id).getByText('offline', { exact: true }).waitFor();
  await session.click();
  const hindrance = page.locator('.composer-hindrance');
  await hindrance.getByText(`${id} is offline.`).waitFor();
  // The reason, and what to do.
  const advice = `${id} is offline. Its process ${id} is not running. Launch it again. You can also choose another server above. Go to Servers`;
  await expect.poll(() => hindrance.innerText()).toBe(advice);
  await composer(page).fill('Reply with the word pong again');
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);

  await hindrance.getByRole('link', { name: 'Go to Servers' }).click();
  await card(page, id)
    .getByRole('button', { name: /^Launch again/ })
    .click();
  await card(page, id).getByText('ready', { exact: true }).waitFor({ timeout: 60_000 });
  await toScreen(page, 'Chat');
  await session.click();
  // What was typed before is still there.
  await expect.poll(() => composer(page).inputValue()).toBe('Reply with the word pong again');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect.poll(() => answers(page).count()).toBe(2);
  const second = await wholeAnswer(page);
  expect(second).not.toBe('');

  await page.reload();
  await expect
    .poll(async () => Promise.all((await answers(page).all()).map(textOf)))
    .toEqual([first, second]);
  expect(await questions(page).count()).toBe(2);
  expect(complaints).toEqual([]);
});

async function attach(page: Page, image: Buffer): Promise<void> {
  await page
    .locator('.composer input[type=file]')
    .setInputFiles({ name: 'hinge.png', mimeType: 'image/png', buffer: image });
}

test('2: an image is refused for a text model, and reaches a vision model at most 1536 px wide', async () => {
  const { page, complaints, runner } = await openManager();
  const vision = await modelServer({ vision: true, script: sayWords('A broken', ' hinge.') });
  await launchServer(runner, { recipe: 'embedded', model: TINY_CHAT, context: 2048 });
  await toScreen(page, 'Chat');
  await newSessionInPage(page, 'server');
  const image = pngImage(2400, 1200);
  await attach(page, image);
  const refusal = page.getByRole('alert').filter({ hasText: 'server does not understand images' });
  await refusal.getByText(/server with a vision model/).waitFor();
  expect(await page.getByRole('list', { name: 'Attached images' }).count()).toBe(0);

  await addEndpointByHand(page, { name: 'llava_8001', url: vision.url });
  await newSessionInPage(page, 'llava_8001');
  await expect.poll(() => refusal.count()).toBe(0);
  await attach(page, image);
  await page.getByRole('list', { name: 'Attached images' }).getByRole('img').waitFor();
  await ask(page, 'What is broken?');
  expect(await wholeAnswer(page)).toBe('A broken hinge.');

  const messages = messagesAsked(vision);
  const url = expect.stringMatching(/^data:image\/jpeg;base64,\S{100,}$/) as unknown as string;
  const content = [
    { type: 'text', text: 'What is broken?' },
    { type: 'image_url', image_url: { url } },
  ];
  expect(messages).toEqual([{ role: 'user', content }]);
  const sent = questions(page).getByRole('img', { name: 'Attached image 1' });
  expect(JSON.stringify(messages)).toContain((await sent.getAttribute('src')) ?? 'none');
  // As text: this project's types know no browser.
  const size = `(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.querySelector('.user-message img'))`;
  expect(await page.evaluate(size)).toEqual([1536, 768]);
  expect(complaints).toEqual([]);
});

async function answersAt(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

test.skipIf(process.platform === 'win32')(
  '3: a script starts a stack of two models; both answer side by side, and both go with it',
  async () => {
    const { page, complaints } = await openManager();
    const ports = [await unusedPort(), await unusedPort()];
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const script = join(tempDir(), 'start agent stack.sh');
    const starts = ports.map(
      (port) => `"${process.execPath}" "${ENGINE}" -m "${TINY_CHAT}" -c 2048 --parallel 1 --port ${port} &\n`,
    );
    writeFileSync(script, `#!/bin/sh\n${starts.join('')}wait\n`);
    chmodSync(script, 0o755);
    await page.getByText('Script', { exact: true }).click();
    await page.getByLabel('Script file').fill(script);
    await page.getByRole('button', { name: 'Launch', exact: true }).click();
    for (const url of urls)
      await logConsole(page).getByText(`listening on ${url}`).waitFor({ timeout: 60_000 });

    await toScreen(page, 'Chat');
    for (const [at, url] of urls.entries()) await addEndpointByHand(page, { name: `stack-${at + 1}`, url });
    await page.goto(page.url().replace(/#.*/, '#/chat/compare'));
    const sides = ['A', 'B'].map((letter) => page.getByRole('region', { name: `Side ${letter}` }));
    for (const side of sides) await side.getByText(/^online · tiny-chat/).waitFor();
    await ask(page, 'Reply with the word pong');
    for (const [at, side] of sides.entries()) {
      const answer = side.getByRole('article', { name: `stack-${at + 1}` });
      await answer.getByText(/^[\d.,]+ tok\/s$/).waitFor();
      expect(await textOf(answer)).toMatch(/\w/);
    }
    const boxes = await Promise.all(sides.map((side) => side.boundingBox()));
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect((boxes[0]?.x ?? 0) + (boxes[0]?.width ?? 0)).toBeLessThanOrEqual(boxes[1]?.x ?? 0);

    await toScreen(page, 'Servers');
    const stack = card(page, 'start_agent_stack');
    await stack.getByRole('button', { name: /^Stop/ }).click();
    await stack.getByText('exited', { exact: true }).waitFor();
    await waitUntil(
      'both ports to be closed',
      async () => !(await Promise.all(urls.map(answersAt))).includes(true),
    );
    await toScreen(page, 'Chat');
    for (const name of ['stack-1', 'stack-2']) {
      await choose(page, `Actions: ${name}`, 'Check now');
      await endpointRow(page, name)
        .getByText(/Nothing listens at/)
        .waitFor();
      await endpointRow(page, name).getByText('offline', { exact: true }).waitFor();
    }
    expect(complaints).toEqual([]);
  },
);

/** As the seed has it. */
const FOUR_POINTS = `You are an expert in aluminum construction. Always respond with:
1. Safety considerations
2. Material specifications
3. Cost estimates
4. Installation steps`;

async function newPreset(page: Page): Promise<Locator> {
  await toScreen(page, 'Prompts');
  await page.getByRole('button', { name: 'New', exact: true }).click();
  const editor = page.getByRole('form');
  await editor.getByLabel('Name', { exact: true }).fill('Construction answers');
  await editor.getByLabel('System prompt').fill(FOUR_POINTS);
  await editor.getByLabel('User template').fill('Alloy {{alloy}}:\n{{input}}');
  return editor;
}

test('4: a prompt template is made, applied to a session, made the default, exported and imported', async () => {
  const { page, complaints, runner } = await openManager();
  const upstream = await modelServer();
  const systemAndUser = (text: string) => [
    { role: 'system', content: FOUR_POINTS },
    { role: 'user', content: text },
  ];
  await addEndpoint(runner, upstream.url);
  const editor = await newPreset(page);
  await editor.getByText('Uses {{alloy}}, but there is no such variable.').waitFor();
  expect(await editor.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);

  await page.reload();
  await editor.getByText('Edited, not saved yet').waitFor();
  expect(await editor.getByLabel('System prompt').inputValue()).toBe(FOUR_POINTS);
  await editor.getByRole('button', { name: 'Add the variable alloy' }).click();
  await editor.getByLabel('Value of alloy').fill('6063-T6');
  await editor.getByRole('button', { name: 'Save', exact: true }).click();
  await editor.getByText('Edited, not saved yet').waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: /^Construction answers/ }).waitFor();

  await toScreen(page, 'Chat');
  await newSessionInPage(page, 'scripted');
  await page.getByRole('combobox', { name: 'Preset', exact: true }).click();
  await page.getByRole('option', { name: 'Construction answers' }).click();
  await page.getByText('Edited, not applied yet').waitFor();
  await page.getByRole('button', { name: 'Apply to session' }).click();
  await page.getByRole('button', { name: 'Preset: Construction answers. Choose another' }).waitFor();
  await ask(page, 'Which bracket for a pergola?');
  await wholeAnswer(page);
  expect(messagesAsked(upstream)).toEqual(systemAndUser('Alloy 6063-T6:\nWhich bracket for a pergola?'));
  await questions(page).getByText('What was sent to the model').click();
  await questions(page).getByText('Alloy 6063-T6:').waitFor();
  await answers(page).last().getByText('preset: Construction answers').waitFor();

  await toScreen(page, 'Prompts');
  await page.getByRole('link', { name: /^Construction answers/ }).click();
  await choose(page, 'Default for…', /^scripted/);
  await page.getByRole('menuitem', { name: /scripted\s*default/ }).waitFor();
  await page.keyboard.press('Escape');
  await toScreen(page, 'Chat');
  await newSessionInPage(page, 'scripted');
  await page.getByRole('button', { name: 'Preset: Construction answers. Choose another' }).waitFor();
  await ask(page, 'A railing?');
  await wholeAnswer(page);
  expect(messagesAsked(upstream)).toEqual(systemAndUser('Alloy 6063-T6:\nA railing?'));

  await toScreen(page, 'Prompts');
  const file = await downloadOf(page, () => page.getByRole('button', { name: 'Export all' }).click());
  expect(file.name).toBe('prompt-presets.json');
  const exported = JSON.parse(file.text) as { presets: { name: string }[] };
  const made = exported.presets.find(({ name }) => name === 'Construction answers');
  expect(made).toMatchObject({
    system: FOUR_POINTS,
    template: 'Alloy {{alloy}}:\n{{input}}',
    variables: { alloy: '6063-T6' },
  });

  await page.getByRole('link', { name: /^Construction answers/ }).click();
  await editor.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete the preset' }).click();
  await page.getByRole('link', { name: /^Construction answers/ }).waitFor({ state: 'hidden' });
  const give = (name: string, text: string): Promise<void> =>
    page
      .locator('.preset-files input[type=file]')
      .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await give('notes.txt', 'Buy milk');
  await page
    .getByText(/^notes\.txt is not a JSON file \(.+\)\. Choose a file created by “Export all”\.$/)
    .waitFor();
  await give('recipe.json', '{"presets": [{"name": 7}]}');
  await page.getByText(/^recipe\.json contains no readable presets\. \S/).waitFor();
  await give('one.json', JSON.stringify({ ...exported, presets: [made] }));
  await page.getByText('1 preset was added.').waitFor();
  await page.getByRole('link', { name: /^Construction answers/ }).click();
  expect(await editor.getByLabel('System prompt').inputValue()).toBe(FOUR_POINTS);
  expect(await editor.getByLabel('Value of alloy').inputValue()).toBe('6063-T6');
  const { presets } = (await runner.get(PATHS.presets)).body as { presets: { name: string }[] };
  expect(presets.filter(({ name }) => name === 'Construction answers')).toHaveLength(1);
  expect(await conversation(page).count()).toBe(0);
  expect(complaints).toEqual([]);
});
