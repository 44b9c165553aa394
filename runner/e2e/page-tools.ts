/** What the tests of the page share: a runner with its page, servers that answer as told, what a user does again and again. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { deflateSync, crc32 } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { endpointResponseSchema } from '#contract/endpoint';
import { PATHS } from '#contract/paths';
import { sessionResponseSchema } from '#contract/session';
import { chunkOf, FINISH, openEvents, scriptedUpstream } from '../testing/scripted-upstream.ts';
import type { ChatScript, ScriptedUpstream } from '../testing/scripted-upstream.ts';
import type { HttpClient } from '../testing/http-client.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { chatRunner } from './chat-setup.ts';
import { openPage } from './open-page.ts';
import type { OpenPage } from './open-page.ts';

export interface OpenManager extends OpenPage {
  runner: RunnerChild;
}

/** A runner that knows the shipped models and the embedded engine only, and its page. */
export async function openManager(env: Record<string, string> = {}): Promise<OpenManager> {
  const runner = await chatRunner(tempDir(), { LLAMA_SERVER: '', ...env });
  return { runner, ...(await openPage(runner.url)) };
}

/** As llama-server tells of itself. */
export async function modelServer({
  vision = false,
  script,
}: { vision?: boolean; script?: ChatScript } = {}): Promise<ScriptedUpstream> {
  const upstream = await scriptedUpstream(script);
  upstream.answers['/health'] = () => ({ status: 'ok' });
  upstream.answers['/props'] = () => ({
    default_generation_settings: { n_ctx: 8192 },
    total_slots: 4,
    modalities: { vision, audio: false },
  });
  return upstream;
}

export interface Talk extends OpenManager {
  upstream: ScriptedUpstream;
  endpointId: string;
  sessionId: string;
}

/** The page on a new session with a server "scripted". */
export async function openTalk(script?: ChatScript): Promise<Talk> {
  const [manager, upstream] = await Promise.all([
    openManager(),
    modelServer(script === undefined ? {} : { script }),
  ]);
  const endpointId = await addEndpoint(manager.runner, upstream.url);
  const sessionId = await newSession(manager.runner, endpointId);
  await showSession(manager.page, manager.runner.url, sessionId);
  return { ...manager, upstream, endpointId, sessionId };
}

export async function showSession(page: Page, url: string, sessionId: string): Promise<void> {
  await page.goto(`${url}/#/chat/${sessionId}`);
  await composer(page).waitFor();
}

/** Resolves with its id when it is online: adding one asks it first. */
export async function addEndpoint(runner: HttpClient, baseUrl: string, name = 'scripted'): Promise<string> {
  const { endpoint } = endpointResponseSchema.parse(
    (await runner.post(PATHS.endpoints, { name, baseUrl })).body,
  );
  expect(endpoint).toMatchObject({ name, status: 'online' });
  return endpoint.id;
}

export async function newSession(runner: HttpClient, endpointId: string): Promise<string> {
  return sessionResponseSchema.parse((await runner.post(PATHS.sessions, { endpointId })).body).session.id;
}

/** By hand, in the page's dialog. */
export async function addEndpointByHand(
  page: Page,
  { name, url }: { name: string; url: string },
): Promise<void> {
  await page.getByRole('button', { name: 'Add a server manually' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a server' });
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Address').fill(url);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await endpointRow(page, name).getByText('online', { exact: true }).waitFor();
}

export const conversation = (page: Page): Locator =>
  page.getByRole('region', { name: 'Conversation', exact: true });
export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message / });
export const answers = (page: Page): Locator => conversation(page).locator('article.answer');
export const questions = (page: Page): Locator => conversation(page).getByRole('article', { name: 'You' });
export const sessionList = (page: Page): Locator => page.getByRole('region', { name: 'Sessions' });
export const endpointRow = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: 'Servers' }).getByRole('listitem').filter({ hasText: name });

/** The messages of the newest request, as the server got them. */
export function messagesAsked(upstream: ScriptedUpstream): { role: string; content: unknown }[] {
  const { messages } = upstream.requests.at(-1)?.body ?? {};
  return messages as { role: string; content: unknown }[];
}

/** An item of the menu behind a button. */
export async function choose(page: Page, button: string | Locator, item: string | RegExp): Promise<void> {
  await (typeof button === 'string' ? page.getByRole('button', { name: button }) : button).click();
  await page.getByRole('menuitem', { name: item }).click();
}

export async function newSessionInPage(page: Page, endpoint: string): Promise<void> {
  await choose(page, `Actions: ${endpoint}`, 'New session');
  await composer(page).waitFor();
}

export async function ask(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** The text of the last answer, when the page has all of it and its figures. */
export async function wholeAnswer(page: Page): Promise<string> {
  const last = answers(page).last();
  await last.getByRole('button', { name: 'regenerate' }).waitFor();
  return textOf(last);
}

export async function textOf(answer: Locator): Promise<string> {
  return (await answer.locator('.markdown').allInnerTexts()).join('\n').trim();
}

/** An answer of numbered words, one every few milliseconds, until it is told to finish or its client goes. */
export class Drip {
  /** What was sent so far. */
  text = '';
  #isFinished = false;

  readonly script: ChatScript = (res, { gone }) => {
    openEvents(res);
    let count = 0;
    const timer = setInterval(() => {
      if (gone.aborted || this.#isFinished) clearInterval(timer);
      if (gone.aborted) return;
      if (this.#isFinished) return void res.end(FINISH);
      const content = `w${(count += 1)} `;
      this.text += content;
      res.write(chunkOf({ content }));
    }, 8);
  };

  finish(): void {
    this.#isFinished = true;
  }
}

/** Until the last answer shows this many of a drip's words. */
export async function seenWords(page: Page, count: number): Promise<void> {
  await expect
    .poll(async () => (await textOf(answers(page).last())).split(' ').length, { timeout: 20_000 })
    .toBeGreaterThan(count);
}

export interface CuttableWire {
  url: string;
  /** Ends all connections, and any new one at once. */
  cut: () => void;
  mend: () => void;
}

/** Stands between the page and the runner as a wire that can be cut. */
export async function cuttableWire(target: string): Promise<CuttableWire> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    endAll();
    await new Promise((resolve) => server.close(resolve));
  });
  const cut = (): void => {
    isCut = true;
    endAll();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => void (isCut = false),
  };
}

/** A PNG of a plain colour. */
export function pngImage(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // 8 bits each of red, green and blue.
  head.set([8, 2], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([30, 160, 120]))]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

/** What a click of `start` downloads. */
export async function downloadOf(
  page: Page,
  start: () => Promise<void>,
): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), start()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString('utf8') };
}

export async function switchLanguage(page: Page, to: 'en' | 'hr'): Promise<void> {
  await page.getByRole('button', { name: to === 'hr' ? /^EN:/ : /^HR:/ }).click();
  await page.locator(`html[lang="${to}"]`).waitFor();
}

/** As a user in English with light colours and one in Croatian with dark ones meet it: texts hang on the language, contrasts on the colours. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectAccessibleIn(page, 'light');
  await switchLanguage(page, 'hr');
  await expectAccessibleIn(page, 'dark');
  await switchLanguage(page, 'en');
}

export async function expectAccessibleIn(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  const faults = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  expect(faults, scheme).toEqual([]);
}
