/** llama-server's flags as far as the embedded engine knows them: names, meaning, and how a value lands in the options. */

export interface EngineOptions {
  model: string;
  host: string;
  port: number;
  /** Tokens; 0 is the model's training context. */
  contextSize: number;
  /** 0 is automatic: cores − 1. */
  threads: number;
  /** 0 is automatic: 4 slots that each have the whole context. */
  parallel: number;
  /** 0 is the library's default. */
  batchSize: number;
  flashAttention: boolean | 'auto';
  alias: string;
  apiKeys: string[];
}

export const defaultOptions: Readonly<EngineOptions> = {
  model: '',
  host: '127.0.0.1',
  port: 8080,
  contextSize: 0,
  threads: 0,
  parallel: 0,
  batchSize: 0,
  flashAttention: 'auto',
  alias: '',
  apiKeys: [],
};

export interface Flag {
  names: readonly string[];
  placeholder: string;
  help: string;
  /** The part of the options that `value` sets; undefined when the value makes no sense. */
  parse(value: string): Partial<EngineOptions> | undefined;
}

export const flags: readonly Flag[] = [
  {
    names: ['-m', '--model'],
    placeholder: 'FNAME',
    help: 'model path to load',
    parse: (model) => ({ model }),
  },
  {
    names: ['--host'],
    placeholder: 'HOST',
    help: 'ip address to listen (default: 127.0.0.1)',
    parse: (host) => ({ host }),
  },
  {
    names: ['--port'],
    placeholder: 'PORT',
    help: 'port to listen, 0 = any free one (default: 8080)',
    parse: (value) => withNumber(value, { min: 0, max: 65_535 }, (port) => ({ port })),
  },
  {
    names: ['-c', '--ctx-size'],
    placeholder: 'N',
    help: 'size of the prompt context (default: 0, 0 = loaded from model)',
    parse: (value) => withNumber(value, { min: 0 }, (contextSize) => ({ contextSize })),
  },
  {
    names: ['-ngl', '--gpu-layers', '--n-gpu-layers'],
    placeholder: 'N',
    help: "accepted and ignored: this engine runs on the CPU ('auto', 'all' or a number)",
    parse: (value) => (value === 'auto' || value === 'all' ? {} : withNumber(value, { min: -1 }, () => ({}))),
  },
  {
    names: ['-t', '--threads'],
    placeholder: 'N',
    help: 'number of CPU threads, at most cores - 1 (default: cores - 1)',
    parse: (value) => withNumber(value, { min: -1 }, (count) => ({ threads: Math.max(0, count) })),
  },
  {
    names: ['-np', '--parallel'],
    placeholder: 'N',
    help: 'number of server slots; they divide the context (default: -1 = auto: 4 slots with the whole context each)',
    parse: (value) => withNumber(value, { min: -1, max: 256 }, (count) => ({ parallel: Math.max(0, count) })),
  },
  {
    names: ['-b', '--batch-size'],
    placeholder: 'N',
    help: 'maximum batch size (default: 512)',
    parse: (value) => withNumber(value, { min: 1 }, (batchSize) => ({ batchSize })),
  },
  {
    names: ['-fa', '--flash-attn'],
    placeholder: '[on|off|auto]',
    help: "set Flash Attention use ('on', 'off', or 'auto', default: 'auto')",
    parse: parseFlashAttention,
  },
  {
    names: ['-a', '--alias'],
    placeholder: 'STRING',
    help: 'model name to be used by the API',
    parse: (alias) => ({ alias }),
  },
  {
    names: ['--api-key'],
    placeholder: 'KEY',
    help: 'API key to use for authentication, several as a comma-separated list (default: none)',
    parse: (value) => ({ apiKeys: value.split(',').filter((key) => key !== '') }),
  },
];

function withNumber(
  value: string,
  range: { min: number; max?: number },
  apply: (parsed: number) => Partial<EngineOptions>,
): Partial<EngineOptions> | undefined {
  if (!/^-?\d{1,9}$/.test(value)) return undefined;
  const parsed = Number(value);
  return parsed < range.min || parsed > (range.max ?? Infinity) ? undefined : apply(parsed);
}

function parseFlashAttention(value: string): Partial<EngineOptions> | undefined {
  if (value === 'auto') return { flashAttention: 'auto' };
  if (value === 'on' || value === 'off') return { flashAttention: value === 'on' };
  return undefined;
}
