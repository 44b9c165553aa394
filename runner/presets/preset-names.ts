/** Names for presets that are made from others: numbered until they are free, and never too long. */

const MAX_NAME = 80;

/** "Quote" → "Quote (copy)", then "Quote (copy 2)" … A copy of a copy counts on. */
export function copyName(name: string, isTaken: (name: string) => boolean): string {
  const base = name.replace(/ \(copy(?: \d+)?\)$/, '');
  return firstFree((number) => withEnding(base, number === 1 ? ' (copy)' : ` (copy ${number})`), isTaken);
}

/** "Quote" if it is free, else "Quote (2)", "Quote (3)" … */
export function numberedName(name: string, isTaken: (name: string) => boolean): string {
  return firstFree((number) => (number === 1 ? name : withEnding(name, ` (${number})`)), isTaken);
}

function firstFree(candidate: (number: number) => string, isTaken: (text: string) => boolean): string {
  let number = 1;
  while (isTaken(candidate(number))) number += 1;
  return candidate(number);
}

function withEnding(base: string, ending: string): string {
  return base.slice(0, MAX_NAME - ending.length).trimEnd() + ending;
}
