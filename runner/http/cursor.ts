/** The place in all logs at once, as one SSE id: `llama_8000:1234,agent:56`. Pure. */

/** Unreadable parts are left out: those logs start as for a new viewer. */
export function parseCursor(text: unknown): Map<string, number> | null {
  if (typeof text !== 'string' || text === '') return null;
  const cursor = new Map<string, number>();
  for (const part of text.split(',')) {
    const match = /^([A-Za-z0-9._-]{1,64}):(\d{1,15})$/.exec(part);
    if (match?.[1] !== undefined) cursor.set(match[1], Number(match[2]));
  }
  return cursor.size === 0 ? null : cursor;
}

export function formatCursor(cursor: ReadonlyMap<string, number>): string {
  return [...cursor].map(([id, offset]) => `${id}:${offset}`).join(',');
}
