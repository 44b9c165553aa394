/** Tool calls in the format of the OpenAI API: read from an answer, or joined from the pieces of a stream. */
import { z } from 'zod';

export interface ToolCall {
  name: string;
  /** JSON as the model wrote it, perhaps still incomplete. */
  arguments: string;
}

const pieceSchema = z.object({
  index: z.number().int().nonnegative().optional(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});

/** Appends pieces to the calls they name by `index`. */
export function withToolCallPieces(calls: readonly ToolCall[], pieces: readonly unknown[]): ToolCall[] {
  const next = [...calls];
  for (const [place, raw] of pieces.entries()) {
    const piece = pieceSchema.safeParse(raw).data;
    if (piece === undefined) continue;
    const index = piece.index ?? place;
    const before = next[index] ?? { name: '', arguments: '' };
    next[index] = {
      name: before.name + (piece.function?.name ?? ''),
      arguments: before.arguments + (piece.function?.arguments ?? ''),
    };
  }
  // Only a lost piece can leave a gap; it must not break the list.
  return Array.from(next, (call) => call ?? { name: '', arguments: '' });
}

export function readToolCalls(raw: readonly unknown[] | null): ToolCall[] {
  return withToolCallPieces(
    [],
    (raw ?? []).map((call, index) => (typeof call === 'object' ? { ...call, index } : call)),
  );
}

/** Indents complete JSON; returns anything else unchanged. */
export function formatArguments(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
