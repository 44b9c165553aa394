/** Viewers of a log: `node viewers.ts <url> <count> flood|latency|stall` opens the streams and reports as JSON on stdout, one message a line. */
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { monotonicMs } from '../measuring/monotonic-ms.ts';
import { percentile } from '../measuring/percentile.ts';

const [url = '', countText = '1', mode = 'flood'] = process.argv.slice(2);
const count = Number(countText);

interface Viewer {
  bytes: number;
  crc: number;
  lines: number;
  outOfOrder: number;
  tail: string;
}

function report(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent: false }, resolve).once('error', reject));
}

/** Parses only the first viewer's lines; of the others it checks that they received the same bytes, which is cheap. */
function watchFlood(viewer: Viewer, isChecked: boolean, done: () => void): (chunk: Buffer) => void {
  let unparsed = '';
  let hasState = false;
  return (received) => {
    // The first event is the state at that moment, which differs between viewers.
    const chunk = hasState ? received : received.subarray(received.indexOf('\n\n') + 2);
    hasState = true;
    viewer.bytes += chunk.length;
    viewer.crc = crc32(chunk, viewer.crc);
    if (isChecked) unparsed = checkLines(viewer, unparsed + chunk.toString('utf8'));
    viewer.tail = (viewer.tail + chunk.toString('latin1', Math.max(0, chunk.length - 300))).slice(-300);
    if (viewer.tail.includes('flood over')) done();
  };
}

function checkLines(viewer: Viewer, text: string): string {
  const events = text.split('\n\n');
  const rest = events.pop() ?? '';
  for (const event of events) {
    const number = /"line":"line (\d+) /.exec(event)?.[1];
    if (number === undefined) continue;
    if (Number(number) !== viewer.lines) viewer.outOfOrder += 1;
    viewer.lines += 1;
  }
  return rest;
}

async function flood(): Promise<void> {
  const openedAt = Date.now();
  const viewers = Array.from({ length: count }, (): Viewer => ({
    bytes: 0,
    crc: 0,
    lines: 0,
    outOfOrder: 0,
    tail: '',
  }));
  const finished = viewers.map(
    (viewer, index) =>
      new Promise<void>((resolve, reject) => {
        void open().then((response) => response.on('data', watchFlood(viewer, index === 0, resolve)), reject);
      }),
  );
  report({ ready: true });
  await Promise.all(finished);
  const [first] = viewers;
  report({
    openedAt,
    doneAt: Date.now(),
    bytes: first?.bytes,
    lines: first?.lines,
    outOfOrder: first?.outOfOrder,
    different: viewers.filter((viewer) => viewer.crc !== first?.crc || viewer.bytes !== first.bytes).length,
  });
}

/** The lines carry the time at which they were printed (monotonic clock, ms). The first tenth is dropped as warm-up. */
async function latency(): Promise<void> {
  const delays: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await open();
    let unparsed = '';
    response.on('data', (chunk: Buffer) => {
      const now = monotonicMs();
      const events = (unparsed + chunk.toString('utf8')).split('\n\n');
      unparsed = events.pop() ?? '';
      for (const event of events) {
        const at = /"line":"at (\d+\.\d+)/.exec(event)?.[1];
        if (at !== undefined) delays.push(now - Number(at));
      }
    });
  }
  report({ ready: true });
  process.on('SIGTERM', () => {
    const counted = delays.slice(Math.floor(delays.length / 10));
    report({
      lines: counted.length,
      p50: percentile(counted, 0.5),
      p99: percentile(counted, 0.99),
      max: percentile(counted, 1),
    });
    process.exit(0);
  });
}

async function stall(): Promise<void> {
  for (let index = 0; index < count; index += 1) (await open()).pause();
  report({ ready: true });
  setInterval(() => undefined, 1_000);
}

const modes: Record<string, () => Promise<void>> = { flood, latency, stall };
await modes[mode]?.();
if (mode === 'flood') process.exit(0);
