/** Cuts Markdown at places where nothing can reach across, so that while an answer grows only its last block is drawn anew. */

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** Lines that may go on with what stands before the empty line: list items, and anything indented. */
const CONTINUATION = /^(\s+\S|[-*+]\s|\d{1,9}[.)]\s|>)/;
/** What is defined in one place and used in another: such a text is left whole. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;

export function splitBlocks(markdown: string): string[] {
  if (DEFINITION.test(markdown)) return [markdown];
  const blocks: string[] = [];
  let block: string[] = [];
  let fence: string | null = null;
  let isAfterEmpty = false;
  for (const line of markdown.split('\n')) {
    const isCut = fence === null && isAfterEmpty && line.trim() !== '' && !CONTINUATION.test(line);
    if (isCut && block.length > 0) {
      blocks.push(block.join('\n'));
      block = [];
    }
    block.push(line);
    fence = fenceAfter(fence, line);
    isAfterEmpty = line.trim() === '';
  }
  if (block.length > 0) blocks.push(block.join('\n'));
  return blocks;
}

/** The fence that is open after the line; null: none. */
function fenceAfter(open: string | null, line: string): string | null {
  const [, marks, rest = ''] = FENCE.exec(line) ?? [];
  if (marks === undefined) return open;
  if (open === null) return marks.startsWith('`') && rest.includes('`') ? null : marks;
  const isClosing = marks[0] === open[0] && marks.length >= open.length && rest.trim() === '';
  return isClosing ? null : open;
}
