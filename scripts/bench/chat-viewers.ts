/**
 * Chat clients: `node chat-viewers.ts <url> <JSON body> <streams> <rounds>`. Each round opens that many streams at once and reads them to the
 * end; then one line of JSON says what came (ViewersReport). Works on an OpenAI server's stream and on the runner's.
 */
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface ViewersReport {
  /** Of each stream: from the request to its first token. */
  firstMs: number[];
  /** Of each token that tells when it was sent: from then to now. */
  lagMs: number[];
  /** Of each stream: tokens per second after the first one. */
  rates: number[];
  delivered: number;
  /** Tokens that were not the next of their stream. */
  outOfOrder: number;
}

const [url = '', body = '', streamsText = '1', roundsText = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const report: ViewersReport = { firstMs: [], lagMs: [], rates: [], delivered: 0, outOfOrder: 0 };
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

async function post(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const order = request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, agent }, resolve);
    order.once('error', reject).end(body);
  });
}

async function readOne(): Promise<void> {
  const askedAt = now();
  const response = await post();
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  let firstAt = 0;
  let tokens = 0;
  let held = '';
  // Not an async loop: that would add its own delays.
  response.setEncoding('utf8').on('data', (text: string) => {
    const at = now();
    const events = (held + text).split('\n\n');
    held = events.pop() ?? '';
    for (const event of events) {
      const [, content] = /"content":"([^"]+)/.exec(event) ?? [];
      if (content === undefined) continue;
      firstAt ||= at;
      take(content, tokens, at);
      tokens += 1;
    }
  });
  await new Promise((resolve, reject) => response.once('end', resolve).once('error', reject));
  report.firstMs.push(firstAt - askedAt);
  report.rates.push(((tokens - 1) / (now() - firstAt)) * 1000);
  report.delivered += tokens;
}

function take(content: string, expected: number, at: number): void {
  const [, number, sentAt] = /^(\d+)@(\d+\.\d+)/.exec(content) ?? [];
  if (sentAt === undefined) return;
  report.lagMs.push(at - Number(sentAt));
  if (Number(number) !== expected) report.outOfOrder += 1;
}

for (let round = 0; round < Number(roundsText); round += 1) {
  await Promise.all(Array.from({ length: Number(streamsText) }, async () => readOne()));
}
process.stdout.write(`${JSON.stringify(report)}\n`);
agent.destroy();
