/**
 * Launches a model server through the runner and waits until it is ready. Called by start_llm_server.sh and .bat, which read the flags;
 * the settings come as environment variables (MODEL, PORT, CONTEXT …), arguments go to the server as they are.
 */
import { resolve } from 'node:path';
import type { LaunchContextResponse, ServerForm } from '../runner/contract/launch-form.ts';
import type { LogEntry } from '../runner/contract/log.ts';
import type { LaunchResponse, ProcessSnapshot } from '../runner/contract/process.ts';
import { RefusedError, runWithRunner } from './runner-client.ts';
import type { RunnerClient } from './runner-client.ts';

const POLL_MS = 500;
const LOG_LINES = 15;

const text = (name: string): string | undefined => process.env[name] || undefined;

function number(name: string): number | undefined {
  const given = text(name);
  if (given === undefined) return undefined;
  if (!/^-?\d+$/.test(given)) throw new Error(`${name} must be a whole number, not "${given}".`);
  return Number(given);
}

function formFrom(model: string): Partial<ServerForm> {
  const mmproj = text('MMPROJ');
  return {
    // The runner works in another folder than the caller.
    model: resolve(model),
    mmproj: mmproj === undefined ? undefined : resolve(mmproj),
    ...{ host: text('HOST') ?? '127.0.0.1', port: number('PORT') ?? 8080 },
    ...{ context: number('CONTEXT'), gpuLayers: number('GPU_LAYERS'), threads: number('THREADS') },
    ...{ parallel: number('PARALLEL'), batchSize: number('BATCH_SIZE'), alias: text('ALIAS'), apiKey: text('API_KEY') },
    extraArgs: process.argv.slice(2),
  };
}

await runWithRunner(async (runner) => {
  const model = text('MODEL');
  if (model === undefined) throw new Error('MODEL is not set: give the path of a GGUF file.');
  const form = formFrom(model);
  const id = text('ID') ?? `llama_${form.port}`;
  const recipe = text('RECIPE') ?? (await runner.ask<LaunchContextResponse>('/api/launch/context')).defaultRecipe;
  await launch(runner, { id, recipe, form, restart: { policy: 'on-failure' } });
  return waitUntilReady(runner, id);
});

/** A second call finds the server running: that is fine, it is waited for as well. */
async function launch(runner: RunnerClient, body: { id: string; [field: string]: unknown }): Promise<void> {
  try {
    const { pid } = await runner.ask<LaunchResponse>('/api/runner/launch', { method: 'POST', body });
    console.log(`The runner at ${runner.url} has launched "${body.id}" (${String(body['recipe'])}, process ${pid}).`);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'ALREADY_RUNNING') throw error;
    console.log(`"${body.id}" is running already; it keeps the settings it was launched with.`);
  }
}

async function waitUntilReady(runner: RunnerClient, id: string): Promise<boolean> {
  const seconds = number('READY_TIMEOUT') ?? 600;
  const giveUpAt = Date.now() + seconds * 1000;
  let said = '';
  for (;;) {
    const { process } = await runner.ask<{ process: ProcessSnapshot }>(`/api/runner/processes/${encodeURIComponent(id)}`);
    const { state, note, pid } = process;
    if (state === 'ready') return tellReady(runner, process);
    if (state === 'crash-loop' || (pid === null && state !== 'starting')) return tellFailure(runner, process);
    const now = note === null ? state : `${state}: ${note}`;
    if (now !== said) console.log(`  ${now}`);
    said = now;
    if (Date.now() > giveUpAt) {
      console.error(`Not ready after ${seconds} s. It goes on; see its log: ${logCommand(runner, id)}`);
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function tellReady(runner: RunnerClient, { id, url, command }: ProcessSnapshot): boolean {
  console.log(`Ready: ${url ?? id}
  command  ${command}
  log      ${logCommand(runner, id)}
  page     ${runner.url}
  stop     curl -X POST ${runner.url}/api/runner/stop/${id}`);
  return true;
}

async function tellFailure(runner: RunnerClient, { id, state, exit, diagnosis }: ProcessSnapshot): Promise<boolean> {
  const how = exit === null ? state : `${exit.reason}, code ${exit.code}, signal ${exit.signal}`;
  console.error(`"${id}" did not become ready (${how}).`);
  if (diagnosis !== null) console.error(`${diagnosis.cause} ${diagnosis.suggestion}`);
  const { entries } = await runner.ask<{ entries: LogEntry[] }>(`/api/runner/logs/${encodeURIComponent(id)}?tail=${LOG_LINES}`);
  for (const entry of entries) if ('line' in entry) console.error(`  | ${entry.line}`);
  if (state === 'backoff') console.error('The runner goes on trying.');
  console.error(`All of it: ${logCommand(runner, id)}`);
  return false;
}

function logCommand(runner: RunnerClient, id: string): string {
  return `curl -N ${runner.url}/api/runner/stream/${id}`;
}
