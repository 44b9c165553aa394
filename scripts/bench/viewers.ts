/** A program of its own: `node viewers.ts <url> <count> <flood|latency|stall>`. Opens streams and reports as JSON on stdout, one message a line. */
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';

const [url = '', countText = '1', mode = 'flood'] = process.argv.slice(2);
const count = Number(countText);

interface Viewer {
  bytes: number;
  crc: number;
  lines: number;
  outOfOrder: number;
  tail: string;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent: false }, resolve).once('error', reject));
}

/** Cheap for all but the first viewer: that one is parsed line by line, the others must have its very bytes. */
function watchFlood(viewer: Viewer, isChecked: boolean, done: () => void): (chunk: Buffer) => void {
  let held = '';
  let isGreeted = false;
  return (received) => {
    // The first event is the state of the moment, different for each viewer.
    const chunk = isGreeted ? received : received.subarray(received.indexOf('\n\n') + 2);
    isGreeted = true;
    viewer.bytes += chunk.length;
    viewer.crc = crc32(chunk, viewer.crc);
    if (isChecked) held = checkLines(viewer, held + chunk.toString('utf8'));
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
  const viewers = Array.from({ length: count }, (): Viewer => ({ bytes: 0, crc: 0, lines: 0, outOfOrder: 0, tail: '' }));
  const finished = viewers.map(
    (viewer, index) =>
      new Promise<void>((resolve, reject) => {
        void open().then((response) => response.on('data', watchFlood(viewer, index === 0, resolve)), reject);
      }),
  );
  say({ ready: true });
  await Promise.all(finished);
  const [first] = viewers;
  say({
    openedAt,
    doneAt: Date.now(),
    bytes: first?.bytes,
    lines: first?.lines,
    outOfOrder: first?.outOfOrder,
    different: viewers.filter((viewer) => viewer.crc !== first?.crc || viewer.bytes !== first.bytes).length,
  });
}

/** Lines carry the time they were printed at, in ms of the monotonic clock that all processes share. */
async function latency(): Promise<void> {
  const delays: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await open();
    let held = '';
    response.on('data', (chunk: Buffer) => {
      const now = Number(process.hrtime.bigint()) / 1e6;
      const events = (held + chunk.toString('utf8')).split('\n\n');
      held = events.pop() ?? '';
      for (const event of events) {
        const at = /"line":"at (\d+\.\d+)/.exec(event)?.[1];
        if (at !== undefined) delays.push(now - Number(at));
      }
    });
  }
  say({ ready: true });
  process.on('SIGTERM', () => {
    const sorted = delays.slice(Math.floor(delays.length / 10)).toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
    say({ lines: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) });
    process.exit(0);
  });
}

async function stall(): Promise<void> {
  for (let index = 0; index < count; index += 1) (await open()).pause();
  say({ ready: true });
  setInterval(() => undefined, 1_000);
}

const modes: Record<string, () => Promise<void>> = { flood, latency, stall };
await modes[mode]?.();
if (mode === 'flood') process.exit(0);
