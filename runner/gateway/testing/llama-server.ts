/** A real llama-server with one of the repository's tiny models, where this machine has one; ended by whoever started it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Endpoint } from '#contract/endpoint';
import { findLlamaServer } from '../../system/find-llama-server.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { endpointAt } from './test-gateway.ts';

/** `LLAMA_SERVER`, or the one on PATH; null where there is none. CI fetches one. */
export const llamaServer = findLlamaServer(process.env['LLAMA_SERVER'] || null, {
  platform: process.platform,
  searchPath: process.env['PATH'] ?? '',
});

export interface LlamaServer {
  /** Online, with the model's whole path as its name, as llama-server names it. */
  endpoint: Endpoint;
  /** Slots that are at work now. */
  busySlots: () => Promise<number>;
  /** Requests so far that it gave up because their client had left, as its log says. */
  cancelled: () => number;
  end: () => Promise<void>;
}

/** Never ends an answer by itself when told to ignore the end of the text: its context shifts. Two slots. */
export async function startLlamaServer(
  program: string,
  { model, args = [] }: { model: string; args?: string[] },
): Promise<LlamaServer> {
  const path = join(import.meta.dirname, '..', '..', '..', 'presets', 'models', model);
  const url = `http://127.0.0.1:${await unusedPort()}`;
  const options = [
    '-m',
    path,
    '--port',
    new URL(url).port,
    '-c',
    '4096',
    '-np',
    '2',
    '-t',
    '1',
    '--slots',
    '--context-shift',
  ];
  const child = spawn(program, [...options, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  try {
    await waitUntil('llama-server to be ready', async () => {
      if (child.exitCode !== null)
        throw new Error(`llama-server ended with ${child.exitCode}: ${said.slice(-2_000)}`);
      return fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  } catch (error) {
    await end();
    throw error;
  }
  const busySlots = async (): Promise<number> => {
    const slots = (await (await fetch(`${url}/slots`)).json()) as { is_processing: boolean }[];
    return slots.filter(({ is_processing: isBusy }) => isBusy).length;
  };
  const cancelled = (): number => said.split('cancel task').length - 1;
  return { cancelled, endpoint: endpointAt(url, { model: path, models: [path], slots: 2 }), busySlots, end };
}
