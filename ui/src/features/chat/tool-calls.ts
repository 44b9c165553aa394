/** Calls of tools as the OpenAI API writes them: read from an answer, or put together from the pieces of a stream. */
import { z } from 'zod';

export interface ToolCall {
  name: string;
  /** JSON as the model wrote it, perhaps not whole yet. */
  arguments: string;
}

const pieceSchema = z.object({
  index: z.number().int().nonnegative().optional(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});

/** A piece names the call that it belongs to by `index`; its texts are to be appended. */
export function withToolCallPieces(calls: readonly ToolCall[], pieces: readonly unknown[]): ToolCall[] {
  const next = [...calls];
  for (const [place, raw] of pieces.entries()) {
    const piece = pieceSchema.safeParse(raw).data;
    if (piece === undefined) continue;
    const index = piece.index ?? place;
    const before = next[index] ?? { name: '', arguments: '' };
    next[index] = { name: before.name + (piece.function?.name ?? ''), arguments: before.arguments + (piece.function?.arguments ?? '') };
  }
  // A gap would come of a lost piece only; it must not break the list.
  return Array.from(next, (call) => call ?? { name: '', arguments: '' });
}

export function readToolCalls(raw: readonly unknown[] | null): ToolCall[] {
  return withToolCallPieces(
    [],
    (raw ?? []).map((call, index) => (typeof call === 'object' ? { ...call, index } : call)),
  );
}

/** Laid out where it is whole JSON; else as it came. */
export function formatArguments(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
