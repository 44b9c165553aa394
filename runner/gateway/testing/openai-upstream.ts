/** An upstream that answers every route in the shapes that OpenAI publishes, whole or as a stream, as it is asked. */
import type { ServerResponse } from 'node:http';
import { answerJson, openStream, rawUpstream, USAGE } from './raw-upstream.ts';
import type { RawUpstream } from './raw-upstream.ts';

const CALL = { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } };
const OUTPUT_TEXT = { type: 'output_text', text: 'pong', annotations: [] };
const OUTPUT = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [OUTPUT_TEXT],
};
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  output: [OUTPUT],
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  tool_choice: 'auto',
  tools: [],
  usage: {
    input_tokens: 5,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 7,
  },
};

/** Says "pong"; calls `add` where it is given tools. */
export async function openaiUpstream(): Promise<RawUpstream> {
  return rawUpstream((res, { path, body }) => {
    const asked = JSON.parse(body.toString()) as {
      stream?: boolean;
      tools?: unknown[];
      stream_options?: { include_usage?: boolean };
    };
    const events = asked.stream === true ? streamOf(path, asked) : null;
    if (events !== null) sendEvents(res, events);
    else answerJson(200, wholeOf(path, asked))(res);
  });
}

interface Asked {
  tools?: unknown[];
  stream_options?: { include_usage?: boolean };
}

function wholeOf(path: string, { tools }: Asked): unknown {
  if (path === '/v1/chat/completions') {
    const message = {
      role: 'assistant',
      content: tools === undefined ? 'pong' : null,
      refusal: null,
      ...(tools && { tool_calls: [CALL] }),
    };
    const choice = {
      index: 0,
      message,
      logprobs: null,
      finish_reason: tools === undefined ? 'stop' : 'tool_calls',
    };
    return { id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices: [choice], usage: USAGE };
  }
  if (path === '/v1/completions') {
    const choice = { index: 0, text: 'pong', logprobs: null, finish_reason: 'stop' };
    return { id: 't1', object: 'text_completion', created: 1, model: 'm', choices: [choice], usage: USAGE };
  }
  if (path === '/v1/embeddings') {
    // A client that wants no text format gets base64, as OpenAI's SDK asks for.
    const embedding = Buffer.from(new Float32Array([0.5, 1]).buffer).toString('base64');
    return {
      object: 'list',
      model: 'm',
      data: [{ object: 'embedding', index: 0, embedding }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    };
  }
  if (path === '/v1/responses') return RESPONSE;
  return { at: path };
}

function streamOf(path: string, { tools, stream_options: options }: Asked): object[] | null {
  if (path === '/v1/chat/completions') {
    const chunk = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
    const of = (delta: object, finish_reason: string | null = null): object => ({
      ...chunk,
      choices: [{ index: 0, delta, finish_reason }],
    });
    const said =
      tools === undefined
        ? [of({ content: 'po' }), of({ content: 'ng' })]
        : callParts().map((part) => of({ tool_calls: [part] }));
    const usage = options?.include_usage === true ? [{ ...chunk, choices: [], usage: USAGE }] : [];
    return [
      of({ role: 'assistant', content: null }),
      ...said,
      of({}, tools === undefined ? 'stop' : 'tool_calls'),
      ...usage,
    ];
  }
  if (path === '/v1/completions') {
    const of = (text: string, finish_reason: string | null): object => ({
      id: 't1',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          text,
          logprobs: null,
          finish_reason,
        },
      ],
    });
    return [of('po', null), of('ng', 'stop')];
  }
  return path === '/v1/responses' ? responseEvents() : null;
}

function callParts(): object[] {
  const { function: called, ...head } = CALL;
  return [
    { index: 0, ...head, function: { name: called.name, arguments: '' } },
    { index: 0, function: { arguments: '{"a"' } },
    { index: 0, function: { arguments: ':1}' } },
  ];
}

function responseEvents(): object[] {
  const begun = { ...RESPONSE, status: 'in_progress', output: [], usage: undefined };
  const item = { output_index: 0 };
  const part = { ...item, item_id: OUTPUT.id, content_index: 0 };
  const empty = { ...OUTPUT, status: 'in_progress', content: [] };
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    { type: 'response.output_item.added', ...item, item: empty },
    { type: 'response.content_part.added', ...part, part: { ...OUTPUT_TEXT, text: '' } },
    { type: 'response.output_text.delta', ...part, delta: 'po', logprobs: [] },
    { type: 'response.output_text.delta', ...part, delta: 'ng', logprobs: [] },
    { type: 'response.output_text.done', ...part, text: 'pong', logprobs: [] },
    { type: 'response.content_part.done', ...part, part: OUTPUT_TEXT },
    { type: 'response.output_item.done', ...item, item: OUTPUT },
    { type: 'response.completed', response: RESPONSE },
  ];
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

/** Events of the Responses API are named, and end without `[DONE]`. */
function sendEvents(res: ServerResponse, events: object[]): void {
  openStream(res);
  for (const event of events)
    res.write(`${'type' in event ? `event: ${String(event.type)}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  const isNamed = events.some((event) => 'type' in event);
  res.end(isNamed ? '' : 'data: [DONE]\n\n');
}
