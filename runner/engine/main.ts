/** The program `node runner/engine/main.ts`: an OpenAI-compatible server on llama.cpp inside Node, with llama-server's flags and log. */
import { Engine } from './engine.ts';
import { createEngineLog } from './engine-log.ts';
import type { EngineOptions } from './flag-table.ts';
import { helpText, parseFlags } from './parse-flags.ts';

/** A step of the native thread cannot be interrupted; beyond this the exit does not wait for it. */
const longestGoodbyeMs = 800;

const command = parseFlags(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(helpText());
    break;
  case 'version':
    await printVersion();
    break;
  case 'refused':
    process.stderr.write(`${command.message}\n`);
    process.exitCode = 1;
    break;
  case 'serve':
    await serve(command.options);
    break;
}

async function serve(options: EngineOptions): Promise<void> {
  const log = createEngineLog(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  // Whoever reads the log may go away; the server stays, as llama-server does.
  process.stderr.on('error', () => undefined);
  const engine = new Engine(options, log);
  stopOnSignal(engine);
  if ((await engine.start()) === 'failed') process.exit(1);
}

function stopOnSignal(engine: Engine): void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      process.stderr.write('Received second interrupt, terminating immediately.\n');
      if (engine.isLoading) dieBy(signal);
      process.exit(1);
    }
    isStopping = true;
    setTimeout(() => dieBy(signal), longestGoodbyeMs);
    void engine.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** `process.exit` waits for the native thread (a load, an evaluation) to finish its step, the signal's default action does not. */
function dieBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

async function printVersion(): Promise<void> {
  const { getModuleVersion } = await import('node-llama-cpp');
  process.stdout.write(`version: embedded engine (node-llama-cpp ${await getModuleVersion()})\n`);
  process.exit(0);
}
