/** Cuts a network of two hosts for a while; one of them is a namespace with an sshd. Linux, root. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tunnelResponseSchema } from '../../runner/contract/tunnel.ts';
import { Sshd } from '../../runner/testing/sshd.ts';
import { unusedPort } from '../../runner/testing/unused-port.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import type { TunnelSetting } from './tunnel-setting.ts';

/** Addresses of the network reserved for documentation: no one routes it. */
const HERE = '198.51.100.113';
const THERE = '198.51.100.114';

/** Runner A gets a second tunnel, to an sshd in a namespace; the link between them is down for `cutMs`. */
export async function cutNetwork(
  setting: TunnelSetting,
  cutMs: number,
): Promise<{ outcome: string; backMs: number }> {
  const namespace = `llm-fault-${process.pid}`;
  const [here, there] = [`lf${process.pid}a`, `lf${process.pid}b`];
  const inThere = ['ip', 'netns', 'exec', namespace];
  ip('netns', 'add', namespace);
  try {
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace);
    ip('addr', 'add', `${HERE}/30`, 'dev', here);
    ip('link', 'set', here, 'up');
    ip('-n', namespace, 'addr', 'add', `${THERE}/30`, 'dev', there);
    ip('-n', namespace, 'link', 'set', there, 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    const sshd = new Sshd({ dir: join(setting.dir, 'sshd-there'), port: 22, listen: THERE });
    const key = sshd.makeKey('id');
    sshd.authorize([key.public]);
    await sshd.start({ prefix: inThere });
    try {
      return await cut(setting, { sshd, file: key.file, inThere, namespace, there, cutMs });
    } finally {
      await sshd.stop();
    }
  } finally {
    ip('netns', 'del', namespace);
  }
}

interface Link {
  sshd: Sshd;
  file: string;
  inThere: readonly string[];
  namespace: string;
  there: string;
  cutMs: number;
}

async function cut(setting: TunnelSetting, link: Link): Promise<{ outcome: string; backMs: number }> {
  const remotePort = await unusedPort();
  const created = await setting.a.post('/api/tunnels', {
    direction: 'reverse',
    name: 'through the network',
    host: THERE,
    user: link.sshd.user,
    identityFile: link.file,
    localPort: setting.modelPort,
    remotePort,
  });
  const { id } = tunnelResponseSchema.parse(created.body).tunnel;
  const tunnel = async () =>
    tunnelResponseSchema.parse((await setting.a.get(`/api/tunnels/${id}`)).body).tunnel;
  const isBack = async (): Promise<boolean> =>
    (await tunnel()).state === 'up' && hasAnswerThere(link.inThere, remotePort);
  await waitUntil('the tunnel through the network', isBack, 30_000);
  const problems = new Set<string>();
  ip('-n', link.namespace, 'link', 'set', link.there, 'down');
  for (const end = performance.now() + link.cutMs; performance.now() < end; await pause(500)) {
    const { problem } = await tunnel();
    if (problem !== null) problems.add(problem.code);
  }
  const { state } = await tunnel();
  ip('-n', link.namespace, 'link', 'set', link.there, 'up');
  const begin = performance.now();
  await waitUntil('the tunnel through the network again', isBack, 120_000);
  const backMs = performance.now() - begin;
  await setting.a.delete(`/api/tunnels/${id}`);
  if (state === 'up')
    throw new Error('The tunnel was still reported as up a minute after the network was cut.');
  return { outcome: [...problems].join(', '), backMs };
}

/** Whether the model answers on the other host: asked by a program inside its namespace. */
function hasAnswerThere(inThere: readonly string[], port: number): boolean {
  const code = `fetch('http://127.0.0.1:${port}/v1/models', { signal: AbortSignal.timeout(2000) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;

  try {
    execFileSync('env', [...inThere, process.execPath, '-e', code], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
