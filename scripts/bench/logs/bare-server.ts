/**
 * The limit of what Node can do here: a bare server that writes to its viewers, beginning at SIGUSR2. `node bare-server.ts flood <file>` writes
 * the file's bytes, `latency <lines per second>` lines with their time (monotonic clock, ms).
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monotonicMs } from '../measuring/monotonic-ms.ts';

const [mode, argument = ''] = process.argv.slice(2);
const viewers: ServerResponse[] = [];
const server = createServer((_req, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.flushHeaders();
  viewers.push(res);
});

/** The same bytes in the same 64 KiB writes, each viewer at its own pace. */
function flood(): void {
  const bytes = readFileSync(argument);
  for (const viewer of viewers) {
    let at = 0;
    const pump = (): void => {
      while (at < bytes.length) {
        const isTaken = viewer.write(bytes.subarray(at, (at += 65_536)));
        if (!isTaken) return void viewer.once('drain', pump);
      }
    };
    pump();
  }
}

/** Each line at once to all viewers: no batching, no file. */
function latency(): void {
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * Number(argument);
    for (; sent < due; sent += 1) {
      const frame = Buffer.from(`id: ${sent}\ndata: {"line":"at ${monotonicMs().toFixed(3)}"}\n\n`);
      for (const viewer of viewers) viewer.write(frame);
    }
  }, 1);
}

process.on('SIGUSR2', mode === 'flood' ? flood : latency);
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
