/** Reads one JSON object of a chat completion (a chunk of a stream, or a whole one) into the pieces of an answer. */
import { z } from 'zod';
import type { Usage } from '#contract/session';
import { AppError } from '../../base/errors.ts';
import { withoutFolder } from '../models/models-of-endpoints.ts';
import type { Delta } from './delta.ts';
import { serverError } from './render-app-error.ts';

const text = z.string().nullish();
const count = z.number().nullish();

const partSchema = z.object({
  content: text,
  reasoning_content: text,
  /** As some servers (OpenRouter, Ollama) name it. */
  reasoning: text,
  tool_calls: z.array(z.unknown()).nullish(),
});

const chunkSchema = z.object({
  model: text,
  choices: z
    .array(z.object({ delta: partSchema.nullish(), message: partSchema.nullish(), finish_reason: text }))
    .nullish(),
  usage: z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count }).nullish(),
  timings: z.unknown().optional(),
  prompt_progress: z.object({ total: z.number(), processed: z.number() }).nullish(),
  error: z.unknown().optional(),
});

/** Throws the server's own error as an AppError, and UPSTREAM_BAD_ANSWER for what is no completion. */
export function readChunk(json: string): Delta[] {
  const chunk = chunkSchema.safeParse(parse(json)).data;
  if (chunk === undefined) throw badAnswer();
  if (chunk.error !== undefined && chunk.error !== null) throw serverError({ status: null, body: json });
  const deltas: Delta[] = [];
  if (typeof chunk.model === 'string' && chunk.model !== '')
    deltas.push({ kind: 'model', model: withoutFolder(chunk.model) });
  if (chunk.prompt_progress) deltas.push({ kind: 'prompt-progress', ...chunk.prompt_progress });
  const choice = chunk.choices?.[0];
  if (choice !== undefined) deltas.push(...piecesOf(choice.delta ?? choice.message ?? {}));
  if (typeof choice?.finish_reason === 'string')
    deltas.push({ kind: 'finish', reason: choice.finish_reason });
  if (chunk.usage) deltas.push({ kind: 'usage', usage: usageOf(chunk.usage) });
  if (chunk.timings !== undefined && chunk.timings !== null)
    deltas.push({ kind: 'timings', timings: chunk.timings });
  return deltas;
}

function piecesOf(part: Partial<z.infer<typeof partSchema>>): Delta[] {
  const deltas: Delta[] = [];
  const reasoning = part.reasoning_content ?? part.reasoning ?? '';
  if (reasoning !== '') deltas.push({ kind: 'reasoning', text: reasoning });
  if (part.content) deltas.push({ kind: 'content', text: part.content });
  if (part.tool_calls && part.tool_calls.length > 0)
    deltas.push({ kind: 'tool-calls', calls: part.tool_calls });
  return deltas;
}

function usageOf(usage: NonNullable<z.infer<typeof chunkSchema>['usage']>): Usage {
  const prompt = usage.prompt_tokens ?? 0;
  const completion = usage.completion_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: usage.total_tokens ?? prompt + completion,
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw badAnswer(error);
  }
}

function badAnswer(cause?: unknown): AppError {
  return new AppError(
    'UPSTREAM_BAD_ANSWER',
    'The server sent something that is no chat completion. Check that its address is that of an OpenAI API.',
    {
      cause,
    },
  );
}
