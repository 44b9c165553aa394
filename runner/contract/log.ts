/** Logs on the wire: entries, pages, and the events of the two SSE streams. */
import { z } from 'zod';
import { endpointSchema } from './endpoint.ts';
import { exitSchema, processSnapshotSchema } from './process.ts';
import { tunnelSchema } from './tunnel.ts';

/** A log line. `offset` is the byte position after it in the process's whole log: the cursor to go on from. `partial`: its text goes on in the next line. */
export const lineEntrySchema = z.object({
  offset: z.number().int(),
  at: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  line: z.string(),
  partial: z.literal(true).optional(),
});
export type LineEntry = z.infer<typeof lineEntrySchema>;

/** A run began or ended, or its keeper noted something, at this place in the log. */
export const runRecordSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('started'),
    run: z.number().int(),
    pid: z.number().int(),
    command: z.string(),
  }),
  z.object({
    event: z.literal('leader-exited'),
    run: z.number().int(),
    code: z.number().int().nullable(),
    signal: z.string().nullable(),
    left: z.number().int(),
  }),
  z.object({ event: z.literal('ended'), run: z.number().int(), ...exitSchema.omit({ at: true }).shape }),
]);
export type RunRecord = z.infer<typeof runRecordSchema>;
export const runEntrySchema = z.object({ offset: z.number().int(), at: z.string(), run: runRecordSchema });
export type RunEntry = z.infer<typeof runEntrySchema>;

/** Lines are missing here. "retention": the bytes from..to were removed; "corrupt": they cannot be read; "disk-full": `lines` lines could not be written (from = to). */
export const gapSchema = z.object({
  from: z.number().int(),
  to: z.number().int(),
  reason: z.enum(['retention', 'corrupt', 'disk-full']),
  lines: z.number().int().optional(),
});
export type Gap = z.infer<typeof gapSchema>;
export const gapEntrySchema = z.object({
  offset: z.number().int(),
  at: z.string().optional(),
  gap: gapSchema,
});
export type GapEntry = z.infer<typeof gapEntrySchema>;

export const logEntrySchema = z.union([lineEntrySchema, runEntrySchema, gapEntrySchema]);
export type LogEntry = z.infer<typeof logEntrySchema>;

/** `GET /api/runner/logs/:id` as JSON. `from`..`to` are the bytes covered, `start`..`end` the bytes kept; go on with `?from=<to>`, back with `?before=<from>`. */
export const logPageResponseSchema = z.object({
  ok: z.literal(true),
  entries: z.array(logEntrySchema),
  from: z.number().int(),
  to: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});

/**
 * Events of `GET /api/runner/stream/:id`. Default event (a line): `id` = offset, data `{line, at, stream, partial?}`. Others carry JSON too:
 * `run` = RunEntry without offset, `gap` = Gap, `state` = ProcessSnapshot.
 */
export const singleStreamLineSchema = lineEntrySchema.omit({ offset: true });

/**
 * Events of `GET /api/runner/stream`. `processes` comes first and lists all; `state` is one changed process; `removed` one forgotten; `usage`
 * gives CPU and memory by process id; `lines` is a batch of one process's log. The SSE id of a `lines` event is a cursor over all
 * processes (`id:offset,id:offset`): send it back as Last-Event-ID or `?from=` to go on exactly there. `endpoints` and `tunnels` list all of them, at
 * the start and after each change; `sessions` says which session of the local user changed (a title, a turn, a deletion).
 */
export const allStreamEventSchemas = {
  processes: z.object({ processes: z.array(processSnapshotSchema) }),
  state: z.object({ process: processSnapshotSchema }),
  removed: z.object({ id: z.string() }),
  usage: z.object({
    usage: z.record(z.string(), processSnapshotSchema.pick({ cpuPercent: true, memoryBytes: true })),
  }),
  lines: z.object({ id: z.string(), entries: z.array(logEntrySchema) }),
  endpoints: z.object({ endpoints: z.array(endpointSchema) }),
  tunnels: z.object({ tunnels: z.array(tunnelSchema) }),
  sessions: z.object({ id: z.string() }),
};
export type AllStreamEvents = {
  [K in keyof typeof allStreamEventSchemas]: z.infer<(typeof allStreamEventSchemas)[K]>;
};
