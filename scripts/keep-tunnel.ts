/**
 * Makes the runner keep up the reverse tunnel of the settings (REMOTE_HOST, REMOTE_PORT …), and follows its state. Called by
 * maintain_tunnel.sh and .bat, which parse the flags. `--check` tries the tunnel once and keeps nothing; `--once` ends when it is up.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
    host: text('REMOTE_HOST'),
    port: port('SSH_PORT', 22),
    user: text('REMOTE_USER') ?? null,
    identityFile:
      identityFile === undefined || identityFile.startsWith('~/')
        ? (identityFile ?? null)
        : resolve(identityFile),
    jumpHost: text('JUMP_HOST') ?? null,
    bindAddress: text('BIND_ADDRESS'),
    localHost: text('LOCAL_HOST'),
    localPort: port('LOCAL_PORT', 8080),
    remotePort,
    compression: text('COMPRESSION') === 'yes',
  });
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}

await runWithRunner(async (runner) => {
  const input = readInput(process.env);
  const [mode] = process.argv.slice(2);
  if (mode === '--check') return check(runner, input);
  const tunnel = await findOrCreate(runner, input);
  if (tunnel.state === 'stopped') await runner.request(`/api/tunnels/${tunnel.id}/start`, { method: 'POST' });
  return follow(runner, tunnel.id, { untilUp: mode === '--once' });
});

/** Resolves with the tunnel of that name, created where there is none. One with other settings is not touched: it may be someone else's. */
async function findOrCreate(runner: RunnerClient, input: TunnelInput): Promise<Tunnel> {
  const { tunnels } = await runner.request<{ tunnels: Tunnel[] }>('/api/tunnels');
  const known = tunnels.find(({ config }) => config.name === input.name);
  if (known === undefined) {
    const { tunnel } = await runner.request<{ tunnel: Tunnel }>('/api/tunnels', {
      method: 'POST',
      body: input,
    });
    console.log(`The runner at ${runner.url} keeps up the tunnel "${input.name}" from now on.`);
    return tunnel;
  }
  const different = differencesOf(known.config, input);
  if (different.length > 0) {
    throw new Error(
      `The runner has a tunnel "${input.name}" with other settings (${different.join(', ')}). Change it on the page ${runner.url}, or give this one another name: --name NAME.`,
    );
  }
  return known;
}

/** Only of the fields that this script sets; others may have been set on the page. */
function differencesOf(known: Tunnel['config'], wanted: TunnelInput): string[] {
  const has = new Map<string, unknown>(Object.entries(known));
  return Object.entries(wanted)
    .filter(([name, value]) => name !== 'startWithRunner' && has.get(name) !== value)
    .map(([name]) => name);
}

/** Prints each new state. Ctrl-C ends this program, not the tunnel. */
async function follow(runner: RunnerClient, id: string, { untilUp }: { untilUp: boolean }): Promise<boolean> {
  let printed = '';
  for (;;) {
    const { tunnel } = await runner.request<{ tunnel: Tunnel }>(`/api/tunnels/${id}`);
    const now = describe(tunnel);
    if (now !== printed) console.log(`${new Date().toISOString()} ${now}`);
    printed = now;
    if (tunnel.state === 'stopped') return false;
    if (untilUp && tunnel.state === 'up') return true;
    if (untilUp && (tunnel.state === 'down' || tunnel.state === 'degraded')) return false;
    await pause(POLL_MS);
  }
}

function describe({ state, problem, nextTryAt }: Tunnel): string {
  const next = state === 'down' && nextTryAt !== null ? ` Next try at ${nextTryAt}.` : '';
  return problem === null ? `${state}.${next}` : `${state}: ${problem.message} ${problem.suggestion}${next}`;
}

async function check(runner: RunnerClient, input: TunnelInput): Promise<boolean> {
  const { steps, problem } = await runner.request<z.infer<typeof tunnelTestResponseSchema>>(
    '/api/tunnels/test',
    {
      method: 'POST',
      body: input,
    },
  );
  for (const { step, ok, ms, message } of steps)
    console.log(`${ok ? '✓' : '✗'} ${step} (${Math.round(ms)} ms): ${message}`);
  if (problem !== null) console.error(`${problem.message} ${problem.suggestion}`);
  return steps.every(({ ok }) => ok);
}
