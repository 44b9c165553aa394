/** Evaluates the start of a prompt in pieces small enough that an abort is noticed soon on any machine. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';

const targetMs = 300;
const smallestPiece = 16;

/**
 * Brings the sequence's cache to hold a start of `prompt`, reusing what it has of it.
 * `reused` is how many tokens came from the cache; `rest` (never empty) is what is left to evaluate with the first token's sampling.
 */
export async function feedPrompt(
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  signal: AbortSignal,
): Promise<{ reused: number; rest: Token[] }> {
  // The last token is always evaluated anew: its output is where the answer starts.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const reused = sequence.nextTokenIndex;
  let position = reused;
  let piece = Math.min(smallestPiece, sequence.context.batchSize);
  while (prompt.length - position > piece) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(position, position + piece));
    position += piece;
    piece = nextPiece(piece, performance.now() - startedAt, sequence.context.batchSize);
  }
  signal.throwIfAborted();
  return { reused, rest: prompt.slice(position) };
}

/** Grows or shrinks at most by the factor 4, towards pieces that take `targetMs`. */
export function nextPiece(piece: number, tookMs: number, batchSize: number): number {
  const factor = Math.min(4, Math.max(0.25, targetMs / Math.max(1, tookMs)));
  return Math.min(batchSize, Math.max(Math.min(smallestPiece, batchSize), Math.floor(piece * factor)));
}
