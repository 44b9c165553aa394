/** The `LLM_*` settings, and how they, a preset and a request make one set of sampler settings. */
import type { Sampler } from '#contract/preset';

export interface ChatSettings {
  timeoutMs: number;
  temperature: number;
  topP: number;
  maxTokens: number;
  /** Reasoning is neither streamed nor answered, unless a request asks for it. It is kept in the session all the same. */
  skipThinking: boolean;
  maxHistoryTokens: number;
}

/** The request beats the preset, the preset beats the settings. */
export function chooseSampler(
  settings: ChatSettings,
  preset: Sampler,
  request: { [K in keyof Sampler]?: Sampler[K] | null },
): Sampler {
  const given = Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== null && value !== undefined),
  ) as Sampler;
  return {
    temperature: settings.temperature,
    top_p: settings.topP,
    max_tokens: settings.maxTokens,
    ...preset,
    ...given,
  };
}

/** The fields of a request body. What other servers than llama.cpp's may not know is sent only when it was set. */
export function samplerFields(sampler: Sampler): Record<string, unknown> {
  const { thinking, max_tokens, seed, stop, ...rest } = sampler;
  return {
    ...rest,
    ...(max_tokens === undefined || max_tokens === -1 ? {} : { max_tokens }),
    ...(seed === undefined || seed === -1 ? {} : { seed }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(thinking === undefined ? {} : { chat_template_kwargs: { enable_thinking: thinking } }),
  };
}
