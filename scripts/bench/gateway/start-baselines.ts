/** Starts the gateways of others that ours is measured beside: nginx and Portkey's, each with a configuration of its own, where available. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import envPaths from 'env-paths';
import { unusedPort } from '../../../runner/testing/unused-port.ts';
import { waitUntil } from '../../../runner/testing/wait-until.ts';

/** Where it listens and which processes do its work, or why it is not available. */
export type Baseline = { url: string; pids: readonly number[] } | { missing: string };

const PORTKEY_VERSION = '1.15.2';

/** One worker: the other gateways are one event loop each. */
const nginxConfig = ({ port, upstream }: { port: number; upstream: string }): string => `
daemon off;
worker_processes 1;
error_log stderr error;
pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 10000000;
  upstream model { server ${new URL(upstream).host}; keepalive 1024; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} backlog=1000;
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;

export async function startNginx(
  cleanup: AsyncDisposableStack,
  { dir, upstream }: { dir: string; upstream: string },
): Promise<Baseline> {
  const program = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) =>
    existsSync(path),
  );
  if (program === undefined) return { missing: 'not installed: apt-get install nginx-light' };
  const port = await unusedPort();
  const prefix = join(dir, 'nginx');
  mkdirSync(prefix);
  writeFileSync(join(prefix, 'nginx.conf'), nginxConfig({ port, upstream }));
  const args = ['-p', prefix, '-c', 'nginx.conf', '-e', 'stderr'];
  const child = startChild(cleanup, { program, args, options: { stdio: ['ignore', 'ignore', 'inherit'] } });
  const url = `http://127.0.0.1:${port}`;
  await untilListening(child, { name: 'nginx', url: `${url}/health` });
  const master = child.pid ?? 0;
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return { url, pids: [master, ...workers] };
}

/** Installed once, into the user's cache folder: it is no dependency of this repository. It has no option to listen on loopback only. */
export async function startPortkey(cleanup: AsyncDisposableStack): Promise<Baseline> {
  const dir = join(envPaths('llm-server-manager', { suffix: '' }).cache, `portkey-${PORTKEY_VERSION}`);
  const program = join(dir, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  try {
    if (!existsSync(program)) await installPortkey(dir);
  } catch (error) {
    return { missing: `cannot be installed: ${String(error).split('\n')[0]}` };
  }
  const port = await unusedPort();
  // Without --headless it would store the requests for a page of its own.
  const options: SpawnOptions = { stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } };
  const child = startChild(cleanup, {
    program: process.execPath,
    args: [program, '--headless', `--port=${port}`],
    options,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilListening(child, { name: 'Portkey', url });
  return { url, pids: [child.pid ?? 0] };
}

async function installPortkey(dir: string): Promise<void> {
  console.log(`Installing @portkey-ai/gateway ${PORTKEY_VERSION} into ${dir} …`);
  mkdirSync(dir, { recursive: true });
  // With the newer version that npm would choose, streams fail with 500.
  const overrides = { '@hono/node-server': '1.13.5' };
  const manifest = { private: true, dependencies: { '@portkey-ai/gateway': PORTKEY_VERSION }, overrides };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', ...options], { cwd: dir, timeout: 120_000 });
}

function startChild(
  cleanup: AsyncDisposableStack,
  { program, args, options }: { program: string; args: string[]; options: SpawnOptions },
): ChildProcess {
  if (cleanup.disposed) throw new Error('The benchmark is ending.');
  const child = spawn(program, args, options);
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  // TERM: nginx ends its workers, too.
  cleanup.defer(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  return child;
}

async function untilListening(
  child: ChildProcess,
  { name, url }: { name: string; url: string },
): Promise<void> {
  await waitUntil(`${name} at ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}
