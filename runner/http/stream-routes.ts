/** The live SSE streams: one process's log line by line, or all processes with their states over one connection. */
import type { Request } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import { processIdSchema } from '#contract/ids';
import { PATHS } from '#contract/paths';
import type { LogHub } from '../running/logs/log-hub.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import { parseCursor } from './cursor.ts';
import { SseConnection, sseEvent } from './sse.ts';
import { StreamOfAll } from './stream-of-all.ts';
import type { ChatNews } from './stream-of-all.ts';
import { validate } from './validate.ts';

const DEFAULT_TAIL_LINES = 200;

const tailSchema = z.coerce.number().int().min(0).max(100_000).default(DEFAULT_TAIL_LINES);
const singleQuerySchema = z.object({ tail: tailSchema, from: z.coerce.number().int().min(0).optional() });
const allQuerySchema = z.object({
  tail: tailSchema,
  from: z.string().max(16_384).optional(),
  ids: z.string().max(16_384).optional(),
});

export interface StreamRouteParts {
  supervisor: Supervisor;
  logs: LogHub;
  news: ChatNews;
  /** The connections that are open, so that a shutdown can end them. */
  connections: Set<SseConnection>;
}

export function streamRoutes(parts: StreamRouteParts): Router {
  const { supervisor, logs, connections, news } = parts;
  const router = Router();

  /** Events as in contract/log.ts (`singleStreamLineSchema`). Starts with the last 200 lines, `?tail=N`, `?from=<offset>`, or after Last-Event-ID. */
  router.get(PATHS.stream, async (req, res) => {
    const id = validate(processIdSchema, req.params['id']);
    const { tail, from } = validate(singleQuerySchema, req.query);
    supervisor.get(id);
    const { reader } = logs.feed(id);
    const resumeAt = lastOffset(req) ?? from;
    const position =
      resumeAt === undefined || resumeAt > reader.bounds().end
        ? await reader.tail(tail)
        : await reader.align(resumeAt);
    const { snapshot } = supervisor.get(id);
    const connection = open(connections, new SseConnection(res));
    connection.sendLatest('state', sseEvent('state', snapshot));
    const unsubscribe = [
      supervisor.changed.subscribe((changed) => {
        if (changed.id === id) connection.sendLatest('state', sseEvent('state', changed));
      }),
      supervisor.removed.subscribe((removed) => {
        if (removed === id) void connection.end();
      }),
    ];
    try {
      for await (const block of logs.follow(id, position, connection.signal))
        await connection.send(() => [block.each()]);
    } finally {
      for (const undo of unsubscribe) undo();
    }
  });

  /** Events as in contract/log.ts (`allStreamEventSchemas`), for all processes or `?ids=a,b`. Resumes by cursor: Last-Event-ID or `?from=`. */
  router.get(PATHS.streamAll, async (req, res) => {
    const { tail, from, ids } = validate(allQuerySchema, req.query);
    const only =
      ids === undefined ? null : new Set(ids.split(',').map((id) => validate(processIdSchema, id)));
    const cursor = parseCursor(req.headers['last-event-id'] ?? from);
    const connection = open(connections, new SseConnection(res));
    const stream = new StreamOfAll({ supervisor, logs, news, connection, only, tail, cursor });
    await stream.run();
  });

  return router;
}

function open(connections: Set<SseConnection>, connection: SseConnection): SseConnection {
  connection.start();
  if (connection.signal.aborted) return connection;
  connections.add(connection);
  connection.signal.addEventListener('abort', () => connections.delete(connection));
  return connection;
}

function lastOffset(req: Request): number | undefined {
  const header = req.headers['last-event-id'];
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
