/** The Chat, Compare and Prompts screens in a real browser on a real runner, with a server that answers as the test says. Needs ui/dist (`npm run build:ui`). */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { fillPath, PATHS } from '#contract/paths';
import { answerJson, openEvents, sayWords } from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { messagesOf } from './chat-setup.ts';
import {
  addEndpoint,
  answers,
  ask,
  choose,
  composer,
  cuttableWire,
  downloadOf,
  Drip,
  expectAccessible,
  expectAccessibleIn,
  messagesAsked,
  modelServer,
  newSession,
  openTalk,
  questions,
  seenWords,
  sessionList,
  showSession,
  switchLanguage,
  textOf,
  wholeAnswer,
} from './page-tools.ts';

const tool = (page: Page, name: string): Promise<void> =>
  answers(page).last().getByRole('button', { name }).click();
const asked = (upstream: ScriptedUpstream): unknown[] =>
  messagesAsked(upstream).map(({ content }) => content);

test('an answer is stopped, regenerated, its question edited, and forked', async () => {
  const drip = new Drip();
  const { page, complaints, upstream, runner, sessionId } = await openTalk(drip.script);
  await ask(page, 'Count');
  await seenWords(page, 5);
  await answers(page).last().getByRole('button', { name: 'Stop' }).click();
  await answers(page).last().getByText('Stopped early.').waitFor();
  const kept = await wholeAnswer(page);
  expect(kept.split(' ').length).toBeGreaterThan(4);
  expect(drip.text.trim().startsWith(kept)).toBe(true);
  expect((await messagesOf(runner, sessionId)).at(-1)).toMatchObject({
    status: 'cut',
    content: expect.stringMatching(`^${kept}`),
  });
  await page.reload();
  expect(await wholeAnswer(page)).toBe(kept);
  await answers(page).last().getByText('Stopped early.').waitFor();

  upstream.script = sayWords('One,', ' two.');
  await tool(page, 'regenerate');
  await answers(page).last().getByText('One, two.').waitFor();
  await wholeAnswer(page);
  expect(asked(upstream)).toEqual(['Count']);
  expect(await answers(page).count()).toBe(1);

  upstream.script = sayWords('A', ' B');
  await ask(page, 'And letters');
  await answers(page).last().getByText('A B').waitFor();
  await wholeAnswer(page);
  await questions(page).first().getByRole('button', { name: 'edit' }).click();
  const edit = page.getByRole('textbox', { name: 'Edit the message' });
  await page.getByText('This replaces the 3 messages after it.').waitFor();
  await edit.press('Escape');
  await edit.waitFor({ state: 'hidden' });
  await questions(page).first().getByRole('button', { name: 'edit' }).click();
  await edit.fill('Count backwards');
  upstream.script = sayWords('Two,', ' one.');
  await edit.press('Control+Enter');
  await answers(page).last().getByText('Two, one.').waitFor();
  await wholeAnswer(page);
  expect(asked(upstream)).toEqual(['Count backwards']);
  expect(await questions(page).locator('.bubble-text').allInnerTexts()).toEqual(['Count backwards']);

  await ask(page, 'Again');
  await expect.poll(() => answers(page).count()).toBe(2);
  await wholeAnswer(page);
  const before = page.url();
  await answers(page).first().getByRole('button', { name: 'fork here' }).click();
  await expect.poll(() => page.url()).not.toBe(before);
  await expect.poll(() => answers(page).count()).toBe(1);
  expect(await questions(page).locator('.bubble-text').allInnerTexts()).toEqual(['Count backwards']);
  expect(await messagesOf(runner, sessionId)).toHaveLength(4);
  expect(complaints).toEqual([]);
});

/** Of an answer that is being written; a finished one is the runner's record, which knows nothing of the page's connection. */
async function expectExact(page: Page, drip: Drip): Promise<void> {
  await answers(page).last().getByRole('button', { name: 'Stop' }).waitFor();
  const shown = await textOf(answers(page).last());
  expect(drip.text.slice(0, shown.length)).toBe(shown);
}

test('a reload in mid-answer goes on where it was: no word is lost or there twice', async () => {
  const drip = new Drip();
  const { page, complaints } = await openTalk(drip.script);
  await ask(page, 'Count');
  await seenWords(page, 20);
  await page.reload();
  const before = drip.text.split(' ').length;
  await seenWords(page, before);
  await expectExact(page, drip);
  await page.reload();
  await seenWords(page, before + 20);
  await expectExact(page, drip);
  drip.finish();
  expect(await wholeAnswer(page)).toBe(drip.text.trim());
  expect(await questions(page).count()).toBe(1);
  expect(complaints).toEqual([]);
});

