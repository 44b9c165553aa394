/** Health, system facts, found models and stream tickets on the wire. */
import { z } from 'zod';

/** `GET /api/runner/health`. `uptime` in seconds. */
export const healthResponseSchema = z.object({
  ok: z.literal(true),
  timestamp: z.string(),
  runningProcesses: z.number().int(),
  version: z.string(),
  uptime: z.number(),
});

/** `GET /api/system`. Bytes; `cpu.loadPercent` over all cores; `faults` are files that could not be read at start (skipped, the runner works on). */
export const systemResponseSchema = z.object({
  ok: z.literal(true),
  platform: z.string(),
  version: z.string(),
  dataDir: z.string(),
  cpu: z.object({ name: z.string(), cores: z.number().int(), loadPercent: z.number().nullable() }),
  memory: z.object({ totalBytes: z.number(), availableBytes: z.number() }),
  gpus: z.array(
    z.object({
      name: z.string(),
      vendor: z.string(),
      memoryBytes: z.number().nullable(),
      memoryUsedBytes: z.number().nullable(),
    }),
  ),
  llamaServer: z.object({ path: z.string(), version: z.string().nullable() }).nullable(),
  faults: z.array(z.object({ file: z.string(), message: z.string() })),
});
export type SystemResponse = z.infer<typeof systemResponseSchema>;

/** One GGUF file. `contextLength` in tokens; fields the file does not tell are null. `isToy`: the shipped demo model. */
export const modelSchema = z.object({
  path: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  architecture: z.string().nullable(),
  parameters: z.number().nullable(),
  quantization: z.string().nullable(),
  contextLength: z.number().nullable(),
  layers: z.number().nullable(),
  isProjector: z.boolean(),
  isToy: z.boolean(),
});
export type Model = z.infer<typeof modelSchema>;

/** `GET /api/models`: GGUF files under the configured folders; `faults` names the unreadable ones. */
export const modelListResponseSchema = z.object({
  ok: z.literal(true),
  models: z.array(modelSchema),
  folders: z.array(z.string()),
  faults: z.array(z.object({ file: z.string(), message: z.string() })),
});

/** `POST /api/runner/ticket`: one use, for the `?ticket=` of a stream where a token is set. */
export const ticketResponseSchema = z.object({
  ok: z.literal(true),
  ticket: z.string(),
  expiresInMs: z.number(),
});
