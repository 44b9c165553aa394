/** Which endpoint answered a conversation last: the beginning of that conversation is in its KV cache. */
import { createHash } from 'node:crypto';

const MOST_CONVERSATIONS = 20_000;
/** Enough to tell conversations apart; an image need not be hashed as a whole. */
const TEXT_LENGTH = 4_096;
/** Enough of a list: parts of a message are few. */
const MOST_PARTS = 64;
/** A bare prompt grows with the conversation: only its beginning stays. */
const PROMPT_LENGTH = 256;

export class Affinity {
  readonly #lastIds = new Map<string, string>();

  lastOf(conversation: string): string | null {
    return this.#lastIds.get(conversation) ?? null;
  }

  remember(conversation: string, endpointId: string): void {
    // A Map keeps the order of insertion: the first is the one that was not used for longest.
    this.#lastIds.delete(conversation);
    this.#lastIds.set(conversation, endpointId);
    if (this.#lastIds.size <= MOST_CONVERSATIONS) return;
    const oldest = this.#lastIds.keys().next();
    if (oldest.done !== true) this.#lastIds.delete(oldest.value);
  }
}

/** The same for all turns of a conversation: model, system message and first message of the user. Null for what has none, such as embeddings. */
export function conversationOf(name: string, body: Record<string, unknown>): string | null {
  const opening = openingOf(body);
  if (opening === null) return null;
  const hash = createHash('sha1').update(name);
  for (const part of opening) hash.update('\0').update(startOf(part));
  return hash.digest('base64');
}

/** Chat (messages), Anthropic's (system, messages), the Responses API (instructions, input), completions (prompt). */
function openingOf({
  messages,
  system,
  instructions,
  input,
  prompt,
}: Record<string, unknown>): unknown[] | null {
  if (Array.isArray(messages)) {
    const first: unknown[] = messages.slice(0, 8);
    return [system, contentOf(first, ['system', 'developer']), contentOf(first, ['user'])];
  }
  if (instructions !== undefined)
    return [instructions, Array.isArray(input) ? (input as unknown[])[0] : input];
  return typeof prompt === 'string' ? [prompt.slice(0, PROMPT_LENGTH)] : null;
}

function contentOf(messages: readonly unknown[], roles: readonly unknown[]): unknown {
  const message = messages.find((each) => isRecord(each) && roles.includes(each['role']));
  return isRecord(message) ? message['content'] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Its texts and numbers, in their order. However much there is, little is looked at: every request passes here. */
function startOf(part: unknown): string {
  const left: unknown[] = [part];
  let text = '';
  for (let seen = 0; left.length > 0 && seen < MOST_PARTS && text.length < TEXT_LENGTH; seen += 1) {
    const value = left.pop();
    if (isRecord(value)) left.push(...partsOf(value).toReversed());
    // Names, too; what lies between keeps "ab" from being "a" and "b".
    else text += `\0${typeof value === 'string' ? value.slice(0, TEXT_LENGTH) : String(value)}`;
  }
  return text;
}

function partsOf(value: Record<string, unknown>): unknown[] {
  if (Array.isArray(value)) return value.slice(0, MOST_PARTS);
  const names = Object.keys(value).slice(0, MOST_PARTS);
  return names.flatMap((name) => [name, value[name]]);
}
