/** Puts the streamed pieces of tool calls together, as the OpenAI API defines them: by index, arguments appended. */
import { z } from 'zod';

const pieceSchema = z.looseObject({
  index: z.number().int().optional(),
  id: z.string().nullish(),
  type: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

interface ToolCall {
  id?: string;
  type: string;
  function: { name: string; arguments: string };
}

export class ToolCallCollector {
  /** Characters so far. */
  length = 0;
  readonly #calls = new Map<number, ToolCall>();

  add(pieces: readonly unknown[]): void {
    for (const [position, given] of pieces.entries()) {
      const piece = pieceSchema.safeParse(given).data;
      if (piece === undefined) continue;
      const index = piece.index ?? position;
      const call = this.#calls.get(index) ?? { type: 'function', function: { name: '', arguments: '' } };
      if (piece.id) call.id = piece.id;
      call.function.name += piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
      this.length += piece.function?.arguments?.length ?? 0;
      this.#calls.set(index, call);
    }
  }

  /** null: the answer calls no tool. */
  get calls(): ToolCall[] | null {
    if (this.#calls.size === 0) return null;
    return [...this.#calls.entries()].toSorted(([a], [b]) => a - b).map(([, call]) => call);
  }
}
