/** The runner program: configuration, start, signals. `node runner/main.ts [--runner-port 3002] [--keep] …` */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { ConfigError, readConfig } from './config.ts';
import type { Runner } from './create-runner.ts';

// Whoever started us may have closed the pipe: what we say then reaches nobody, and that is no reason to end.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

if (existsSync('.env')) process.loadEnvFile('.env');

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2));
  enableCompileCache(`${config.dataDir}/cache/node`);
  const { createRunner } = await import('./create-runner.ts');
  const runner = createRunner(config);
  obeySignals(runner, config.keepProcesses);
  const url = await runner.start();
  process.stdout.write(`LLM Server Manager runs at ${url}\n`);
  if (runner.gatewayUrl !== null)
    process.stdout.write(`Its gateway for other machines: ${runner.gatewayUrl}/v1\n`);
}

/** Ctrl-C and TERM take the processes along, a second one does not wait; HUP leaves them for the next runner. */
function obeySignals(runner: Runner, keepProcesses: boolean): void {
  let isEnding = false;
  const end = (keep: boolean): void => {
    const graceMs = isEnding ? 0 : undefined;
    if (!isEnding && !keep && runner.runningCount > 0) {
      process.stdout.write(`Stopping ${runner.runningCount} process(es). Press Ctrl-C again to kill them.\n`);
    }
    isEnding = true;
    void runner.stop({ keepProcesses: keep, graceMs }).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGINT', () => end(keepProcesses));
  process.on('SIGTERM', () => end(keepProcesses));
  process.on('SIGHUP', () => end(true));
}

function fail(error: unknown): void {
  const isConfig = error instanceof ConfigError;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${isConfig ? 'The configuration has faults:\n' : 'The runner could not start: '}${text}\n`,
  );
  process.exit(1);
}

main().catch(fail);
