/** The MQTT screen and the assistant for two machines in a real browser on real runners, brokers and an sshd. Needs ui/dist (`npm run build:ui`). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayKeyCreatedResponseSchema } from '#contract/gateway';
import { PATHS } from '#contract/paths';
import { sayWords } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { startMosquitto } from '../testing/test-mosquitto.ts';
import type { Mosquitto } from '../testing/test-mosquitto.ts';
import { testSshd } from '../testing/test-sshd.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { chatRunner } from './chat-setup.ts';
import { addEndpoint, expectAccessible, modelServer, openManager } from './page-tools.ts';
import type { OpenManager } from './page-tools.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const part = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const step = (page: Page, title: string): Locator =>
  part(page, 'Steps').getByRole('listitem').filter({ hasText: title });

const field = (page: Page, name: string): Locator => page.getByRole('textbox', { name, exact: true });

/** As it is pasted into a shell. */
const command = (page: Page, title: RegExp): Promise<string> => page.getByLabel(title).innerText();

async function openScreen(
  screen: 'mqtt' | 'connect',
  env: Record<string, string> = {},
): Promise<OpenManager> {
  const manager = await openManager(env);
  await manager.page.goto(`${manager.runner.url}/#/${screen}`);
  await manager.page.getByRole('main').getByRole('heading').first().waitFor();
  return manager;
}

async function mosquitto(): Promise<Mosquitto> {
  const broker = await startMosquitto();
  onTestFinished(() => broker.end());
  return broker;
}

const save = (page: Page): Promise<void> =>
  part(page, 'Settings').getByRole('button', { name: 'Save' }).click();

