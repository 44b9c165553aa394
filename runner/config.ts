/** Environment, `.env` and flags → one frozen Config. All faults are told at once. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import envPaths from 'env-paths';
import { z } from 'zod';
import { endpointInputSchema } from '#contract/endpoint';
import type { ChatSettings } from './chat/chat-settings.ts';
import { MQTT_VARIABLES, mqttEnvironment } from './remote/mqtt/mqtt-environment.ts';
import { flag, list } from './base/environment-values.ts';
import type { MqttEnvironment } from './remote/mqtt/mqtt-environment.ts';
import { DEFAULT_LIMITS } from './running/segments/segment-writer.ts';
import type { SegmentLimits } from './running/segments/segment-writer.ts';

export interface Config {
  host: string;
  port: number;
  dataDir: string;
  token: string | null;
  allowedOrigins: readonly string[];
  allowedHosts: readonly string[];
  /** Programs (names or paths) and folders (ending in a slash) that may be launched; null: any. */
  allowedCommands: readonly string[] | null;
  modelDirs: readonly string[];
  /** Path of the llama-server binary, where the user gave one. */
  llamaServer: string | null;
  logLimits: SegmentLimits;
  logLevel: string;
  /** Keys of remote clients for the chat REST. */
  apiKeys: readonly string[];
  chat: ChatSettings;
  /** A listener of its own for `/v1`; null: none. */
  gateway: { host: string; port: number } | null;
  /** Most requests that may wait for a free slot or for one model. */
  queueLimit: number;
  /** What all models that are launched on demand may take together; null: no limit. */
  modelMemoryMb: number | null;
  /** LLM_SERVER_URL, where it is set: the default endpoint. */
  llmServer: { baseUrl: string; apiKey: string | null } | null;
  /** What the environment says of the MQTT mode; the rest is set in the page. */
  mqtt: MqttEnvironment;
  /** Leave processes running when the runner is asked to end. */
  keepProcesses: boolean;
}

export class ConfigError extends Error {}

const bytes = z.coerce.number().int().min(1024);

