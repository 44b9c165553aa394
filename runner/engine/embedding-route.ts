/** POST /v1/embeddings: one text or many, as numbers or as base64 of 32-bit floats (what the OpenAI clients ask for). */
import { z } from 'zod';
import { sendJson } from './call.ts';
import type { Call } from './call.ts';
import type { Embedding } from './embedder.ts';
import { checkBody } from './read-body.ts';
import { tokenList } from './token-list.ts';

const embeddingSchema = z.object({
  input: z.union([z.string(), tokenList, z.array(z.string()), z.array(tokenList)], {
    error: (issue) =>
      issue.input === undefined
        ? "'input' must be provided"
        : "'input' must be a string, a list of token ids, or a list of these",
  }),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

type Input = z.infer<typeof embeddingSchema>['input'];

export async function embeddingRoute({ host, body, response, signal }: Call): Promise<void> {
  const { input, encoding_format: format } = checkBody(embeddingSchema, body);
  const embeddings: Embedding[] = [];
  for (const text of listInputs(input)) {
    signal.throwIfAborted();
    embeddings.push(await host.embedder.embed(text));
  }
  const tokenCount = embeddings.reduce((sum, embedding) => sum + embedding.tokenCount, 0);
  sendJson(response, {
    model: host.name,
    object: 'list',
    usage: { prompt_tokens: tokenCount, total_tokens: tokenCount },
    data: embeddings.map(({ vector }, index) => ({
      embedding: encode(vector, format ?? 'float'),
      index,
      object: 'embedding',
    })),
  });
}

function listInputs(input: Input): (string | z.infer<typeof tokenList>)[] {
  if (typeof input === 'string') return [input];
  const texts: (string | z.infer<typeof tokenList>)[] = [];
  const single: z.infer<typeof tokenList> = [];
  for (const item of input) {
    if (typeof item === 'number') single.push(item);
    else texts.push(item);
  }
  return single.length > 0 ? [single] : texts;
}

function encode(vector: number[], format: 'float' | 'base64'): number[] | string {
  return format === 'float' ? vector : Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}
