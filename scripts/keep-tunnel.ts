/**
 * Has the runner keep up the reverse tunnel of the settings (REMOTE_HOST, REMOTE_PORT …), and follows its state. Called by
 * maintain_tunnel.sh and .bat, which read the flags. `--check` tries the tunnel once and keeps nothing; `--once` ends when it is up.
 */
import { resolve } from 'node:path';
import { tunnelInputSchema } from '../runner/contract/tunnel.ts';
import type { Tunnel, TunnelInput, tunnelTestResponseSchema } from '../runner/contract/tunnel.ts';
import { runWithRunner } from './runner-client.ts';
import type { RunnerClient } from './runner-client.ts';
import type { z } from 'zod';

const POLL_MS = 1000;

function readInput(env: NodeJS.ProcessEnv): TunnelInput {
  const text = (name: string): string | undefined => env[name] || undefined;
  const port = (name: string, fallback: number): number => Number(text(name) ?? fallback);
  const identityFile = text('IDENTITY_FILE');
  const remotePort = port('REMOTE_PORT', 8080);
  const parsed = tunnelInputSchema.safeParse({
    direction: 'reverse',
    name: text('TUNNEL_NAME') ?? `${text('REMOTE_HOST')}:${remotePort}`,
    ...{ host: text('REMOTE_HOST'), port: port('SSH_PORT', 22), user: text('REMOTE_USER') ?? null },
    identityFile: identityFile === undefined || identityFile.startsWith('~/') ? (identityFile ?? null) : resolve(identityFile),
    jumpHost: text('JUMP_HOST') ?? null,
    ...{ bindAddress: text('BIND_ADDRESS'), localHost: text('LOCAL_HOST'), localPort: port('LOCAL_PORT', 8080), remotePort },
    compression: text('COMPRESSION') === 'yes',
  });
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}

await runWithRunner(async (runner) => {
  const input = readInput(process.env);
  const [mode] = process.argv.slice(2);
  if (mode === '--check') return check(runner, input);
  const tunnel = await create(runner, input);
  if (tunnel.state === 'stopped') await runner.ask(`/api/tunnels/${tunnel.id}/start`, { method: 'POST' });
  return follow(runner, tunnel.id, { untilUp: mode === '--once' });
});

/** The tunnel of that name; made, where there is none. One with other settings is not touched: it may be somebody else's. */
async function create(runner: RunnerClient, input: TunnelInput): Promise<Tunnel> {
  const { tunnels } = await runner.ask<{ tunnels: Tunnel[] }>('/api/tunnels');
  const known = tunnels.find(({ config }) => config.name === input.name);
  if (known === undefined) {
    const { tunnel } = await runner.ask<{ tunnel: Tunnel }>('/api/tunnels', { method: 'POST', body: input });
    console.log(`The runner at ${runner.url} keeps up the tunnel "${input.name}" from now on.`);
    return tunnel;
  }
  const other = differences(known.config, input);
  if (other.length > 0) {
    throw new Error(
      `The runner has a tunnel "${input.name}" with other settings (${other.join(', ')}). Change it on the page ${runner.url}, or give this one another name: --name NAME.`,
    );
  }
  return known;
}

/** Fields that this script sets; what else the page can set stays as it is. */
function differences(known: Tunnel['config'], wanted: TunnelInput): string[] {
  const has = new Map<string, unknown>(Object.entries(known));
  return Object.entries(wanted)
    .filter(([name, value]) => name !== 'startWithRunner' && has.get(name) !== value)
    .map(([name]) => name);
}

/** Ctrl-C ends the following, not the tunnel. */
async function follow(runner: RunnerClient, id: string, { untilUp }: { untilUp: boolean }): Promise<boolean> {
  let said = '';
  for (;;) {
    const { tunnel } = await runner.ask<{ tunnel: Tunnel }>(`/api/tunnels/${id}`);
    const now = describe(tunnel);
    if (now !== said) console.log(`${new Date().toISOString()} ${now}`);
    said = now;
    if (tunnel.state === 'stopped') return false;
    if (untilUp && tunnel.state === 'up') return true;
    if (untilUp && (tunnel.state === 'down' || tunnel.state === 'degraded')) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function describe({ state, problem, nextTryAt }: Tunnel): string {
  const next = state === 'down' && nextTryAt !== null ? ` Next try at ${nextTryAt}.` : '';
  return problem === null ? `${state}.${next}` : `${state}: ${problem.message} ${problem.suggestion}${next}`;
}

async function check(runner: RunnerClient, input: TunnelInput): Promise<boolean> {
  const { steps, problem } = await runner.ask<z.infer<typeof tunnelTestResponseSchema>>('/api/tunnels/test', {
    method: 'POST',
    body: input,
  });
  for (const { step, ok, ms, message } of steps) console.log(`${ok ? '✓' : '✗'} ${step} (${Math.round(ms)} ms): ${message}`);
  if (problem !== null) console.error(`${problem.message} ${problem.suggestion}`);
  return steps.every(({ ok }) => ok);
}
