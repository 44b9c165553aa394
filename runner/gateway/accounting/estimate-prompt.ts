/** How long a prompt is where no server told: by its text. Pure. */

const BYTES_PER_TOKEN = 4;
const PROMPT_FIELDS = ['messages', 'system', 'prompt', 'input', 'instructions', 'tools'];
/** Images, sounds and files: their bytes are no measure of their tokens. */
const NOT_TEXT: ReadonlySet<string> = new Set([
  'image_url',
  'input_audio',
  'source',
  'file',
  'file_data',
  'role',
  'type',
]);
/** No prompt has more items: what is beyond counts as a token each, as in a prompt that comes as tokens, and is not looked at. */
const MOST_PARTS = 200_000;

export function estimatePromptTokens(body: Record<string, unknown>): number {
  let bytes = 0;
  let partsLeft = MOST_PARTS;
  // No recursion: a body may be nested deeper than the stack.
  const left: unknown[] = PROMPT_FIELDS.map((field) => body[field]);
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (typeof value === 'number') bytes += BYTES_PER_TOKEN;
    else if (typeof value === 'object' && value !== null) {
      const { parts, count } = partsOf(value, partsLeft);
      for (const part of parts) left.push(part);
      partsLeft -= parts.length;
      bytes += (count - parts.length) * BYTES_PER_TOKEN;
    }
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** The first of them, and how many there are. */
function partsOf(value: object, most: number): { parts: unknown[]; count: number } {
  if (Array.isArray(value)) return { parts: value.slice(0, most), count: value.length };
  const names = Object.keys(value).filter((name) => !NOT_TEXT.has(name));
  const record = value as Record<string, unknown>;
  return { parts: names.slice(0, most).map((name) => record[name]), count: names.length };
}
