/** Runs before `npm start` and `npm test`: installs and builds what is missing or stale. Plain JavaScript for Node 18 and up, no dependency. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Modification time of the newest file below the paths; `dist` folders hold results, not sources. */
function newestOf(paths) {
  return Math.max(
    ...paths.map((path) => {
      if (!existsSync(path) || !statSync(path).isDirectory()) return modifiedAt(path);
      const inside = readdirSync(path).filter((name) => name !== 'dist');
      return newestOf(inside.map((name) => join(path, name)));
    }),
    0,
  );
}

function run(what, command, { args, env = process.env }) {
  process.stdout.write(`${what} …\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status === 0) return;
  process.stderr.write(
    `${what} failed${error ? `: ${error.message}` : ''}. Fix what is reported above, then try again.\n`,
  );
  process.exit(1);
}

function npm(...args) {
  // In NODE_OPTIONS a backslash escapes.
  const preload = `--require="${at('scripts', 'no-engine-warnings.cjs').replaceAll('\\', '/')}"`;
  const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${preload}` };
  const cli = process.env.npm_execpath;
  if (cli !== undefined && cli.endsWith('.js'))
    run(`npm ${args[0]}`, process.execPath, { args: [cli, ...args], env });
  else run(`npm ${args[0]}`, 'npm', { args, env });
}

const installed = modifiedAt(at('node_modules', '.package-lock.json'));
if (installed === 0) npm('ci', '--no-audit', '--no-fund');
// On Windows the Node that runs this may be the one in node_modules, which `npm ci` could not delete.
else if (installed < modifiedAt(at('package-lock.json')))
  npm(process.platform === 'win32' ? 'install' : 'ci', '--no-audit', '--no-fund');

const node = at('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const vite = at('node_modules', 'vite', 'bin', 'vite.js');
const shared = [at('runner', 'contract'), at('runner', 'launch'), at('package-lock.json')];

if (
  existsSync(at('ui', 'index.html')) &&
  modifiedAt(at('ui', 'dist', 'index.html')) < newestOf([at('ui'), ...shared])
) {
  run('Building the page', node, { args: [vite, 'build', 'ui', '--logLevel', 'warn'] });
}
const shimSources = [
  at('runner', 'running', 'shim'),
  at('runner', 'running', 'segments'),
  at('runner', 'running', 'os'),
  at('runner', 'base', 'errors.ts'),
  at('package-lock.json'),
];
if (modifiedAt(at('.cache', 'shim', 'shim.cjs')) < newestOf(shimSources)) {
  run('Building the keeper', node, {
    args: [
      vite,
      'build',
      '--config',
      at('runner', 'running', 'shim', 'vite.config.ts'),
      '--logLevel',
      'warn',
    ],
  });
}
