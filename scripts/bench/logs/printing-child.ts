/**
 * The child whose log is watched: `node printing-child.ts <file> flood <lines> | rate <lines per second> | bulk <MB>`. It waits until the file
 * exists, then prints; the lines of `rate` carry their time (monotonic clock, ms).
 */
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { monotonicMs } from '../measuring/monotonic-ms.ts';

const [startFile = '', mode, amountText] = process.argv.slice(2);
const amount = Number(amountText);
while (!existsSync(startFile)) await new Promise((resolve) => setTimeout(resolve, 2));

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

if (mode === 'rate') {
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * amount;
    for (; sent < due; sent += 1)
      process.stdout.write(`at ${monotonicMs().toFixed(3)} some text of a usual length\n`);
  }, 1);
} else {
  const lines = mode === 'bulk' ? (amount * 1e6) / 100 : amount;
  const pad = mode === 'bulk' ? 'x'.repeat(80) : '';
  for (let next = 0; next < lines;) {
    let text = '';
    for (let batch = 0; batch < 1_000 && next < lines; batch += 1, next += 1) text += `line ${next} ${pad}\n`;
    await write(text);
  }
  await write('flood over\n');
}
setInterval(() => undefined, 1 << 30);
