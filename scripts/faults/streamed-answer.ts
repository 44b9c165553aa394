/** The client of the MQTT mode's fault run. */
import { createParser } from 'eventsource-parser';
import type { AnswerScript } from './mqtt-model-server.ts';

/** One streamed answer as a client of the gateway receives it. */
export class StreamedAnswer {
  text = '';
  error: string | null = null;
  isWhole = false;
  readonly tokenAt: number[] = [];
  readonly ended: Promise<void>;
  readonly #leave = new AbortController();

  constructor(url: string, test: AnswerScript) {
    this.ended = this.#read(url, test).catch((error: unknown) => {
      this.error ??= String(error);
    });
  }

  get hasEndedWell(): boolean {
    return this.isWhole && this.error === null;
  }

  leave(): void {
    this.#leave.abort();
  }

  async #read(url: string, test: AnswerScript): Promise<void> {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, test }),
      signal: AbortSignal.any([this.#leave.signal, AbortSignal.timeout(60_000)]),
    });
    if (!response.ok) {
      this.error = `${response.status} ${messageIn(await response.text())}`;
      return;
    }
    const parser = createParser({ onEvent: ({ data }) => this.#readEvent(data) });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  }

  #readEvent(data: string): void {
    if (data === '[DONE]') {
      this.isWhole = true;
      return;
    }
    const event = JSON.parse(data) as {
      choices?: { delta?: { content?: string } }[];
      error?: { message: string };
    };
    if (event.error !== undefined) this.error = event.error.message;
    const content = event.choices?.[0]?.delta?.content;
    if (content === undefined) return;
    this.text += content;
    this.tokenAt.push(performance.now());
  }
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 200);
  }
}
