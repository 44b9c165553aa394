import { expect, it } from 'vitest';
import { promptSchema } from '#contract/preset';
import type { Message, Session } from '#contract/session';
import { sessionMarkdown } from './export-markdown.ts';
import { META } from './testing/open-sessions.ts';
import { newMessage } from './turns.ts';

const at = '2026-11-05T12:00:00.000Z';
const session: Session = {
  id: 'a',
  title: 'Sky *blue*',
  endpointId: 'e1',
  model: null,
  presetId: 'p1',
  prompt: promptSchema.parse({}),
  messageCount: 2,
  isAnswering: false,
  forkedFrom: null,
  createdAt: at,
  updatedAt: at,
};
const user = (message: Partial<Message>): Message =>
  newMessage({ id: 'u', role: 'user', content: 'Why?', at, ...message });
const answer = (message: Partial<Message>): Message =>
  newMessage({ id: 'x', role: 'assistant', content: 'Because.', at, meta: META, ...message });

it('has title, facts and every message as it is', () => {
  const meta = {
    ...META,
    model: 'qwen_3',
    completionTokens: 12,
    promptTokens: 30,
    tokensPerSecond: 45.67,
    firstTokenMs: 120,
    durationMs: 2500,
  };
  expect(
    sessionMarkdown(session, [
      user({ images: ['data:image/png;base64,AA==', 'data:image/png;base64,AA=='] }),
      answer({ meta }),
    ]),
  ).toBe(
    String.raw`# Sky \*blue\*

- Created: 2026-11-05T12:00:00.000Z
- Last change: 2026-11-05T12:00:00.000Z
- Endpoint: My server
- Model: qwen\_3
- Preset: p1

## User

Why?

\[image 1\] \[image 2\]

<sub>2026-11-05T12:00:00.000Z</sub>

## Assistant

Because.

<sub>2026-11-05T12:00:00.000Z · qwen\_3 · My server · 30 prompt tokens · 12 tokens · 45.7 tokens/s · first token after 0.12 s · 2.50 s</sub>
`,
  );
});

it('fences prompts, whatever fences are in them, and leaves out empty ones', () => {
  const prompt = promptSchema.parse({
    system: 'Use\n````md\nx\n````',
    template: '{{input}} in {{alloy}}',
    variables: { alloy: '6063' },
    sampler: { temperature: 0.5 },
  });
  const text = sessionMarkdown({ ...session, prompt }, []);
  expect(text).toContain('### System prompt\n\n`````text\nUse\n````md\nx\n````\n`````');
  expect(text).toContain(
    '### User template\n\n```text\n{{input}} in {{alloy}}\n```\n\n### Variable alloy\n\n```text\n6063\n```',
  );
  expect(text).toContain('"temperature": 0.5');
  expect(text).not.toContain('Developer');
});

it.each([
  ['```js\nlet a', '```js\nlet a\n```'],
  ['````md\n```js\n```\nx', '````md\n```js\n```\nx\n````'],
  ['~~~\n```', '~~~\n```\n~~~'],
  ['```\na\n```', '```\na\n```'],
  ['```js\na\n``` js', '```js\na\n``` js\n```'],
  ['```inline``` text', '```inline``` text'],
  ['    ```\nx', '    ```\nx'],
])('closes the code block that the answer %j left open', (content, closed) => {
  const text = sessionMarkdown(session, [
    answer({ content, status: 'cut', error: { code: 'UPSTREAM_CUT', message: 'It broke.' } }),
    user({}),
  ]);
  expect(text).toContain(`## Assistant\n\n${closed}\n\n**Cut short.** It broke.\n\n<sub>`);
});

it('quotes the reasoning, shows tool calls, and says how an answer ended', () => {
  const text = sessionMarkdown(session, [
    answer({ reasoning: 'One\n\n```\n</details>', toolCalls: [{ name: 'f' }] }),
    answer({ content: '', status: 'failed', error: { code: 'X', message: 'No <b>.' } }),
    answer({ content: '', status: 'streaming' }),
  ]);
  expect(text).toContain('> **Reasoning**\n>\n> One\n>\n> ```\n> </details>\n\nBecause.');
  expect(text).toContain('```json\n[\n  {\n    "name": "f"\n  }\n]\n```');
  expect(text).toContain(String.raw`**Failed.** No \<b\>.`);
  expect(text).toContain('**This was still being written.**');
});

it('is named by its id as long as nothing names it', () => {
  expect(sessionMarkdown({ ...session, title: '' }, [])).toMatch(/^# a\n/);
});
