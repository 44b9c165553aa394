import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { startRunner } from '../runner/testing/start-runner.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { runScript } from './testing/run-script.ts';

const root = join(import.meta.dirname, '..');
const UNITS = ['llm-gateway.service', 'llm-server-manager.service', 'llm-tunnel@.service'];
const hasSystemd = process.env['CI'] === 'true' || spawnSync('systemd-analyze', ['--version']).status === 0;

/** As `deploy.sh --install-units` writes them for this folder. */
async function installed(): Promise<string> {
  const dir = tempDir();
  const user = userInfo().uid === 0 ? 'daemon' : userInfo().username;
  const args = [
    '--yes',
    '--env-file',
    join(dir, '.env'),
    '--install-units',
    '--unit-dir',
    dir,
    '--service-user',
    user,
  ];
  const { code, output } = await runScript('deploy.sh', { args });
  expect(output).toContain(`Wrote ${dir}/llm-server-manager.service`);
  expect(output).toContain('systemctl enable --now llm-server-manager');
  expect(code).toBe(0);
  return dir;
}

test('the units are installed with this folder and user', async () => {
  const dir = await installed();
  expect(readdirSync(dir).filter((name) => name.endsWith('.service')).sort()).toEqual(UNITS); // prettier-ignore
  const unit = readFileSync(join(dir, 'llm-server-manager.service'), 'utf8');
  expect(unit).toContain(`WorkingDirectory=${root}\n`);
  expect(unit).not.toMatch(/^User=(llm|root)$/m);
  expect(unit.includes('/opt/llm-server-manager')).toBe(root.startsWith('/opt/llm-server-manager'));
  expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
});

test.skipIf(!hasSystemd)('systemd accepts the units', async () => {
  const dir = await installed();
  const files = UNITS.map((unit) => join(dir, unit.replace('@.', '@machine-b.')));
  for (const file of files.filter((file) => file.includes('@')))
    execFileSync('cp', [file.replace('@machine-b', '@'), file]);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test.skipIf(!hasSystemd)('the units that launch no other programs are sandboxed', async () => {
  const dir = await installed();
  for (const unit of ['llm-gateway.service', 'llm-tunnel@.service']) {
    const args = ['security', '--offline=yes', '--no-pager', '--threshold=30', join(dir, unit)];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(`${unit} ${status}\n${stderr}${stdout}`).toMatch(new RegExp(`^${unit} 0\n`));
  }
});

test('a restart signals the runner only, and systemd starts the next one however it ended', () => {
  const unit = readFileSync(join(root, 'deploy', 'systemd', 'llm-server-manager.service'), 'utf8');
  expect(unit).toMatch(/^KillMode=process$/m);
  expect(unit).toMatch(/^Restart=always$/m);
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
});

test('the runner of the gateway unit launches no program', async () => {
  const unit = readFileSync(join(root, 'deploy', 'systemd', 'llm-gateway.service'), 'utf8');
  const allowed = /^Environment=RUNNER_ALLOWED_COMMANDS=(.*)$/m.exec(unit)?.[1] ?? '';
  const runner = await startRunner(tempDir(), { env: { RUNNER_ALLOWED_COMMANDS: allowed } });
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  const { error } = await runner.post('/api/runner/launch', {
    id: 'x',
    cmd: process.execPath,
    args: ['--version'],
  });
  expect(error.code).toBe('COMMAND_NOT_ALLOWED');
  const model = join(root, 'presets', 'models', 'tiny-chat.gguf');
  expect(
    (await runner.post('/api/runner/launch', { id: 'y', recipe: 'embedded', form: { model } })).error.code,
  ).toBe('COMMAND_NOT_ALLOWED');
});

test.skipIf(userInfo().uid !== 0)('as root and for root nothing is installed', async () => {
  const dir = tempDir();
  const args = [
    '--yes',
    '--env-file',
    join(dir, '.env'),
    '--install-units',
    '--unit-dir',
    dir,
    '--service-user',
    'root',
  ];
  const { code, output } = await runScript('deploy.sh', { args });
  expect(output).toContain('the units do not run as root');
  expect(code).toBe(2);
  expect(readdirSync(dir)).toEqual([]);
});