test('a connection cut in mid-answer is taken up again: no word is lost or there twice', async () => {
  const drip = new Drip();
  const { page, complaints, runner, sessionId } = await openTalk(drip.script);
  const wire = await cuttableWire(runner.url);
  await showSession(page, wire.url, sessionId);
  await ask(page, 'Count');
  await seenWords(page, 20);
  wire.cut();
  await answers(page).last().getByText('connection lost, reconnecting…').waitFor();
  // The answer is written on meanwhile.
  const missed = drip.text.split(' ').length + 20;
  await expect.poll(() => drip.text.split(' ').length).toBeGreaterThan(missed);
  wire.mend();
  await seenWords(page, missed);
  await expectExact(page, drip);
  wire.cut();
  await answers(page).last().getByText('connection lost, reconnecting…').waitFor();
  wire.mend();
  await seenWords(page, drip.text.split(' ').length);
  await expectExact(page, drip);
  drip.finish();
  expect(await wholeAnswer(page)).toBe(drip.text.trim());
  await page.reload();
  expect(await wholeAnswer(page)).toBe(drip.text.trim());
  expect(complaints).toEqual([]);
});

test('a failed answer says why, and is tried again; what was not sent goes back to where it was written', async () => {
  const { page, complaints, upstream, runner, sessionId } = await openTalk(
    answerJson(500, { error: { message: 'CUDA out of memory' } }),
  );
  await ask(page, 'Hello');
  const failed = answers(page).last();
  await failed.getByText('No answer.').waitFor();
  await failed.getByText(/CUDA out of memory/).waitFor();
  upstream.script = sayWords('Hello', ' there.');
  await failed.getByRole('button', { name: 'Try again' }).click();
  expect(await wholeAnswer(page)).toBe('Hello there.');
  expect(await questions(page).count()).toBe(1);
  expect(await messagesOf(runner, sessionId)).toHaveLength(2);

  // The server goes in mid-answer: what came stays.
  upstream.script = (res) => {
    openEvents(res);
    res.write(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'As far as' }, finish_reason: null }] })}\n\n`,
      () => res.destroy(),
    );
  };
  await ask(page, 'Go on');
  await answers(page).last().getByText('Stopped early.').waitFor();
  expect(await wholeAnswer(page)).toBe('As far as');

  // The runner takes nothing in: the text is not lost.
  const refusal = { ok: false, error: { code: 'INTERNAL', message: 'The disk is full.' } };
  await page.route(`**${PATHS.chatSessionStream}`, (route) => route.fulfill({ status: 500, json: refusal }));
  await ask(page, 'A long thought');
  await answers(page)
    .last()
    .getByText(/The disk is full/)
    .waitFor();
  await page.getByRole('button', { name: 'Back to draft' }).click();
  await expect.poll(() => composer(page).inputValue()).toBe('A long thought');
  expect(await answers(page).count()).toBe(2);
  expect(complaints).toEqual([]);
});

test('sessions are searched, renamed, exported and deleted after a question', async () => {
  const { page, complaints, runner, endpointId, sessionId } = await openTalk(
    sayWords('Use **6063-T6**', ' near the sea.'),
  );
  await ask(page, 'Which alloy?');
  await wholeAnswer(page);
  await showSession(page, runner.url, await newSession(runner, endpointId));
  await ask(page, 'How thick?');
  await wholeAnswer(page);

  await choose(page, 'Actions: Which alloy?', 'Rename');
  const title = page.getByRole('textbox', { name: 'New title' });
  await title.fill('Facade');
  await title.press('Enter');
  const links = sessionList(page).getByRole('link');
  await links.filter({ hasText: 'Facade' }).waitFor();

  await composer(page).blur();
  await page.keyboard.press('/');
  const search = page.getByRole('textbox', { name: 'Search the sessions' });
  await search.fill('6063');
  // The answers hold it, the titles do not.
  await expect.poll(() => links.count()).toBe(2);
  await search.fill('thick');
  await expect.poll(() => links.count()).toBe(1);
  await search.fill('nothing like it');
  await page.getByText('No session matches.').waitFor();
  await search.press('Escape');
  await expect.poll(() => links.count()).toBe(2);

  const markdown = await downloadOf(page, () => choose(page, 'Actions: Facade', 'Export as Markdown'));
  expect(markdown.name).toMatch(/\.md$/);
  for (const text of ['Facade', 'Which alloy?', 'Use **6063-T6** near the sea.'])
    expect(markdown.text).toContain(text);
  const json = await downloadOf(page, () => choose(page, 'Actions: Facade', 'Export as JSON'));
  expect(json.name).toMatch(/\.json$/);
  const contents = [
    { content: 'Which alloy?' },
    { content: 'Use **6063-T6** near the sea.', status: 'complete' },
  ];
  expect(JSON.parse(json.text)).toMatchObject({ session: { title: 'Facade' }, messages: contents });

  const more = sessionList(page).getByRole('button', { name: 'Actions: Facade' });
  await choose(page, more, 'Delete…');
  const dialog = page.getByRole('dialog', { name: 'Delete “Facade”?' });
  await dialog.getByText(/This permanently deletes its 2 messages/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await links.filter({ hasText: 'Facade' }).click();
  await answers(page).first().waitFor();
  await choose(page, more, 'Delete…');
  await dialog.getByRole('button', { name: 'Delete the session' }).click();
  await expect.poll(() => links.count()).toBe(1);
  await page.getByRole('heading', { name: 'Start a conversation' }).waitFor();
  expect((await runner.get(fillPath(PATHS.session, sessionId))).status).toBe(404);
  expect(complaints).toEqual([]);
});

test('the keyboard sends and closes; another language or screen keeps the draft', async () => {
  const { page, complaints, upstream } = await openTalk(sayWords('Good', ' day.'));
  await composer(page).fill('One');
  await composer(page).press('Shift+Enter');
  await composer(page).pressSequentially('two');
  expect(await composer(page).inputValue()).toBe('One\ntwo');
  expect(upstream.requests).toEqual([]);
  await composer(page).press('Control+Enter');
  await wholeAnswer(page);
  expect(asked(upstream)).toEqual(['One\ntwo']);
  await composer(page).fill('Three');
  await composer(page).press('Enter');
  await expect.poll(() => answers(page).count()).toBe(2);
  await wholeAnswer(page);

  await page.getByRole('button', { name: 'Add a server manually' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await answers(page).last().getByRole('button', { name: 'details' }).click();
  await page.getByText('Finish reason').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Finish reason').waitFor({ state: 'hidden' });

  await composer(page).fill('Not sent yet');
  await switchLanguage(page, 'hr');
  const croatian = page.getByRole('textbox', { name: 'Poruka za scripted' });
  expect(await croatian.inputValue()).toBe('Not sent yet');
  await page.getByRole('button', { name: 'Pošalji' }).waitFor();
  await page.reload();
  await expect.poll(() => croatian.inputValue()).toBe('Not sent yet');
  await switchLanguage(page, 'en');
  await composer(page).blur();
  await page.keyboard.press('3');
  await page.getByRole('heading', { name: 'Choose a preset or create one' }).waitFor();
  await page.goBack();
  await expect.poll(() => composer(page).inputValue()).toBe('Not sent yet');
  expect(complaints).toEqual([]);
});

const RICH =
  '# A title\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1;\n```\n\n> said `so`, see [the page](https://example.org)\n';

test('axe finds no serious fault on Chat, Compare and Prompts in any language or scheme', async () => {
  const { page, complaints, runner, upstream, sessionId } = await openTalk(sayWords(RICH));
  const away = await modelServer();
  await addEndpoint(runner, away.url, 'away');
  await away.close();
  await expectAccessibleAt(page, `${runner.url}/#/chat`);
  await showSession(page, runner.url, sessionId);
  await ask(page, 'Hello');
  await wholeAnswer(page);
  upstream.script = answerJson(500, { error: { message: 'CUDA out of memory' } });
  await ask(page, 'Hello');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await expectAccessible(page);
  await sessionList(page).getByRole('button', { name: 'New' }).click();
  await page.getByRole('menu').waitFor();
  await expectAccessibleIn(page, 'light');
  await expectAccessibleIn(page, 'dark');
  await page.keyboard.press('Escape');
  await expectAccessibleAt(page, `${runner.url}/#/chat/compare`);
  await expectAccessibleAt(page, `${runner.url}/#/prompts`);
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('form').getByLabel('User template').fill('{{nobody}}');
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

async function expectAccessibleAt(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('main').getByRole('heading').first().waitFor();
  await expectAccessible(page);
}
