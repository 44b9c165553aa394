/** Owns how a session is named when nobody did. Pure. */

const TITLE_LENGTH = 60;
const LONGEST_TITLE = 200;

/** The first line that has text, cut at the end of a word; '' when there is none. */
export function titleOf(message: string): string {
  const line = /\S.*/u.exec(message)?.[0].replaceAll(/\s+/gu, ' ').trim() ?? '';
  // Code points: a cut must not halve an emoji's surrogates.
  const letters = Array.from(line.slice(0, 4 * TITLE_LENGTH));
  if (letters.length <= TITLE_LENGTH) return line;
  const head = letters.slice(0, TITLE_LENGTH + 1).join('');
  const lastSpace = head.lastIndexOf(' ');
  // Text without spaces (a URL, Chinese) is cut where it is.
  const cut =
    lastSpace >= TITLE_LENGTH / 3 ? head.slice(0, lastSpace) : letters.slice(0, TITLE_LENGTH).join('');
  return `${cut}…`;
}

/** A session that its first message has yet to name stays without a title. */
export function forkTitle(title: string): string {
  const suffix = ' (fork)';
  return title === '' ? '' : `${title.slice(0, LONGEST_TITLE - suffix.length).trimEnd()}${suffix}`;
}
