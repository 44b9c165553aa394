/** The Tunnels screen in a real browser, on a real runner, with a real sshd. Needs ui/dist (`npm run build:ui`). */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PATHS } from '#contract/paths';
import { tunnelResponseSchema } from '#contract/tunnel';
import type { Tunnel } from '#contract/tunnel';
import type { HttpClient } from '../testing/http-client.ts';
import type { Sshd } from '../testing/sshd.ts';
import { testSshd } from '../testing/test-sshd.ts';
import { unusedPort } from '../testing/unused-port.ts';
import {
  choose,
  expectAccessible,
  expectAccessibleIn,
  modelServer,
  openManager,
  switchLanguage,
} from './page-tools.ts';
import type { OpenManager } from './page-tools.ts';

const card = (page: Page, name: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
const stateOf = (page: Page, name: string, state: string): Locator =>
  card(page, name).getByText(state, { exact: true });

interface TunnelPage extends OpenManager {
  sshd: Sshd;
  /** Of a key that the sshd lets in. */
  identityFile: string;
  modelPort: number;
}

async function openTunnels(context: { skip: (note: string) => void }): Promise<TunnelPage> {
  const sshd = await testSshd(context);
  const key = sshd.makeKey('id');
  sshd.authorize([key.public]);
  await sshd.start();
  const upstream = await modelServer();
  const manager = await openManager();
  await manager.page.getByRole('link', { name: 'Tunnels' }).click();
  await manager.page.getByRole('heading', { name: 'Tunnels' }).waitFor();
  return { ...manager, sshd, identityFile: key.file, modelPort: Number(new URL(upstream.url).port) };
}

async function makeTunnel(runner: HttpClient, fields: object): Promise<Tunnel> {
  return tunnelResponseSchema.parse((await runner.post(PATHS.tunnels, fields)).body).tunnel;
}

async function reverseOf({ sshd, identityFile, modelPort }: TunnelPage) {
  const ports = { localPort: modelPort, remotePort: await unusedPort() };
  return {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile,
    ...ports,
  };
}

test('a tunnel is made on the page, tried first, and seen through an outage of the other machine', async (context) => {
  const opened = await openTunnels(context);
  const { page, complaints, sshd } = opened;
  const wanted = await reverseOf(opened);
  await page.getByText('No tunnels yet').waitFor();
  expect(await page.getByRole('link', { name: 'Connect two machines' }).getAttribute('href')).toBe(
    '#/connect',
  );
  await expectAccessible(page);

  await page.getByRole('button', { name: 'New tunnel' }).click();
  const dialog = page.getByRole('dialog', { name: 'New tunnel' });
  await dialog.getByRole('button', { name: 'Create the tunnel' }).click();
  expect(await dialog.getByText('This field is required.').count()).toBe(2);
  await dialog.getByLabel('Name').fill('to b');
  await dialog.getByLabel('Host', { exact: true }).fill('127.0.0.1');
  await dialog.getByLabel('User').fill(sshd.user);
  await dialog.getByLabel('SSH port').fill('70000');
  await dialog.getByText('A whole number from 1 to 65535.').waitFor();
  await dialog.getByLabel('SSH port').fill(String(sshd.port));
  await dialog.getByLabel('Key file').fill(opened.identityFile);
  await dialog.getByLabel('Model server here, port').fill(String(wanted.localPort));
  await dialog.getByLabel('Available there on port').fill(String(wanted.remotePort));
  await dialog.getByText(`Model server, port ${wanted.localPort}`).waitFor();

  await dialog.getByRole('button', { name: 'Test connection' }).click();
  const steps = dialog.getByRole('region', { name: 'Steps of the test' });
  await steps.getByText('It works: a response came through.').waitFor();
  expect(await steps.getByRole('listitem').locator('strong').allInnerTexts()).toEqual([
    'Model server',
    'SSH login',
    'Forwarding',
    'Response through the tunnel',
  ]);
  await expectAccessibleIn(page, 'light');
  await expectAccessibleIn(page, 'dark');
  await dialog.getByLabel('SSH port').fill(String(await unusedPort()));
  await steps.waitFor({ state: 'hidden' });
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await steps.getByText(/refused the connection to port \d+: no sshd listens there/).waitFor();
  await dialog.getByLabel('SSH port').fill(String(sshd.port));
  await dialog.getByRole('button', { name: 'Create the tunnel' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await stateOf(page, 'to b', 'up').waitFor();
  const tunnel = card(page, 'to b');
  await tunnel.getByText(`available at port ${wanted.remotePort}`).waitFor();
  await tunnel.getByText(/^[\d.,]+ ms$/).waitFor();
  await tunnel
    .getByRole('img', {
      name: /^Response times through the tunnel\. Checks: \d+\. Slowest response: [\d.,]+ ms\.$/,
    })
    .waitFor();
  await tunnel.getByRole('button', { name: 'Probe now: to b' }).click();
  await tunnel.getByRole('img', { name: /Checks: [2-9]/ }).waitFor();
  await expectAccessible(page);

  await sshd.stop();
  await tunnel
    .getByText(`127.0.0.1 refused the connection to port ${sshd.port}: no sshd listens there.`)
    .waitFor();
  await tunnel.getByText(/Check host and port\. Is sshd running there/).waitFor();
  await stateOf(page, 'to b', 'down').waitFor();
  await switchLanguage(page, 'hr');
  await tunnel
    .getByText(`127.0.0.1 je odbio vezu na port ${sshd.port}: ondje ne sluša nijedan sshd.`)
    .waitFor();
  await page.getByRole('heading', { name: 'Tuneli' }).waitFor();
  await expectAccessibleIn(page, 'dark');
  await switchLanguage(page, 'en');

  await tunnel.getByRole('button', { name: 'Log: to b' }).click();
  await tunnel
    .getByRole('region', { name: 'Log' })
    .getByText(/Connection refused/)
    .first()
    .waitFor();
  await sshd.start();
  await stateOf(page, 'to b', 'up').waitFor();
  expect(await tunnel.locator('.tunnel-problem').count()).toBe(0);
  await expect.poll(() => tunnel.getByText('Reconnections').locator('..').innerText()).toMatch(/[1-9]/);
  expect(complaints).toEqual([]);
});

test('a tunnel is set up, changed, stopped, started and deleted; what is lost is said', async (context) => {
  const opened = await openTunnels(context);
  const { page, complaints, runner } = opened;
  const { remotePort } = await makeTunnel(runner, await reverseOf(opened)).then(({ config }) => config);
  await stateOf(page, 'to b', 'up').waitFor();
  const tunnel = card(page, 'to b');

  // Its ssh is no server: the Servers screen leaves it out.
  expect((await runner.get('/api/runner/processes')).body['processes']).toMatchObject([
    { recipe: 'ssh-tunnel' },
  ]);
  await page.getByRole('link', { name: 'Servers' }).first().click();
  await page.getByText('No servers yet').first().waitFor();
  await page.getByRole('link', { name: 'Tunnels' }).first().click();

  await tunnel.getByRole('button', { name: 'Setup: to b' }).click();
  const setup = page.getByRole('dialog', { name: 'Setup of “to b”' });
  await setup.getByText(`permitlisten="127.0.0.1:${remotePort}"`).waitFor();
  await setup.getByText('ExecStart=').waitFor();
  expect(await setup.getByRole('button', { name: /^Copy: / }).count()).toBe(3);
  await expectAccessibleIn(page, 'light');
  await page.keyboard.press('Escape');

  await tunnel.getByRole('button', { name: 'Stop: to b' }).click();
  await stateOf(page, 'to b', 'stopped').waitFor();
  await choose(page, 'Actions: to b', 'Edit…');
  const dialog = page.getByRole('dialog', { name: 'Edit “to b”' });
  expect(await dialog.getByLabel('Available there on port').inputValue()).toBe(String(remotePort));
  const otherPort = await unusedPort();
  await dialog.getByLabel('Available there on port').fill(String(otherPort));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await tunnel.getByText(`available at port ${otherPort}`).waitFor();
  await tunnel.getByRole('button', { name: 'Start: to b' }).click();
  await stateOf(page, 'to b', 'up').waitFor();

  await choose(page, 'Actions: to b', 'Delete…');
  const question = page.getByRole('dialog', { name: 'Delete “to b”?' });
  await question.getByText(/deletes its settings and log/).waitFor();
  await question.getByRole('button', { name: 'Delete the tunnel' }).click();
  await page.getByText('No tunnels yet').waitFor();
  expect(complaints).toEqual([]);
});

test('a changed host key is forgotten after a question; a tunnel that ends here has its model in the chat', async (context) => {
  const opened = await openTunnels(context);
  const { page, complaints, runner, sshd, modelPort } = opened;
  await makeTunnel(runner, await reverseOf(opened));
  await makeTunnel(runner, { direction: 'incoming', name: 'from a', remotePort: modelPort });
  await stateOf(page, 'to b', 'up').waitFor();
  await stateOf(page, 'from a', 'up').waitFor();
  expect(await card(page, 'from a').getByRole('link', { name: 'Chat with it' }).getAttribute('href')).toBe(
    '#/chat',
  );

  await sshd.stop();
  sshd.makeHostKey();
  await sshd.start();
  const tunnel = card(page, 'to b');
  await tunnel.getByText('The runner does not retry this automatically.').waitFor();
  await tunnel.locator('code', { hasText: 'ssh-keygen -f ' }).waitFor();
  await expectAccessible(page);
  await tunnel.getByRole('button', { name: 'Forget the old host key…' }).click();
  const question = page.getByRole('dialog', { name: 'Forget the host key of 127.0.0.1?' });
  await question.getByRole('button', { name: 'Forget it and connect' }).click();
  await stateOf(page, 'to b', 'up').waitFor();
  expect(complaints).toEqual([]);
});

test('on a small screen the bar has four screens and a menu with the rest', async () => {
  const { page, complaints } = await openManager();
  await page.setViewportSize({ width: 360, height: 740 });
  const bar = page.getByRole('navigation');
  for (const language of ['hr', 'en'] as const) {
    await switchLanguage(page, language);
    expect(await bar.getByRole('link').count()).toBe(4);
    const tooWide = await bar.evaluate(
      (element: { scrollWidth: number; clientWidth: number }) => element.scrollWidth - element.clientWidth,
    );
    expect(tooWide).toBe(0);
  }
  await choose(page, 'More', 'Tunnels');
  await page.getByText('No tunnels yet').waitFor();
  await expectAccessibleIn(page, 'light');
  await choose(page, 'More', 'MQTT');
  await page.getByRole('heading', { name: 'MQTT', exact: true }).first().waitFor();
  await page.keyboard.press('5');
  await page.getByText('No tunnels yet').waitFor();
  expect(complaints).toEqual([]);
});
