/** Turns texts into vectors; its own context is created by the first request, so that chat-only use pays nothing for it. */
import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp';
import { withBos } from './chat-prompt.ts';
import { RequestError } from './request-error.ts';

/** The whole text must fit one batch, and the batch's buffers are allocated at once: a bound keeps them small. */
const mostTokens = 2048;

export interface Embedding {
  vector: number[];
  tokenCount: number;
}

export class Embedder {
  readonly #model: LlamaModel;
  readonly #threads: number;
  readonly #contextSize: number;
  #context: Promise<LlamaEmbeddingContext> | undefined;

  constructor(model: LlamaModel, threads: number) {
    this.#model = model;
    this.#threads = threads;
    this.#contextSize = Math.min(mostTokens, model.trainContextSize);
  }

  async embed(input: string | Token[]): Promise<Embedding> {
    const context = await this.#openContext();
    // As tokens, because the library gives no vector for an empty text.
    const tokens = typeof input === 'string' ? withBos(this.#model, this.#model.tokenize(input)) : input;
    const tokenCount = context.calculateInputLength([...tokens]);
    if (tokenCount === 0) throw new RequestError('invalid_request_error', 'input is empty');
    if (tokenCount >= this.#contextSize) throw exceedsContext(tokenCount, this.#contextSize);
    const { vector } = await context.getEmbeddingFor([...tokens]);
    return { vector: normalise(vector), tokenCount };
  }

  async #openContext(): Promise<LlamaEmbeddingContext> {
    const contextSize = this.#contextSize;
    this.#context ??= this.#model.createEmbeddingContext({
      contextSize,
      batchSize: contextSize,
      threads: this.#threads,
    });
    try {
      return await this.#context;
    } catch (error) {
      this.#context = undefined;
      throw error;
    }
  }
}

export function exceedsContext(tokenCount: number, contextSize: number): RequestError {
  const message = `request (${tokenCount} tokens) exceeds the available context size (${contextSize} tokens), try increasing it`;
  return new RequestError('exceed_context_size_error', message, {
    details: { n_prompt_tokens: tokenCount, n_ctx: contextSize },
  });
}

/** Length 1, as llama-server's answer. */
function normalise(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}
