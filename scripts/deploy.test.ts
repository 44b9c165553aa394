import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig } from '../runner/config.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { runScript } from './testing/run-script.ts';
import type { ScriptOptions } from './testing/run-script.ts';

interface Deployed {
  code: number | null;
  output: string;
  text: string;
  values: Record<string, string | undefined>;
}

async function deploy(dir: string, { args = [], ...options }: ScriptOptions = {}): Promise<Deployed> {
  const file = join(dir, '.env');
  const ran = await runScript('deploy.sh', { args: ['--env-file', file, ...args], ...options });
  const text = readdirSync(dir).includes('.env') ? readFileSync(file, 'utf8') : '';
  return { ...ran, text, values: parseEnv(text) };
}

test('without questions it writes what the runner reads, for its owner only', async () => {
  const dir = tempDir();
  const { code, values, output } = await deploy(dir, {
    args: ['--yes', '--server-url', 'http://localhost:8080/'],
  });
  expect(code).toBe(0);
  expect(values).toEqual({ LLM_COMM_MODE: 'sse', LLM_SERVER_URL: 'http://localhost:8080' });
  expect(readConfig(values, []).llmServer?.baseUrl).toBe('http://localhost:8080');
  expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['.env']);
  expect(output).toMatch(/^Next:\n {2}npm start$/m);
});

test('a domain brings a token, a gateway behind the proxy and a key for it', async () => {
  const { values, output } = await deploy(tempDir(), { args: ['--yes', '--domain', 'llm.example'] });
  const config = readConfig(values, []);
  expect(config.allowedHosts).toEqual(['llm.example']);
  expect(config.gateway).toEqual({ host: '127.0.0.1', port: 8000 });
  expect(config.token).toMatch(/^[0-9a-f]{64}$/);
  expect(config.apiKeys).toEqual([expect.stringMatching(/^sk-[0-9a-f]{64}$/)]);
  // Others may see the output.
  expect(output).not.toContain(config.token);
  expect(output).not.toContain(config.apiKeys[0]);
});

test('a gateway without a proxy listens for other machines, with a key', async () => {
  const { values } = await deploy(tempDir(), { args: ['--yes', '--gateway-port', '8123'] });
  expect(readConfig(values, []).gateway).toEqual({ host: '0.0.0.0', port: 8123 });
  expect(values['API_KEYS']).toMatch(/^sk-/);
  expect(values['RUNNER_TOKEN']).toBeUndefined();
});

test('a second run changes nothing', async () => {
  const dir = tempDir();
  const first = await deploy(dir, {
    args: ['--yes', '--domain', 'llm.example', '--server-url', 'http://localhost:8081'],
  });
  const second = await deploy(dir, { args: ['--yes'] });
  expect(second.output).toContain('nothing changed');
  expect(second.text).toBe(first.text);
});

test('only what was asked for changes: comments, unknown and odd lines stay where they are', async () => {
  const dir = tempDir();
  const lines = [
    '# mine',
    'MODEL_DIRS="/a b:/c"',
    '#LLM_SERVER_URL=http://commented',
    'LLM_COMM_MODE = sse # why',
    '  what is this',
    "X='1'",
  ];
  writeFileSync(join(dir, '.env'), `${lines.join('\n')}\n`, { mode: 0o644 });
  const { text } = await deploy(dir, { args: ['--yes'] });
  expect(text.split('\n')).toEqual([
    ...lines.slice(0, 3),
    'LLM_SERVER_URL=http://localhost:8080',
    ...lines.slice(3),
    '',
  ]);
  expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
  const changed = await deploy(dir, { args: ['--yes', '--server-url', 'http://localhost:9'] });
  expect(changed.text).toBe(text.replace('=http://localhost:8080', '=http://localhost:9'));
});

test('present keys and hosts are kept, and a name that occurs twice is set once', async () => {
  const dir = tempDir();
  const before =
    'API_KEYS=my-own-key\nRUNNER_ALLOWED_HOSTS=old.example\nGATEWAY_HOST=192.0.2.1\nGATEWAY_PORT=1\nGATEWAY_PORT=2\n';
  writeFileSync(join(dir, '.env'), before);
  const { values, text } = await deploy(dir, {
    args: ['--yes', '--domain', 'new.example', '--gateway-port', '3'],
  });
  expect(values).toMatchObject({
    API_KEYS: 'my-own-key',
    RUNNER_ALLOWED_HOSTS: 'new.example,old.example',
    GATEWAY_HOST: '192.0.2.1',
  });
  expect(text.match(/^GATEWAY_PORT=.*$/gm)).toEqual(['GATEWAY_PORT=3']);
});

test('it offers the present values, asks again after an invalid answer, and does not show a password', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, '.env'), 'LLM_COMM_MODE=sse\n');
  const password = `it's "#1"`.replaceAll('"', '');
  const input = [
    'carrier pigeon',
    'mqtt',
    'mqtts://broker.example:8883',
    'machine-a',
    password,
    '',
    'none',
    '',
  ].join('\n');
  const { code, output, values } = await deploy(dir, { input });
  expect(output).toMatch(/\(HTTP\) or mqtt \(a broker\)\? \[sse\]: Not valid: "carrier pigeon"\./);
  expect(values).toEqual({
    LLM_COMM_MODE: 'mqtt',
    MQTT_BROKER_URL: 'mqtts://broker.example:8883',
    MQTT_USERNAME: 'machine-a',
    MQTT_PASSWORD: password,
  });
  expect(output).not.toContain(password);
  expect(code).toBe(0);
});

test('"none" removes a setting', async () => {
  const dir = tempDir();
  await deploy(dir, { args: ['--yes', '--gateway-port', '8000'] });
  expect(
    (await deploy(dir, { args: ['--yes', '--gateway-port', 'none'] })).values['GATEWAY_PORT'],
  ).toBeUndefined();
});

test('when the questions are not answered to the end, nothing is written', async () => {
  const dir = tempDir();
  const { code, output } = await deploy(dir, { input: 'sse\n' });
  expect(output).toContain('no answer came');
  expect(code).toBe(2);
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ['a mode that is none', ['--mode', 'carrier-pigeon']],
  ['a URL without a scheme', ['--server-url', 'localhost:8080']],
  ['a broker by http', ['--mode', 'mqtt', '--broker-url', 'http://broker.example']],
  ['a domain with a path', ['--domain', 'llm.example/page']],
  ['a port that is too high', ['--gateway-port', '65536']],
  ['a port that looks octal', ['--gateway-port', '08']],
  ['an unknown option', ['--modus', 'sse']],
])('%s is refused and nothing is written', async (_what, args) => {
  const dir = tempDir();
  const { code, output } = await deploy(dir, { args: ['--yes', ...args] });
  expect(output).toMatch(/^deploy\.sh: /);
  expect(code).toBe(2);
  expect(readdirSync(dir)).toEqual([]);
});
