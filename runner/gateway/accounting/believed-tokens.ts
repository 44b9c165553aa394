/** What is believed of a server that tells how many tokens a request took: it may tell anything, and sums must stay numbers that can be counted. */

/** Far beyond any context; a hundred thousand accounts of it can still be added. */
export const MOST_TOKENS = 1_000_000_000;

/** Whole, not negative, and no more than anybody believes. */
export function believedTokens(tokens: number): number {
  return Math.round(Math.min(Math.max(tokens, 0), MOST_TOKENS));
}