test('MQTT is switched on with the broker of the runner; a wrong one says why it does not work, and what to do', async () => {
  const { page, complaints, runner } = await openScreen('mqtt');
  await addEndpoint(runner, (await modelServer()).url);
  const connection = part(page, 'Connection');
  await connection.getByText('off', { exact: true }).waitFor();
  await page.getByLabel('Port', { exact: true }).fill('70000');
  await save(page);
  await page.getByText('A whole number up to 65535.').waitFor();
  await page.getByLabel('Port', { exact: true }).fill('0');
  await save(page);
  await expect
    .poll(async () => (await runner.get(PATHS.mqttSettings)).body)
    .toMatchObject({ settings: { embeddedPort: 0 } });
  await connection.getByRole('button', { name: 'Switch MQTT on' }).click();
  await connection.getByText('connected', { exact: true }).waitFor();
  await connection.getByText(/^mqtt:\/\/127\.0\.0\.1:\d+$/).waitFor();
  const own = part(page, 'Workers').getByRole('listitem').filter({ hasText: 'this runner' }).first();
  await own.getByText('slots 0/4 · ctx 8,192').waitFor();
  await part(page, 'Models of other machines').getByText('None yet').waitFor();

  const broker = part(page, 'The broker of this runner');
  await broker.getByText('It listens on this machine only.').waitFor();
  expect(await broker.getByText(/^[\w-]{16,}$/).count()).toBe(0);
  await broker.getByRole('button', { name: 'Show the password' }).click();
  await broker.getByText(/^[\w-]{16,}$/).waitFor();
  await connection.getByRole('button', { name: 'Test connection' }).click();
  await connection.getByText('Message round trip: passed.').waitFor();
  await expectAccessible(page);

  await page.getByText('Another broker', { exact: true }).click();
  await page.getByLabel('Address').fill(`mqtt://127.0.0.1:${await unusedPort()}`);
  await page.getByRole('button', { name: 'Test these settings' }).click();
  await part(page, 'Settings').getByText('Connect: failed.').waitFor();
  await part(page, 'Settings')
    .getByText(/^Nothing listens at mqtt:/)
    .waitFor();
  await save(page);
  await connection
    .getByRole('alert')
    .getByText(/Start the broker, or check host and port/)
    .waitFor();
  await connection.getByText('connecting', { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByText('This runner’s own', { exact: true }).click();
  await save(page);
  await connection.getByText('connected', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test('what the environment sets is shown as fixed, and the models of another machine are listed', async () => {
  const broker = await mosquitto();
  const other = await chatRunner(tempDir(), { LLAMA_SERVER: '', MQTT_BROKER_URL: broker.url });
  await addEndpoint(other, (await modelServer()).url);
  const { page, complaints } = await openScreen('mqtt', { MQTT_BROKER_URL: broker.url });
  await part(page, 'Connection').getByText('connected', { exact: true }).waitFor();
  expect(await page.getByRole('switch', { name: 'MQTT on' }).isDisabled()).toBe(true);
  expect(await page.getByLabel('Address').isDisabled()).toBe(true);
  await part(page, 'Models of other machines')
    .getByRole('listitem')
    .getByText('online', { exact: true })
    .waitFor();
  expect(await part(page, 'Workers').locator('li.card').count()).toBe(2);
  expect(complaints).toEqual([]);
});

test('the assistant makes a reverse tunnel to a real sshd, and every step that can be seen from here is done', async (context) => {
  const sshd = await testSshd(context);
  await sshd.start();
  const key = sshd.makeKey('tunnel');
  const { page, complaints, runner } = await openManager();
  await addEndpoint(runner, (await modelServer()).url);
  await page.goto(`${runner.url}/#/connect`);
  await page.getByText('Answer the third question').waitFor();
  await field(page, 'The other machine').fill('127.0.0.1');
  await field(page, 'SSH user').fill(sshd.user);
  await field(page, 'SSH port').fill(String(sshd.port));
  await field(page, 'Key file').fill(key.file);
  await field(page, 'Port at the other end').fill(String(await unusedPort()));
  await step(page, 'The model server responds')
    .getByText(/^scripted responds on port \d+\.$/)
    .waitFor();

  const tunnel = step(page, 'The tunnel to the machine with the gateway');
  await tunnel.getByRole('button', { name: 'Test the tunnel' }).click();
  await step(page, 'Allow the key')
    .getByRole('alert')
    .getByText(/refused the key/)
    .waitFor();
  await expectAccessible(page);
  await field(page, 'Public key').fill(key.public);
  const lines = (await command(page, /^Allow the key on machine B/)).split('\n');
  sshd.authorize(lines.filter((line) => line.startsWith('restrict,')));
  const tried = await run('bash', ['-c', await command(page, /^Check the tunnel once from machine A/)], {
    cwd: ROOT,
    env: {
      ...process.env,
      RUNNER_URL: runner.url,
    },
  });
  expect(tried.stdout).toMatch(/✓ probe/);
  await tunnel.getByRole('button', { name: 'Create the tunnel' }).click();
  await tunnel.getByText(/^The tunnel is up; the model responds through it/).waitFor();
  await part(page, 'Steps').getByText('Everything visible from here works').waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('the assistant connects two machines through a broker, and its last command is answered', async () => {
  const broker = await mosquitto();
  const other = await chatRunner(tempDir(), { LLAMA_SERVER: '', MQTT_BROKER_URL: broker.url });
  await addEndpoint(other, (await modelServer({ script: sayWords('pong') })).url);
  const { page, complaints, runner } = await openScreen('connect', {
    GATEWAY_PORT: '0',
    GATEWAY_HOST: '0.0.0.0',
  });
  await page.getByText('On another machine').click();
  await page.getByText('Neither is, but both can reach a broker').click();
  await field(page, 'This machine').fill('127.0.0.1');
  await field(page, 'Broker').fill(broker.url);
  await step(page, 'machine with the gateway joins').getByText('MQTT is off on this machine.').waitFor();
  await page.getByRole('button', { name: 'Connect this machine to the broker' }).click();
  await step(page, 'machine with the gateway joins').getByText(`Connected to ${broker.url}.`).waitFor();
  await step(page, 'machine with the model joins')
    .getByText(/is connected to the broker, with scripted\.$/)
    .waitFor();
  await step(page, 'The gateway is open').getByText('It has the model scripted.').waitFor();
  await step(page, 'An API key').getByText('There is no key yet.').waitFor();
  const { secret } = gatewayKeyCreatedResponseSchema.parse(
    (await runner.post(PATHS.gatewayKeys, { name: 'c' })).body,
  );
  await part(page, 'Steps').getByText('Everything visible from here works').waitFor();
  const curl = (await command(page, /^Ask with curl/)).replace('<your key>', secret);
  const { stdout } = await run('bash', ['-c', `${curl} -m 20 -sS`]);
  expect(JSON.parse(stdout)).toMatchObject({ choices: [{ message: { content: 'pong' } }] });
  // Kept while a key is made on another screen.
  await page.getByRole('link', { name: 'Keys on the Gateway screen' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await page.goBack();
  await part(page, 'Steps').getByText('Everything visible from here works').waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});
