/** Finds a chain of fallbacks that comes back to where it began. Pure. */
import type { GatewayRoute } from '#contract/gateway';

/** The chain from the route's model back to it, both named; null: there is none. Chains that do not pass through the route are not looked at. */
export function findFallbackCycle(
  route: Pick<GatewayRoute, 'model' | 'fallback'>,
  fallbackOf: (model: string) => readonly string[],
): string[] | null {
  const seen = new Set<string>();
  const chains = route.fallback.map((next) => [route.model, next]);
  for (let chain = chains.pop(); chain !== undefined; chain = chains.pop()) {
    const end = chain.at(-1) ?? route.model;
    if (end === route.model) return chain;
    if (seen.has(end)) continue;
    seen.add(end);
    for (const next of fallbackOf(end)) chains.push([...chain, next]);
  }
  return null;
}
