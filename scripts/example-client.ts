/**
 * Chats with a gateway from another machine: an answer at once, an answer as it is written, or a conversation. To copy and change.
 * This one file needs Node.js 22.18 or newer and nothing else. See docs/machine-c.md.
 *
 *   LLM_BASE_URL=http://MACHINE-B:8000/v1 LLM_API_KEY=<key> node example-client.ts [--interactive] [question]
 */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';

interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A whole answer has `message`, a piece of a stream `delta`. */
interface ChatAnswer {
  choices?: { message?: { content: string | null }; delta?: { content?: string | null } }[];
  /** What went wrong; may also come inside a stream. */
  error?: { message: string; code: string | null };
}

class Client {
  readonly #baseUrl: string;
  readonly #headers: Record<string, string>;
  model: string;

  constructor({ baseUrl, apiKey, model }: { baseUrl: string; apiKey: string; model: string }) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#headers = {
      'content-type': 'application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    this.model = model;
  }

  async models(): Promise<string[]> {
    const response = await this.#send('/models');
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  }

  /** The whole answer at once. */
  async chat(messages: readonly Message[]): Promise<string> {
    const response = await this.#send('/chat/completions', { body: { model: this.model, messages } });
    const { choices } = (await response.json()) as ChatAnswer;
    return choices?.[0]?.message?.content ?? '';
  }

  /** The answer piece by piece. Aborting `signal` also ends the generation on the server. */
  async *stream(messages: readonly Message[], signal?: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send('/chat/completions', {
      body: { model: this.model, messages, stream: true },
      signal,
    });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of response.body ?? []) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
      // A network chunk may end anywhere, even within a line.
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data:')) continue;
        const data = line.slice('data:'.length).trim();
        if (data === '[DONE]') return;
        const { choices, error } = JSON.parse(data) as ChatAnswer;
        if (error !== undefined) throw new Error(error.message);
        const content = choices?.[0]?.delta?.content ?? '';
        if (content !== '') yield content;
      }
    }
    throw new Error('The stream broke off before its end.');
  }

  async #send(
    path: string,
    { body, signal }: { body?: object; signal?: AbortSignal | undefined } = {},
  ): Promise<Response> {
    const init: RequestInit = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(this.#baseUrl + path, {
      ...init,
      headers: this.#headers,
      signal: signal ?? null,
    });
    if (response.ok) return response;
    throw new Error(`${response.status} ${messageIn(await response.text())}`);
  }
}

/** The message of an error response; a proxy in between may have sent a page instead. */
function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as ChatAnswer).error?.message ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

async function showExamples(client: Client, question: string): Promise<void> {
  const messages: Message[] = [{ role: 'user', content: question }];
  console.log(`> ${question}\n\nAt once:`);
  console.log(await client.chat(messages));
  console.log('\nAs it is written:');
  for await (const piece of client.stream(messages)) process.stdout.write(piece);
  console.log();
}

/** Ctrl-C ends the answer that is being written; without one it ends the program. */
async function converse(client: Client): Promise<void> {
  console.log(
    `Talking to ${client.model}. /reset forgets the conversation, /model NAME switches to another model, /quit or Ctrl-C ends.`,
  );
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '\n> ' });
  let answering: AbortController | null = null;
  const interrupt = (): void => (answering === null ? terminal.close() : answering.abort());
  terminal.on('SIGINT', interrupt);
  process.on('SIGINT', interrupt);
  let isOpen = true;
  terminal.once('close', () => (isOpen = false));
  let messages: Message[] = [];
  terminal.prompt();
  for await (const line of terminal) {
    const text = line.trim();
    const [command, name] = text.split(/\s+/);
    if (command === '/quit') break;
    if (command === '/reset') {
      messages = [];
      console.log('Forgotten.');
    } else if (command === '/model') {
      client.model = name ?? client.model;
      console.log(
        `Model: ${client.model}. There are: ${await client.models().then((names) => names.join(', '), explain)}`,
      );
    } else if (text !== '') {
      answering = new AbortController();
      messages = await answer(client, {
        messages: [...messages, { role: 'user', content: text }],
        signal: answering.signal,
      });
      answering = null;
    }
    // Input from a file may have ended in the meantime.
    if (isOpen) terminal.prompt();
  }
  terminal.close();
  process.off('SIGINT', interrupt);
}

/** Resolves with the conversation after the answer. Text received before Ctrl-C is kept; after a failure the question is removed, to be asked again. */
async function answer(
  client: Client,
  { messages, signal }: { messages: Message[]; signal: AbortSignal },
): Promise<Message[]> {
  let content = '';
  try {
    for await (const piece of client.stream(messages, signal)) {
      process.stdout.write(piece);
      content += piece;
    }
    console.log();
  } catch (error) {
    console.log(signal.aborted ? ' … stopped' : `\n${explain(error)}`);
    if (!signal.aborted || content === '') return messages.slice(0, -1);
  }
  return [...messages, { role: 'assistant', content }];
}

/** fetch only says "fetch failed"; the cause says why. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { interactive: { type: 'boolean', short: 'i' } },
    allowPositionals: true,
  });
  const setting = (name: string): string => process.env[`LLM_${name}`] || process.env[`TEST_${name}`] || '';
  if (setting('BASE_URL') === '')
    throw new Error('Set LLM_BASE_URL to the address of the gateway, such as http://MACHINE-B:8000/v1.');
  const client = new Client({
    baseUrl: setting('BASE_URL'),
    apiKey: setting('API_KEY'),
    model: setting('MODEL'),
  });
  if (client.model === '') client.model = (await client.models())[0] ?? '';
  if (client.model === '') throw new Error('The gateway has no model now. Launch one on it.');
  if (values.interactive === true) await converse(client);
  else await showExamples(client, positionals.join(' ') || 'Write a short poem about the sea.');
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
