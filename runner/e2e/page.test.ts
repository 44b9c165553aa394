/** The launcher page in a real browser on a real runner: what a user does, and what may not be lost. Needs ui/dist (`npm run build:ui`). */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { startRunner } from '../testing/start-runner.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';
import { openPage } from './open-page.ts';
import { expectAccessible } from './page-tools.ts';

const CHATTY = join(import.meta.dirname, '..', 'testing', 'children', 'chatty.mjs');

async function runnerIn(dataDir: string, env: Record<string, string> = {}): Promise<RunnerChild> {
  const runner = await startRunner(dataDir, { env });
  // TERM takes the launched processes along: nothing is left behind.
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  return runner;
}

const card = (page: Page, id: string | RegExp) => page.getByRole('article', { name: id });
const logConsole = (page: Page) => page.getByRole('region', { name: 'Live log' });

/** For a test that fails between the two runners: nobody else would end the child. */
function endIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

test('the demo model is launched, watched, searched and stopped; a reload loses nothing', async () => {
  const runner = await runnerIn(tempDir());
  const { page, complaints } = await openPage(runner.url);
  await page.getByRole('button', { name: 'Launch the demo model' }).click();
  const demo = card(page, /^demo_/);
  await demo.getByText('ready', { exact: true }).waitFor({ timeout: 60_000 });
  await logConsole(page)
    .getByText(/listening on http/)
    .waitFor();

  await page.keyboard.press('/');
  await page.keyboard.type('LISTENING');
  await page.locator('mark.hit', { hasText: 'listening' }).first().waitFor();
  await logConsole(page)
    .getByText(/^\d+ hits?$/)
    .waitFor();
  await page.keyboard.press('Escape');
  await expectAccessible(page);

  await demo.getByRole('button', { name: /^Stop/ }).click();
  await demo.getByText('exited', { exact: true }).waitFor();
  await logConsole(page)
    .getByText(/run 1 · stopped/)
    .waitFor();

  await page.getByLabel('Extra arguments').fill('--verbose');
  await page.getByText('More: restart policy').click();
  await page.getByLabel('API key').fill('not-to-be-kept');
  const lines = await logConsole(page)
    .getByText(/lines loaded$/)
    .textContent();
  await page.reload();
  await demo.getByText('exited', { exact: true }).waitFor();
  await logConsole(page)
    .getByText(lines ?? 'never', { exact: true })
    .waitFor();
  await logConsole(page)
    .getByText(/run 1 · stopped/)
    .waitFor();
  expect(await page.getByLabel('Extra arguments').inputValue()).toBe('--verbose');
  await page.getByText('More: restart policy').click();
  expect(await page.getByLabel('API key').inputValue()).toBe('');

  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'System' }).click();
  await page.getByRole('heading', { name: 'Memory' }).waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'the script panel runs a script, marks its stderr and says how it ended',
  async () => {
    const dataDir = tempDir();
    const script = join(dataDir, 'start stack.sh');
    writeFileSync(
      script,
      '#!/bin/sh\nprintf "\\033[32mhello %s\\033[0m\\n" "$1"\necho "something is wrong" >&2\nexit 3\n',
    );
    chmodSync(script, 0o755);
    const runner = await runnerIn(join(dataDir, 'data'));
    const { page, complaints } = await openPage(runner.url);
    await page.getByText('Script', { exact: true }).click();
    await page.getByLabel('Script file').fill(script);
    await page.getByLabel('Arguments').fill('"big world"');
    await page
      .getByRole('region', { name: 'Command that will run' })
      .getByText(/start stack\.sh/)
      .waitFor();
    await page.keyboard.press('Control+Enter');

    const stack = card(page, 'start_stack');
    await stack.getByText('failed', { exact: true }).waitFor();
    await stack
      .getByText(/code 3/)
      .first()
      .waitFor();
    await stack.getByRole('button', { name: /^Logs/ }).click();
    expect(page.url()).toContain('#/log/start_stack');
    const hello = logConsole(page).getByText('hello big world');
    await hello.waitFor();
    expect(await hello.evaluate((element) => element.style.color)).toBe('var(--ansi-2)');
    await logConsole(page)
      .locator('.log-line', { hasText: 'something is wrong' })
      .getByTitle('Written to stderr')
      .waitFor();
    await logConsole(page)
      .getByText(/run 1 · exited with code 3/)
      .waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  },
);

test('a killed runner is announced, its return is noticed, and no line is lost or shown twice', async () => {
  const dataDir = tempDir();
  const runner = await runnerIn(dataDir);
  const { page, complaints } = await openPage(runner.url);
  await page.getByRole('button', { name: 'Launch the demo model' }).waitFor();
  const lines = 1200;
  const launched = await runner.post('/api/runner/launch', {
    id: 'chatty',
    cmd: process.execPath,
    args: [CHATTY, String(lines), '200'],
  });
  expect(launched.status).toBe(200);
  onTestFinished(() => endIfAlive(Number(launched.body['pid'])));
  // Any line well into the run: a certain one may have scrolled out of sight between two looks.
  await logConsole(page)
    .getByText(/^line \d{3,}/)
    .first()
    .waitFor();

  await runner.end('SIGKILL');
  const bar = page.getByRole('status').filter({ hasText: 'No connection to the runner.' });
  await bar.waitFor();
  await bar.getByText(/Next attempt in \d+ s/).waitFor();
  await card(page, 'chatty').waitFor();

  await runnerIn(dataDir, { RUNNER_PORT: new URL(runner.url).port });
  const retry = bar.getByRole('button', { name: 'Retry now' });
  await waitUntil('the bar to go', async () => {
    if (!(await bar.isVisible())) return true;
    await retry.click({ timeout: 500 }).catch(() => undefined);
    return false;
  });
  await card(page, 'chatty').getByRole('button', { name: /^Stop/ }).waitFor();
  await logConsole(page)
    .getByText(`line ${lines - 1}`)
    .waitFor();
  await page.getByLabel('Filter the log').fill('line ');
  await logConsole(page)
    .getByText(`${lines.toLocaleString('en-GB')} hits`, { exact: true })
    .waitFor();
  expect(complaints).toEqual([]);
});

test('a pasted command line fills the form of its server, and what it becomes is shown', async () => {
  const runner = await runnerIn(tempDir());
  const { page, complaints } = await openPage(runner.url);
  await page.getByText('Command', { exact: true }).click();
  const line = `llama-server -m "/models/a model.gguf" --port 8123 -c 4096 -ngl -1 --mlock`;
  await page.getByLabel('Program').focus();
  // As text: this project's types know no browser.
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', ${JSON.stringify(line)});
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }`);
  await expect.poll(() => page.getByLabel('Port').inputValue()).toBe('8123');
  expect(await page.getByLabel('Context').inputValue()).toBe('4096');
  expect(await page.getByLabel('Extra arguments').inputValue()).toBe('--mlock');
  await page.getByText(`'/models/a model.gguf'`).waitFor();
  expect(complaints).toEqual([]);
});
