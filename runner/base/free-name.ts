/** Names for things that are made from others: numbered until they are free, and never too long. */

const MAX_NAME = 80;

/** "Qwen" → "Qwen (copy)", then "Qwen (copy 2)" … A copy of a copy counts on. */
export function copyName(name: string, isTaken: (name: string) => boolean): string {
  const base = name.replace(/ \(copy(?: \d+)?\)$/, '');
  return firstFree(
    (number) => withEnding(base, number === 1 ? ' (copy)' : ` (copy ${number})`, MAX_NAME),
    isTaken,
  );
}

/** "Qwen" if it is free, else "Qwen (2)", "Qwen (3)" … */
export function numberedName(name: string, isTaken: (name: string) => boolean): string {
  return firstFree((number) => (number === 1 ? name : withEnding(name, ` (${number})`, MAX_NAME)), isTaken);
}

/** `candidate` is called with 1, 2, 3 … */
export function firstFree(candidate: (number: number) => string, isTaken: (text: string) => boolean): string {
  let number = 1;
  while (isTaken(candidate(number))) number += 1;
  return candidate(number);
}

export function withEnding(base: string, ending: string, maxLength: number): string {
  return base.slice(0, maxLength - ending.length).trimEnd() + ending;
}
