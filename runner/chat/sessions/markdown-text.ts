/** Owns what keeps foreign text from breaking the Markdown around it. Pure. */

/** For names and titles: shown as they are. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#|~&]/g, String.raw`\$&`);
}

/** Text that is no Markdown, in a fence longer than any in it. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

export function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

/** An answer that was cut inside a code block would take the rest of the document into it: the missing fence is put behind it. */
export function closeFence(markdown: string): string {
  let open: string | null = null;
  for (const line of markdown.split('\n')) {
    const [, fence, info] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === undefined || info === undefined) continue;
    if (open === null) open = fence.startsWith('`') && info.includes('`') ? null : fence;
    else if (fence.startsWith(open) && info.trim() === '') open = null;
  }
  return open === null ? markdown : `${markdown}\n${open}`;
}
