/** The shim program: `node runner/shim/main.ts <run.json>`. Started detached by the runner, one per run; ends when its run has ended. */
import { readFileSync, writeSync } from 'node:fs';
import { Keeper } from './keeper.ts';
import type { RunOrder } from './protocol.ts';

/** The order is written by our own runner, so it is trusted as it is: a schema library would double the shim's memory. */
const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as RunOrder;
const keeper = new Keeper(order);

// Somebody who ends the keeper means the run; Ctrl-C in the runner's terminal does not reach this session.
process.on('SIGTERM', () => keeper.stop(10_000));
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

async function main(): Promise<void> {
  const handshake = await keeper.start();
  try {
    writeSync(1, `${JSON.stringify(handshake)}\n`);
  } catch {
    // The runner is gone already: the run goes on, the next runner finds it.
  }
}

void main();
