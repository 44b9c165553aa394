/**
 * Launches a model server through the runner and waits until it is ready. Called by start_llm_server.sh and .bat, which parse the flags;
 * the settings are environment variables (MODEL, PORT, CONTEXT …), arguments are passed to the server unchanged.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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

function readForm(model: string): Partial<ServerForm> {
  const mmproj = text('MMPROJ');
  return {
    // The runner's working folder is not the caller's.
    model: resolve(model),
    mmproj: mmproj === undefined ? undefined : resolve(mmproj),
    host: text('HOST') ?? '127.0.0.1',
    port: number('PORT') ?? 8080,
    context: number('CONTEXT'),
    gpuLayers: number('GPU_LAYERS'),
    threads: number('THREADS'),
    parallel: number('PARALLEL'),
    batchSize: number('BATCH_SIZE'),
    alias: text('ALIAS'),
    apiKey: text('API_KEY'),
    extraArgs: process.argv.slice(2),
  };
}

await runWithRunner(async (runner) => {
  const model = text('MODEL');
  if (model === undefined) throw new Error('MODEL is not set: give the path of a GGUF file.');
  const form = readForm(model);
  const id = text('ID') ?? `llama_${form.port}`;
  const recipe =
    text('RECIPE') ?? (await runner.request<LaunchContextResponse>('/api/launch/context')).defaultRecipe;
  await launch(runner, { id, recipe, form, restart: { policy: 'on-failure' } });
  return waitUntilReady(runner, id);
});

/** A server that already runs is no error: the caller waits for it as well. */
async function launch(runner: RunnerClient, body: { id: string; [field: string]: unknown }): Promise<void> {
  try {
    const { pid } = await runner.request<LaunchResponse>('/api/runner/launch', { method: 'POST', body });
    console.log(
      `The runner at ${runner.url} has launched "${body.id}" (${String(body['recipe'])}, process ${pid}).`,
    );
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'ALREADY_RUNNING') throw error;
    console.log(`"${body.id}" is running already; it keeps the settings it was launched with.`);
  }
}

async function waitUntilReady(runner: RunnerClient, id: string): Promise<boolean> {
  const seconds = number('READY_TIMEOUT') ?? 600;
  const giveUpAt = Date.now() + seconds * 1000;
  let printed = '';
  for (;;) {
    const { process } = await runner.request<{ process: ProcessSnapshot }>(
      `/api/runner/processes/${encodeURIComponent(id)}`,
    );
    const { state, note, pid } = process;
    if (state === 'ready') return printReady(runner, process);
    if (state === 'crash-loop' || (pid === null && state !== 'starting'))
      return printFailure(runner, process);
    const now = note === null ? state : `${state}: ${note}`;
    if (now !== printed) console.log(`  ${now}`);
    printed = now;
    if (Date.now() > giveUpAt) {
      console.error(
        `Not ready after ${seconds} s. It continues to load; see its log: ${logCommand(runner, id)}`,
      );
      return false;
    }
    await pause(POLL_MS);
  }
}

function printReady(runner: RunnerClient, { id, url, command }: ProcessSnapshot): boolean {
  console.log(`Ready: ${url ?? id}
  command  ${command}
  log      ${logCommand(runner, id)}
  page     ${runner.url}
  stop     curl -X POST ${runner.url}/api/runner/stop/${id}`);
  return true;
}

async function printFailure(
  runner: RunnerClient,
  { id, state, exit, diagnosis }: ProcessSnapshot,
): Promise<boolean> {
  const how = exit === null ? state : `${exit.reason}, code ${exit.code}, signal ${exit.signal}`;
  console.error(`"${id}" did not become ready (${how}).`);
  if (diagnosis !== null) console.error(`${diagnosis.cause} ${diagnosis.suggestion}`);
  const { entries } = await runner.request<{ entries: LogEntry[] }>(
    `/api/runner/logs/${encodeURIComponent(id)}?tail=${LOG_LINES}`,
  );
  for (const entry of entries) if ('line' in entry) console.error(`  | ${entry.line}`);
  if (state === 'backoff') console.error('The runner will launch it again.');
  console.error(`The whole log: ${logCommand(runner, id)}`);
  return false;
}

function logCommand(runner: RunnerClient, id: string): string {
  return `curl -N ${runner.url}/api/runner/stream/${id}`;
}
