/** Which of the known names a wrong one probably meant. Pure. */

const MOST = 3;

/** Best first; empty when none is near. */
export function nearNames(wrong: string, known: readonly string[]): string[] {
  const wanted = plain(wrong);
  return known
    .map((name) => ({ name, distance: distanceTo(plain(name), wanted) }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 128);
}

/** Part of a longer name ("qwen3" for "Qwen3-4B-Q4_K_M.gguf") counts as one letter off. */
function distanceTo(name: string, wanted: string): number {
  if (wanted.length >= 3 && name.length >= 3 && (name.includes(wanted) || wanted.includes(name))) return 1;
  return levenshtein(name, wanted);
}

function levenshtein(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const swapped = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swapped));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
