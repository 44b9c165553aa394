/** Owns the Markdown that a session is exported as: a document for people to read. Pure. */
import type { AnswerMeta, Message, Session } from '#contract/session';
import { closeFence, escapeMarkdown, fenced, quoted } from './markdown-text.ts';

const HEADINGS = { user: 'User', assistant: 'Assistant', system: 'System' } as const;

export function sessionMarkdown(session: Session, messages: readonly Message[]): string {
  return `${[...head(session, messages), ...prompt(session), ...messages.flatMap(messageParts)].join('\n\n')}\n`;
}

function head(session: Session, messages: readonly Message[]): string[] {
  const meta = messages.findLast((message) => message.meta !== null)?.meta ?? null;
  const facts = [
    ['Created', session.createdAt],
    ['Last change', session.updatedAt],
    ['Endpoint', meta?.endpointName ?? session.endpointId],
    ['Model', session.model ?? meta?.model],
    ['Preset', meta?.presetName ?? session.presetId],
  ] as const;
  const lines = facts.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`- ${name}: ${escapeMarkdown(value)}`],
  );
  return [`# ${escapeMarkdown(session.title === '' ? session.id : session.title)}`, lines.join('\n')];
}

function prompt({ prompt: { system, developer, template, variables, sampler } }: Session): string[] {
  const texts = [
    ['System prompt', system],
    ['Developer prompt', developer],
    ['User template', template === '{{input}}' ? '' : template],
    ...Object.entries(variables).map(([name, value]) => [`Variable ${name}`, value] as const),
  ] as const;
  const parts = texts.flatMap(([name, text]) =>
    text === '' ? [] : [`### ${escapeMarkdown(name)}`, fenced(text, 'text')],
  );
  if (Object.keys(sampler).length > 0)
    parts.push('### Sampler', fenced(JSON.stringify(sampler, null, 2), 'json'));
  return parts.length === 0 ? [] : ['## Prompt', ...parts];
}

function messageParts(message: Message): string[] {
  const { role, content, images, reasoning, toolCalls, at } = message;
  const parts = [`## ${HEADINGS[role]}`];
  if (reasoning !== null && reasoning !== '') parts.push(quoted(`**Reasoning**\n\n${reasoning}`));
  if (content !== '') parts.push(closeFence(content));
  if (images.length > 0) parts.push(images.map((_, index) => String.raw`\[image ${index + 1}\]`).join(' '));
  if (toolCalls !== null) parts.push('Tool calls:', fenced(JSON.stringify(toolCalls, null, 2), 'json'));
  const end = howItEnded(message);
  if (end !== null) parts.push(end);
  return [...parts, `<sub>${[escapeMarkdown(at), ...facts(message.meta)].join(' · ')}</sub>`];
}

function howItEnded({ status, error }: Message): string | null {
  const why = error === null ? '' : ` ${escapeMarkdown(error.message)}`;
  switch (status) {
    case 'complete':
      return null;
    case 'streaming':
      return '**This was still being written.**';
    case 'cut':
      return `**Cut short.**${why}`;
    case 'failed':
      return `**Failed.**${why}`;
  }
}

function facts(meta: AnswerMeta | null): string[] {
  if (meta === null) return [];
  const { model, endpointName, promptTokens, completionTokens, tokensPerSecond, firstTokenMs, durationMs } =
    meta;
  const known = [
    model === null ? null : escapeMarkdown(model),
    escapeMarkdown(endpointName),
    promptTokens === null ? null : `${promptTokens} prompt tokens`,
    completionTokens === null ? null : `${completionTokens} tokens`,
    tokensPerSecond === null ? null : `${tokensPerSecond.toFixed(1)} tokens/s`,
    firstTokenMs === null ? null : `first token after ${seconds(firstTokenMs)}`,
    durationMs === null ? null : seconds(durationMs),
  ];
  return known.filter((fact) => fact !== null);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
