/** The `timings` and `usage` objects of an answer, and the print_timing lines of the log, from what was measured. */

export interface Measured {
  cachedTokens: number;
  promptTokens: number;
  promptMs: number;
  predictedTokens: number;
  predictedMs: number;
}

/** llama-server counts the first token to the prompt: it is there when the prompt is done. */
export function timingsOf(measured: Measured): Record<string, number> {
  const promptCount = measured.promptTokens - measured.cachedTokens;
  const stepCount = Math.max(0, measured.predictedTokens - 1);
  return {
    cache_n: measured.cachedTokens,
    prompt_n: promptCount,
    prompt_ms: round(measured.promptMs),
    prompt_per_token_ms: ratio(measured.promptMs, promptCount),
    prompt_per_second: ratio(promptCount * 1000, measured.promptMs),
    predicted_n: measured.predictedTokens,
    predicted_ms: round(measured.predictedMs),
    predicted_per_token_ms: ratio(measured.predictedMs, stepCount),
    predicted_per_second: ratio(stepCount * 1000, measured.predictedMs),
  };
}

export interface Usage {
  completion_tokens: number;
  prompt_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}

export function usageOf({ promptTokens, predictedTokens, cachedTokens }: Measured): Usage {
  return {
    completion_tokens: predictedTokens,
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + predictedTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

export function timingLines(measured: Measured): string[] {
  const promptCount = measured.promptTokens - measured.cachedTokens;
  const totalMs = measured.promptMs + measured.predictedMs;
  return [
    `prompt eval time = ${speed(measured.promptMs, promptCount)}`,
    `       eval time = ${speed(measured.predictedMs, measured.predictedTokens)}`,
    `      total time = ${fixed(totalMs, 10)} ms / ${count(promptCount + measured.predictedTokens)} tokens`,
  ];
}

function speed(ms: number, tokens: number): string {
  const each = fixed(ratio(ms, tokens), 8);
  return `${fixed(ms, 10)} ms / ${count(tokens)} tokens (${each} ms per token, ${fixed(ratio(tokens * 1000, ms), 8)} tokens per second)`;
}

function fixed(value: number, width: number): string {
  return value.toFixed(2).padStart(width);
}

function count(tokens: number): string {
  return String(tokens).padStart(5);
}

function ratio(amount: number, by: number): number {
  return by === 0 ? 0 : amount / by;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
