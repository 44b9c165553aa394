/** Gathers the pieces of one answer: its text, its counts and its times. */
import type { Usage } from '#contract/session';
import type { Delta } from '../serving/completions/delta.ts';
import { ToolCallCollector } from './tool-calls.ts';

export class AnswerText {
  content = '';
  reasoning = '';
  readonly tools = new ToolCallCollector();
  model: string | null = null;
  finishReason: string | null = null;
  usage: Usage | null = null;
  timings: unknown = null;
  /** Pieces so far: servers send a token at a time. */
  pieces = 0;
  /** ms from the start of the answer to its first and its last piece. */
  firstMs: number | null = null;
  lastMs: number | null = null;

  take(delta: Delta, atMs: number): void {
    switch (delta.kind) {
      case 'content':
        this.content += delta.text;
        return this.#count(atMs);
      case 'reasoning':
        this.reasoning += delta.text;
        return this.#count(atMs);
      case 'tool-calls':
        this.tools.add(delta.calls);
        return this.#count(atMs);
      case 'model':
        this.model = delta.model;
        return;
      case 'finish':
        this.finishReason = delta.reason;
        return;
      case 'usage':
        this.usage = delta.usage;
        return;
      case 'timings':
        this.timings = delta.timings;
        return;
      case 'prompt-progress':
        return;
    }
  }

  get length(): number {
    return this.content.length + this.reasoning.length + this.tools.length;
  }

  get isEmpty(): boolean {
    return this.content === '' && this.tools.calls === null;
  }

  /** As the server measured it, else from the clock; null while there is nothing to measure. */
  get tokensPerSecond(): number | null {
    const measured = numberIn(this.timings, 'predicted_per_second');
    if (measured !== null) return Math.round(measured * 10) / 10;
    const elapsedMs = (this.lastMs ?? 0) - (this.firstMs ?? 0);
    if (this.pieces < 2 || elapsedMs <= 0) return null;
    return Math.round((((this.usage?.completion_tokens ?? this.pieces) - 1) / elapsedMs) * 10_000) / 10;
  }

  #count(atMs: number): void {
    this.pieces += 1;
    this.firstMs ??= Math.round(atMs);
    this.lastMs = atMs;
  }
}

function numberIn(value: unknown, name: string): number | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Record<string, unknown>)[name];
  return typeof found === 'number' && Number.isFinite(found) && found < 1e6 ? found : null;
}
