/** Which models and which groups of routes a key opens, and whether it still opens anything. Pure. */
import type { GatewayKey, GatewayRouteGroup } from '#contract/gateway';

/** `models` are names with `*` for any characters; none: all. Upper and lower case differ, as they do in model names. */
export function isModelAllowed(models: readonly string[], model: string): boolean {
  return models.length === 0 || models.some((pattern) => matches(pattern, model));
}

export function isRouteAllowed(routes: readonly GatewayRouteGroup[], group: GatewayRouteGroup): boolean {
  return routes.length === 0 || routes.includes(group);
}

export function isExpired({ expiresAt }: Pick<GatewayKey, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime();
}

/** Not by a regular expression: many stars would let a client's long model name take minutes. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= end;
}
