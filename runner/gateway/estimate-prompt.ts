/** How long a prompt is where no server told: by its text. Pure. */

const BYTES_PER_TOKEN = 4;
const PROMPT_FIELDS = ['messages', 'system', 'prompt', 'input', 'instructions', 'tools'];
/** Images, sounds and files: their bytes are no measure of their tokens. */
const NOT_TEXT: ReadonlySet<string> = new Set(['image_url', 'input_audio', 'source', 'file', 'file_data', 'role', 'type']);

export function estimatePromptTokens(body: Record<string, unknown>): number {
  let bytes = 0;
  // No recursion: a body may be nested deeper than the stack.
  const left: unknown[] = PROMPT_FIELDS.map((field) => body[field]);
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    // Of a prompt that comes as tokens.
    else if (typeof value === 'number') bytes += BYTES_PER_TOKEN;
    else for (const part of partsOf(value)) left.push(part);
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) => (NOT_TEXT.has(name) ? [] : [part]));
}
