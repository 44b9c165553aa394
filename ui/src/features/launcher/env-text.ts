/** Environment variables as lines of NAME=value. */
export interface EnvResult {
  env: Record<string, string>;
  /** The first line that is none, counted from 1. */
  faultyLine: number | null;
}

/** Empty lines and lines that begin with # are skipped. */
export function parseEnv(text: string): EnvResult {
  const env: Record<string, string> = {};
  let faultyLine: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*?)\r?$/.exec(line);
    if (match?.[1] === undefined) faultyLine ??= index + 1;
    else env[match[1]] = match[2] ?? '';
  }
  return { env, faultyLine };
}

export function formatEnv(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
