import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../../testing/temp-dir.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { MqttLink } from './mqtt-link.ts';
import type { BrokerAddress } from './mqtt-link.ts';
import { testConnection } from './test-connection.ts';
import { addressOf, embedded, linkTo, mosquitto, quiet } from './testing/test-peers.ts';

function startLink(address: BrokerAddress): MqttLink {
  const link = new MqttLink({ address, clientId: 'under-test', logger: quiet });
  onTestFinished(() => link.stop());
  link.start();
  return link;
}

async function problemOf(address: BrokerAddress): Promise<{ code: string; suggestion: string }> {
  const link = startLink(address);
  return waitUntil('the problem', () => link.problem);
}

it('speaks MQTT 5 with Mosquitto, and 3.1.1 with a broker that refuses 5', async () => {
  expect((await linkTo((await mosquitto()).address)).protocol).toBe(5);
  expect((await linkTo((await embedded()).address)).protocol).toBe(4);
});

it('says why a broker cannot be used, and what to do', async () => {
  const port = await unusedPort();
  expect(await problemOf(addressOf(`mqtt://127.0.0.1:${port}`))).toMatchObject({ code: 'refused' });
  expect(await problemOf(addressOf('mqtt://no-such-host.invalid'))).toMatchObject({ code: 'dns' });
  const broker = await mosquitto();
  expect(await problemOf(addressOf(broker.url.replace('mqtt:', 'mqtts:')))).toMatchObject({
    code: expect.stringMatching(/tls|lost/) as string,
  });
  const own = await embedded();
  const wrong = await problemOf({ ...own.address, password: 'wrong' });
  expect(wrong).toMatchObject({
    code: 'auth',
    suggestion: expect.stringContaining('MQTT_PASSWORD') as string,
  });
});

it('Mosquitto with a password file lets in who knows it, and nobody else', async () => {
  const dir = tempDir();
  const file = join(dir, 'passwords');
  execFileSync('mosquitto_passwd', ['-b', '-c', file, 'me', 'right']);
  const broker = await mosquitto({ isAnonymous: false, config: [`password_file ${file}`] });
  expect(await problemOf({ ...broker.address, username: 'me', password: 'wrong' })).toMatchObject({
    code: 'auth',
  });
  const link = await linkTo({ ...broker.address, username: 'me', password: 'right' });
  expect(link.problem).toBeNull();
});

it('TLS: trusts the authority that it was given, and no other', async () => {
  const dir = tempDir();
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  openssl(
    ...'req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=localhost'.split(
      ' ',
    ),
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  );
  const port = await unusedPort();
  const files = [`cafile ${dir}/cert.pem`, `certfile ${dir}/cert.pem`, `keyfile ${dir}/key.pem`];
  await mosquitto({ config: [`listener ${port} 127.0.0.1`, ...files] });
  const address = addressOf(`mqtts://127.0.0.1:${port}`);
  expect(await problemOf(address)).toMatchObject({
    code: 'tls',
    suggestion: expect.stringContaining('MQTT_CA_FILE') as string,
  });
  const link = await linkTo({ ...address, ca: readFileSync(join(dir, 'cert.pem'), 'utf8') });
  expect(link.state).toBe('connected');
});

it('what is published while the broker is away goes out when it is back, subscriptions with it', async () => {
  const broker = await mosquitto();
  const link = await linkTo(broker.address);
  const heard: string[] = [];
  link.subscribe('t/#', ({ payload }) => heard.push(payload.toString()));
  await link.publish('t/1', 'one');
  await broker.stop('SIGKILL');
  await waitUntil('the loss', () => link.state === 'connecting');
  const sent = Promise.all([link.publish('t/2', 'two'), link.publish('t/3', 'three')]);
  await broker.start();
  await sent;
  await waitUntil('both', () => heard.length === 3);
  expect(heard).toEqual(['one', 'two', 'three']);
  expect(link.connections).toBe(2);
});

it('the last will is heard after a cut, and not after a good-bye', async () => {
  const broker = await mosquitto();
  const listener = await linkTo(broker.address);
  const heard: string[] = [];
  listener.subscribe('will/+', ({ topic }) => heard.push(topic));
  const polite = await linkTo(broker.address, { will: { topic: 'will/polite', payload: 'gone' } });
  const lost = await linkTo(broker.address, { will: { topic: 'will/lost', payload: 'gone' } });
  await polite.stop();
  lost.cut();
  await waitUntil('the will', () => heard.length > 0);
  expect(heard).toEqual(['will/lost']);
});

it('the embedded broker drops a client whose packet is too long, and serves the others', async () => {
  const { address, broker } = await embedded();
  const link = await linkTo(address);
  const socket = connect(Number(new URL(address.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // A CONNECT of 250 MB.
  socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7c]));
  socket.write(Buffer.alloc(1024));
  await closed;
  await link.publish('still', 'there');
  expect(broker.clients).toBe(1);
});

it('a test of the broker tells each step, and where it failed', async () => {
  const broker = await mosquitto();
  const good = await testConnection(broker.address, 'llm');
  expect(good).toMatchObject({
    protocol: 5,
    problem: null,
    steps: [{ step: 'connect', ok: true }, { ok: true }, { step: 'round-trip', ok: true }],
  });
  await broker.stop();
  const bad = await testConnection(broker.address, 'llm');
  expect(bad).toMatchObject({
    protocol: null,
    problem: { code: 'refused' },
    steps: [{ step: 'connect', ok: false }],
  });
});

it('a broker that lets nobody subscribe is told apart from one that is away', async () => {
  const dir = tempDir();
  const acl = join(dir, 'acl');
  execFileSync('sh', ['-c', `echo 'topic read nothing' > ${acl}`]);
  const broker = await mosquitto({ config: [`acl_file ${acl}`] });
  const test = await testConnection(broker.address, 'llm');
  expect(test.problem).toMatchObject({
    code: 'not-allowed',
    suggestion: expect.stringContaining('acl_file') as string,
  });
});
