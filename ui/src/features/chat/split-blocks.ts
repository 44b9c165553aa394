/** Splits Markdown where no construct spans the cut, so that a growing answer renders only its last block again. */

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** Lines that may continue the block before an empty line: list items, and anything indented or quoted. */
const CONTINUATION = /^(\s+\S|[-*+]\s|\d{1,9}[.)]\s|>)/;
/** A reference that is defined in one place and used in another: such a text is not split. */
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
