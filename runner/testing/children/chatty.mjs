// Writes numbered lines: `node chatty.mjs <lines> <lines per second, 0 = as fast as it goes> [bytes per line]`, then waits for a signal.
const [lines, rate, bytes] = process.argv.slice(2).map(Number);
const pad = 'x'.repeat(Math.max(0, (bytes || 0) - 12));
const startedAt = performance.now();
let next = 0;
function write() {
  const due =
    rate === 0 ? lines : Math.min(lines, Math.floor(((performance.now() - startedAt) / 1000) * rate));
  while (next < due) {
    let text = '';
    for (let count = 0; count < 500 && next < due; count += 1, next += 1) text += `line ${next} ${pad}\n`;
    if (!process.stdout.write(text)) return void process.stdout.once('drain', write);
  }
  if (next < lines) setTimeout(write, 5);
}
write();
setInterval(() => {}, 1 << 30);
