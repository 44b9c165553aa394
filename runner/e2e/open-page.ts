/** A real Chromium on the page of a real runner, for one test; closed when the test ends. */
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** No sandbox and no network chatter: it runs as root in a container and opens nothing but the page. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

export interface OpenPage {
  page: Page;
  /** What the page complained of: exceptions, and errors on its console (a request that failed is none). */
  complaints: string[];
}

export async function openPage(url: string): Promise<OpenPage> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ARGS,
  });
  onTestFinished(() => browser.close());
  // Without motion: colours on their way from one scheme to the other would be judged as they pass.
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}
