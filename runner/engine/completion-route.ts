/** POST /v1/completions, whole or streamed, in llama-server's shapes. */
import { z } from 'zod';
import { createAnswerHead } from './answer-head.ts';
import type { AnswerHead } from './answer-head.ts';
import { sendJson } from './call.ts';
import type { Call } from './call.ts';
import { withBos } from './chat-prompt.ts';
import type { Generation } from './generate.ts';
import { generationFields, toGeneration } from './generation-fields.ts';
import { checkBody } from './read-body.ts';
import { collectTask, runTask } from './run-task.ts';
import { SseWriter } from './sse-writer.ts';
import { timingsOf, usageOf } from './timings.ts';

const completionSchema = z.object({
  ...generationFields,
  prompt: z.string({
    error: (issue) =>
      issue.input === undefined
        ? "key 'prompt' not found"
        : "Expected 'prompt' to be one string: lists are not supported",
  }),
});

export async function completionRoute(call: Call): Promise<void> {
  const request = checkBody(completionSchema, call.body);
  const { model } = call.host;
  const generation = toGeneration(call.host, request, withBos(model, model.tokenize(request.prompt, true)));
  const head = createAnswerHead(call.host);
  if (request.stream !== true) return answerWhole(call, generation, head);
  return answerStreamed(call, generation, {
    head,
    withUsage: request.stream_options?.include_usage === true,
  });
}

function toAnswer(head: AnswerHead, text: string, finishReason: string | null): object {
  return {
    choices: [{ text, index: 0, logprobs: null, finish_reason: finishReason }],
    ...head,
    object: 'text_completion',
  };
}

async function answerWhole(
  { host, response, signal }: Call,
  generation: Generation,
  head: AnswerHead,
): Promise<void> {
  const { content, finishReason, measured } = await collectTask(host, generation, signal);
  sendJson(response, {
    ...toAnswer(head, content, finishReason),
    usage: usageOf(measured),
    timings: timingsOf(measured),
  });
}

async function answerStreamed(
  { host, response, signal }: Call,
  generation: Generation,
  { head, withUsage }: { head: AnswerHead; withUsage: boolean },
): Promise<void> {
  const stream = new SseWriter(response, signal);
  const onText = (text: string): Promise<void> => stream.send(toAnswer(head, text, null));
  const { finishReason, measured } = await runTask(host, generation, { signal, onText });
  const usage = withUsage ? { usage: usageOf(measured) } : {};
  await stream.send({ ...toAnswer(head, '', finishReason), ...usage, timings: timingsOf(measured) });
  await stream.done();
}
