/** One generation in one slot: prompt in, text out piece by piece, until the model, a stop string, a limit or the client ends it. */
import type { Token } from 'node-llama-cpp';
import type { EngineSlot } from './engine-slot.ts';
import { feedPrompt } from './feed-prompt.ts';
import { samplingOptions } from './sampling.ts';
import type { SamplingRequest } from './sampling.ts';
import { StopDetector } from './stop-detector.ts';
import type { Measured } from './timings.ts';
import { TokenText } from './token-text.ts';

export interface Generation {
  prompt: readonly Token[];
  sampling: SamplingRequest;
  stops: readonly string[];
  /** Infinity: until the context is full. */
  maxTokens: number;
  isEosIgnored: boolean;
}

export interface Listener {
  signal: AbortSignal;
  /** Awaited before the next token: a slow reader slows its own generation down. */
  onText(text: string): Promise<void> | void;
}

export interface GenerationResult {
  finishReason: 'stop' | 'length';
  isTruncated: boolean;
  measured: Measured;
}

/** Rejects with the signal's reason when it aborts. */
export async function generate(
  slot: EngineSlot,
  generation: Generation,
  listener: Listener,
): Promise<GenerationResult> {
  const { sequence } = slot;
  const { prompt } = generation;
  const startedAt = performance.now();
  const { reused, rest } = await feedPrompt(sequence, prompt, listener.signal);
  slot.reusedTokens = reused;

  const history = [...prompt];
  const output = openOutput(slot, generation, listener);
  const sampling = samplingOptions(generation.sampling, () => history);
  let firstTokenAt: number | undefined;
  let ending: Ending | undefined;
  for await (const token of sequence.evaluate(rest, { ...sampling, yieldEogToken: true })) {
    listener.signal.throwIfAborted();
    firstTokenAt ??= performance.now();
    slot.predictedTokens++;
    history.push(token);
    ending = await output.take(token);
    if (ending !== undefined) break;
  }
  await output.finish(ending);

  const endedAt = performance.now();
  return {
    finishReason: ending === 'limit' || ending === 'full' ? 'length' : 'stop',
    isTruncated: ending === 'full',
    measured: {
      cachedTokens: reused,
      promptTokens: prompt.length,
      promptMs: (firstTokenAt ?? endedAt) - startedAt,
      predictedTokens: slot.predictedTokens,
      predictedMs: endedAt - (firstTokenAt ?? endedAt),
    },
  };
}

type Ending = 'model' | 'stop string' | 'limit' | 'full';

interface Output {
  take(token: Token): Promise<Ending | undefined>;
  finish(ending: Ending | undefined): Promise<void>;
}

function openOutput(slot: EngineSlot, generation: Generation, listener: Listener): Output {
  const { model } = slot.sequence;
  const text = new TokenText<Token>(
    (tokens, recent) => model.detokenize(tokens, false, recent),
    generation.prompt,
  );
  const stops = new StopDetector(generation.stops);

  async function pass(piece: string): Promise<boolean> {
    const { text: safe, isStopped } = stops.push(piece);
    if (safe !== '') await listener.onText(safe);
    return isStopped;
  }

  return {
    async take(token) {
      if (model.isEogToken(token) && !generation.isEosIgnored) return 'model';
      if (await pass(text.push(token))) return 'stop string';
      if (slot.predictedTokens >= generation.maxTokens) return 'limit';
      return slot.isFull ? 'full' : undefined;
    },
    async finish(ending) {
      if (ending === 'stop string') return;
      if (await pass(text.flush())) return;
      const held = stops.flush();
      if (held !== '') await listener.onText(held);
    },
  };
}
