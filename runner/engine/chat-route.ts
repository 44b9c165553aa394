/** POST /v1/chat/completions, whole or streamed, in llama-server's shapes. */
import { z } from 'zod';
import { createAnswerHead } from './answer-head.ts';
import type { AnswerHead } from './answer-head.ts';
import { sendJson } from './call.ts';
import type { Call } from './call.ts';
import { messagesField, toChatMessages } from './chat-messages.ts';
import type { Generation } from './generate.ts';
import { generationFields, toGeneration } from './generation-fields.ts';
import { checkBody } from './read-body.ts';
import { collectTask, runTask } from './run-task.ts';
import { SseWriter } from './sse-writer.ts';
import { timingsOf, usageOf } from './timings.ts';

const chatSchema = z.object({ ...generationFields, messages: messagesField });

export async function chatRoute(call: Call): Promise<void> {
  const request = checkBody(chatSchema, call.body);
  const { tokens } = call.host.chatPrompt.render(toChatMessages(request.messages));
  const generation = toGeneration(call.host, request, tokens);
  const head = createAnswerHead(call.host);
  if (request.stream !== true) return answerWhole(call, generation, head);
  return answerStreamed(call, generation, {
    head,
    withUsage: request.stream_options?.include_usage === true,
  });
}

async function answerWhole(
  { host, response, signal }: Call,
  generation: Generation,
  head: AnswerHead,
): Promise<void> {
  const { content, finishReason, measured } = await collectTask(host, generation, signal);
  sendJson(response, {
    choices: [{ finish_reason: finishReason, index: 0, message: { role: 'assistant', content } }],
    ...head,
    object: 'chat.completion',
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
  const chunk = (delta: object, finishReason: string | null): object => ({
    choices: [{ finish_reason: finishReason, index: 0, delta }],
    ...head,
    object: 'chat.completion.chunk',
  });
  let hasBegun = false;
  async function begin(): Promise<void> {
    if (!hasBegun) await stream.send(chunk({ role: 'assistant', content: null }, null));
    hasBegun = true;
  }
  const onText = async (text: string): Promise<void> => {
    await begin();
    await stream.send(chunk({ content: text }, null));
  };
  const { finishReason, measured } = await runTask(host, generation, { signal, onText });
  const timings = timingsOf(measured);
  await begin();
  await stream.send({ ...chunk({}, finishReason), ...(withUsage ? {} : { timings }) });
  if (withUsage) await stream.send({ ...chunk({}, null), choices: [], usage: usageOf(measured), timings });
  await stream.done();
}
