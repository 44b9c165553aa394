/**
 * Chat clients: `node clients.ts <url> <JSON body> <streams> <rounds>`. Each round opens that many streams at once and reads them to the end;
 * the last output is a ChatReport as one line of JSON. Works on an OpenAI server's stream and on the runner's.
 */
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { monotonicMs } from '../measuring/monotonic-ms.ts';

export interface ChatReport {
  /** Of each stream: from the request to its first token. */
  firstMs: number[];
  /** Of each token that carries its time of sending: from then to its arrival. */
  lagMs: number[];
  /** Of each stream: tokens per second after the first one. */
  rates: number[];
  delivered: number;
  /** Tokens that were not the next one of their stream. */
  outOfOrder: number;
}

const [url = '', body = '', streamsText = '1', roundsText = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const report: ChatReport = { firstMs: [], lagMs: [], rates: [], delivered: 0, outOfOrder: 0 };

async function post(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' }, agent },
      resolve,
    );
    outgoing.once('error', reject).end(body);
  });
}

async function readOne(): Promise<void> {
  const sentAt = monotonicMs();
  const response = await post();
  if (response.statusCode !== 200) throw new Error(`${url} responded with ${response.statusCode}`);
  let firstAt = 0;
  let tokens = 0;
  let unparsed = '';
  // Not an async loop: it would add delays of its own.
  response.setEncoding('utf8').on('data', (text: string) => {
    const at = monotonicMs();
    const events = (unparsed + text).split('\n\n');
    unparsed = events.pop() ?? '';
    for (const event of events) {
      const [, content] = /"content":"([^"]+)/.exec(event) ?? [];
      if (content === undefined) continue;
      firstAt ||= at;
      recordToken(content, tokens, at);
      tokens += 1;
    }
  });
  await new Promise((resolve, reject) => response.once('end', resolve).once('error', reject));
  report.firstMs.push(firstAt - sentAt);
  report.rates.push(((tokens - 1) / (monotonicMs() - firstAt)) * 1000);
  report.delivered += tokens;
}

function recordToken(content: string, expected: number, at: number): void {
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
