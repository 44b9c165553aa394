/** Starts nginx and Caddy as deploy/ configures them, with the ports and the certificate of a test in place of the real ones. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from '../../runner/testing/temp-dir.ts';
import { unusedPort } from '../../runner/testing/unused-port.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
export const DOMAIN = 'llm.example';

/** What the proxy forwards to. */
export interface Targets {
  runnerPort: number;
  gatewayPort: number;
}

export interface Proxy {
  port: number;
  /** Sends an HTTPS request as a client of the domain does. Resolves at the response's head; the caller reads the body. */
  request: (
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: unknown },
  ) => Promise<IncomingMessage>;
}

/** Throws where there is nothing to replace: the tests are about the shipped file. */
function replaceAll(text: string, values: Record<string, string>): string {
  let replaced = text;
  for (const [from, to] of Object.entries(values)) {
    if (!replaced.includes(from)) throw new Error(`The shipped configuration has no ${from}.`);
    replaced = replaced.replaceAll(from, to);
  }
  return replaced;
}

function makeCertificate(dir: string): void {
  const to = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')];
  const subject = ['-subj', `/CN=${DOMAIN}`, '-addext', `subjectAltName=DNS:${DOMAIN}`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...to],
    { stdio: 'ignore' },
  );
}

export async function startNginx({ runnerPort, gatewayPort }: Targets): Promise<Proxy> {
  const dir = tempDir();
  const [port, plainPort] = [await unusedPort(), await unusedPort()];
  makeCertificate(dir);
  const site = replaceAll(readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8'), {
    'listen [::]:80;': '',
    'listen [::]:443 ssl http2;': '',
    'listen 80;': `listen 127.0.0.1:${plainPort};`,
    'listen 443 ssl http2;': `listen 127.0.0.1:${port} ssl http2;`,
    '/etc/letsencrypt/live/llm.example/fullchain.pem': join(dir, 'cert.pem'),
    '/etc/letsencrypt/live/llm.example/privkey.pem': join(dir, 'key.pem'),
    'http://127.0.0.1:8000': `http://127.0.0.1:${gatewayPort}`,
    'http://127.0.0.1:3002': `http://127.0.0.1:${runnerPort}`,
  });
  mkdirSync(join(dir, 'tmp'));
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/tmp/${name};`)
    .join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(join(dir, 'site.conf'), site);
  writeFileSync(
    join(dir, 'nginx.conf'),
    `${user} daemon off; pid ${dir}/pid; error_log ${dir}/error.log; events {} http { access_log off; ${folders} include ${dir}/site.conf; }`,
  );
  const args = ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')];
  execFileSync('nginx', ['-t', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  return start('nginx', { args, port, dir });
}

export async function startCaddy({ runnerPort, gatewayPort }: Targets): Promise<Proxy> {
  const dir = tempDir();
  const port = await unusedPort();
  makeCertificate(dir);
  const site = replaceAll(readFileSync(join(DEPLOY, 'Caddyfile'), 'utf8'), {
    'llm.example {': `https://${DOMAIN}:${port} {\n\tbind 127.0.0.1\n\ttls ${dir}/cert.pem ${dir}/key.pem`,
    'reverse_proxy 127.0.0.1:8000': `reverse_proxy 127.0.0.1:${gatewayPort}`,
    'reverse_proxy 127.0.0.1:3002': `reverse_proxy 127.0.0.1:${runnerPort}`,
  });
  const file = join(dir, 'Caddyfile');
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${site}`);
  execFileSync('caddy', ['validate', '--config', file, '--adapter', 'caddyfile'], {
    stdio: 'pipe',
    env: environment(dir),
  });
  return start('caddy', { args: ['run', '--config', file, '--adapter', 'caddyfile'], port, dir });
}

function environment(dir: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
}

async function start(
  program: string,
  { args, port, dir }: { args: string[]; port: number; dir: string },
): Promise<Proxy> {
  const child = spawn(program, args, { stdio: 'ignore', env: environment(dir) });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    // TERM ends nginx and its workers at once; Caddy would wait for streams that a failed test has left open.
    child.kill(program === 'nginx' ? 'SIGTERM' : 'SIGKILL');
    await gone;
  });
  await waitUntil(`${program} to listen`, () => accepts(port));
  const request: Proxy['request'] = async (path, { method = 'GET', headers = {}, body } = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = {
      method,
      headers: { host: `${DOMAIN}:${port}`, ...json, ...headers },
      servername: DOMAIN,
      rejectUnauthorized: false,
    };
    const outgoing = httpsRequest(`https://127.0.0.1:${port}${path}`, { ...options, agent: false });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    onTestFinished(() => void response.destroy());
    return response;
  };
  return { port, request };
}

/** Whether something listens there. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
