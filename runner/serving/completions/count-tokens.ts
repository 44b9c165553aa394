/** Counts tokens by a server's own tokenizer, beside its slots. */
import { z } from 'zod';
import type { Target } from '../serving-request.ts';
import type { Serving } from '../serving.ts';

const tokensSchema = z.object({ tokens: z.array(z.unknown()) });

export interface TextsToCount {
  target: Target;
  texts: readonly string[];
  signal: AbortSignal;
}

/** The tokens of each text; null where the server has no tokenizer. Never rejects. */
export async function countTokens(
  serving: Pick<Serving, 'ask'>,
  { target, texts, signal }: TextsToCount,
): Promise<number[] | null> {
  const count = async (text: string): Promise<number> => {
    const body = Buffer.from(JSON.stringify({ content: text }));
    const response = await serving.ask(target, { path: '/tokenize', body, signal });
    if (response.status !== 200) throw new Error(`/tokenize answered ${response.status}`);
    return tokensSchema.parse(JSON.parse(response.body.toString('utf8'))).tokens.length;
  };
  try {
    return await Promise.all(texts.map((text) => count(text)));
  } catch {
    return null;
  }
}