const schema = z.object({
  RUNNER_HOST: z.string().min(1).default('127.0.0.1'),
  RUNNER_PORT: z.coerce.number().int().min(0).max(65_535).default(3002),
  RUNNER_DATA_DIR: z.string().min(1).optional(),
  RUNNER_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  RUNNER_ALLOWED_ORIGINS: list(',')
    .pipe(z.array(z.url({ protocol: /^https?$/, error: 'must be origins such as http://localhost:5173' })))
    // As a browser sends it: no slash at the end, no default port.
    .transform((urls) => urls.map((url) => new URL(url).origin))
    .default([]),
  RUNNER_ALLOWED_HOSTS: list(',').default([]),
  RUNNER_ALLOWED_COMMANDS: list(',').optional(),
  RUNNER_LOG_SEGMENT_BYTES: bytes.default(DEFAULT_LIMITS.segmentBytes),
  RUNNER_LOG_RETENTION_BYTES: bytes.default(DEFAULT_LIMITS.retentionBytes),
  RUNNER_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  MODEL_DIRS: list(delimiter).default([]),
  LLAMA_SERVER: z.string().min(1).optional(),
  API_KEYS: list(',')
    .pipe(z.array(z.string().min(8, 'must have at least 8 characters each')))
    .default([]),
  GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  GATEWAY_HOST: z.string().min(1).default('127.0.0.1'),
  GATEWAY_QUEUE_LIMIT: z.coerce.number().int().min(0).max(100_000).default(256),
  MODEL_MEMORY_MB: z.coerce.number().int().min(1).optional(),
  LLM_COMM_MODE: z
    .enum(['sse', 'mqtt'], { error: 'must be "sse" (over HTTP) or "mqtt" (through a broker)' })
    .default('sse'),
  ...MQTT_VARIABLES,
  LLM_SERVER_URL: endpointInputSchema.shape.baseUrl.optional(),
  LLM_API_KEY: z.string().min(1).optional(),
  LLM_TIMEOUT: z.coerce.number().min(0.1, 'is in seconds').max(86_400).default(300),
  LLM_TEMPERATURE: z.coerce.number().min(0).max(5).default(0.6),
  LLM_TOP_P: z.coerce.number().min(0).max(1).default(0.9),
  LLM_MAX_TOKENS: z.coerce.number().int().min(-1).default(512),
  LLM_SKIP_THINKING: flag.default(true),
  LLM_MAX_HISTORY_TOKENS: z.coerce.number().int().min(0).default(10_000),
});

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether only this machine can reach a listener on that host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Throws ConfigError with one line per fault. Flags (`--runner-port 3003`) beat the environment. */
export function readConfig(environment: NodeJS.ProcessEnv, argv: readonly string[]): Config {
  const { flags, keepProcesses } = readFlags(argv);
  const given = Object.fromEntries(
    Object.entries({ ...environment, ...flags }).filter(([, value]) => value !== ''),
  );
  const parsed = schema.safeParse(given);
  const faults = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
  const host = given['RUNNER_HOST'];
  if (host !== undefined && !LOOPBACK.test(host) && given['RUNNER_TOKEN'] === undefined) {
    faults.push(
      `RUNNER_HOST: ${host} can be reached from other machines, and whoever reaches the runner can start any program. Set RUNNER_TOKEN (16 characters or more) first.`,
    );
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join('\n'));
  const values = parsed.data;
  return Object.freeze({
    host: values.RUNNER_HOST,
    port: values.RUNNER_PORT,
    dataDir: resolve(values.RUNNER_DATA_DIR ?? envPaths('llm-server-manager', { suffix: '' }).data),
    token: values.RUNNER_TOKEN ?? null,
    allowedOrigins: values.RUNNER_ALLOWED_ORIGINS,
    allowedHosts: values.RUNNER_ALLOWED_HOSTS,
    allowedCommands: values.RUNNER_ALLOWED_COMMANDS ?? null,
    modelDirs: values.MODEL_DIRS.length > 0 ? values.MODEL_DIRS : defaultModelDirs(),
    llamaServer: values.LLAMA_SERVER ?? null,
    logLimits: {
      segmentBytes: values.RUNNER_LOG_SEGMENT_BYTES,
      retentionBytes: values.RUNNER_LOG_RETENTION_BYTES,
    },
    logLevel: values.RUNNER_LOG_LEVEL,
    apiKeys: values.API_KEYS,
    chat: {
      timeoutMs: values.LLM_TIMEOUT * 1000,
      temperature: values.LLM_TEMPERATURE,
      topP: values.LLM_TOP_P,
      maxTokens: values.LLM_MAX_TOKENS,
      skipThinking: values.LLM_SKIP_THINKING,
      maxHistoryTokens: values.LLM_MAX_HISTORY_TOKENS,
    },
    gateway:
      values.GATEWAY_PORT === undefined ? null : { host: values.GATEWAY_HOST, port: values.GATEWAY_PORT },
    queueLimit: values.GATEWAY_QUEUE_LIMIT,
    modelMemoryMb: values.MODEL_MEMORY_MB ?? null,
    llmServer:
      values.LLM_SERVER_URL === undefined
        ? null
        : { baseUrl: values.LLM_SERVER_URL, apiKey: values.LLM_API_KEY ?? null },
    mqtt: mqttEnvironment(values, values.LLM_COMM_MODE === 'mqtt'),
    keepProcesses,
  });
}

function readFlags(argv: readonly string[]): { flags: Record<string, string>; keepProcesses: boolean } {
  const names = Object.keys(schema.shape);
  const options: Record<string, { type: 'string' | 'boolean' }> = { keep: { type: 'boolean' } };
  for (const name of names) options[flagOf(name)] = { type: 'string' };
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    const flags: Record<string, string> = {};
    for (const name of names) {
      const value = values[flagOf(name)];
      if (typeof value === 'string') flags[name] = value;
    }
    return { flags, keepProcesses: values['keep'] === true };
  } catch (error) {
    const known = [...names.map((name) => `--${flagOf(name)}`), '--keep'].join(' ');
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\nKnown flags: ${known}`);
  }
}

function flagOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** Where people keep GGUF files: looked at only if they exist. */
function defaultModelDirs(): string[] {
  return ['models', '.lmstudio/models', '.cache/llama.cpp', '.cache/huggingface/hub']
    .map((dir) => join(homedir(), dir))
    .filter((dir) => existsSync(dir));
}
