/** Logs over HTTP: pages as JSON, the whole as text with ranges. The live streams are in stream-routes.ts. */
import type { Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import type { LogEntry } from '#contract/log';
import { processIdSchema } from '#contract/ids';
import { PATHS } from '#contract/paths';
import { AppError } from '../base/errors.ts';
import type { LogHub } from '../running/logs/log-hub.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import { validate } from './validate.ts';

const offsetSchema = z.coerce.number().int().min(0);
const querySchema = z.object({
  from: offsetSchema.optional(),
  before: offsetSchema.optional(),
  tail: z.coerce.number().int().min(0).max(10_000).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  format: z.enum(['json', 'text']).default('json'),
  download: z.string().optional(),
});
type Query = z.infer<typeof querySchema>;

const DEFAULT_LIMIT = 1_000;

const TEXT_CHUNK_BYTES = 256 * 1024;

export function logRoutes({ supervisor, logs }: { supervisor: Supervisor; logs: LogHub }): Router {
  const router = Router();

  /**
   * A page (`?from=`, `?before=` or `?tail=`, with `?limit=`): `{ok, entries, from, to, start, end}`, offsets in bytes. With `?format=text` the kept
   * log as text/plain, Range in bytes counted from `start`; `&download=1` names a file.
   */
  router.get(PATHS.logs, async (req, res) => {
    const id = validate(processIdSchema, req.params['id']);
    const query = validate(querySchema, req.query);
    supervisor.get(id);
    if (query.format === 'text')
      await sendText(res, { id, logs, range: req.headers.range, isDownload: query.download !== undefined });
    else res.json({ ok: true, ...(await readPage(logs, id, query)) });
  });

  return router;
}

async function readPage(logs: LogHub, id: string, query: Query) {
  const { reader } = logs.feed(id);
  const { start, end } = reader.bounds();
  const stopAt = Math.min(query.before ?? end, end);
  const limit = query.limit ?? query.tail ?? DEFAULT_LIMIT;
  const from =
    query.from === undefined
      ? await reader.tail(query.tail ?? limit, stopAt)
      : await reader.align(query.from);
  const entries: LogEntry[] = [];
  let to = from;
  while (to < stopAt && entries.length < limit) {
    const block = await logs.feed(id).block(to);
    if (block === null) break;
    const wanted = block
      .entries()
      .filter((entry) => entry.offset <= stopAt)
      .slice(0, limit - entries.length);
    entries.push(...wanted);
    const last = wanted.at(-1);
    if (last === undefined) break;
    to = last.offset;
  }
  return { entries, from, to, start, end };
}

interface TextRequest {
  id: string;
  logs: LogHub;
  range: string | undefined;
  isDownload: boolean;
}

async function sendText(res: Response, { id, logs, range, isDownload }: TextRequest): Promise<void> {
  const { reader } = logs.feed(id);
  const { start, end } = reader.bounds();
  const part = parseRange(range, end - start);
  if (part === null) {
    res.set('content-range', `bytes */${end - start}`);
    throw new AppError(
      'RANGE_NOT_SATISFIABLE',
      `The log has ${end - start} bytes; the range ${range} is not in it.`,
      {
        details: { size: end - start },
      },
    );
  }
  res.type('text/plain').set({
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-length': String(part.to - part.from),
  });
  if (isDownload) res.attachment(`${id}.log`);
  if (part.isPartial)
    res.status(206).set('content-range', `bytes ${part.from}-${part.to - 1}/${end - start}`);
  let at = start + part.from;
  while (at < start + part.to && !res.destroyed) {
    const bytes = await reader.raw(at, Math.min(at + TEXT_CHUNK_BYTES, start + part.to));
    // Retention took the place we were reading: a short answer is told by its length.
    if (bytes.length === 0) return void res.destroy();
    at += bytes.length;
    if (!res.write(bytes)) await drained(res);
  }
  res.end();
}

/** One range as in RFC 9110; none, several or another unit mean the whole; null for one outside. */
function parseRange(
  header: string | undefined,
  size: number,
): { from: number; to: number; isPartial: boolean } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return { from: 0, to: size, isPartial: false };
  const from = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const to = match[1] === '' || match[2] === '' ? size : Math.min(Number(match[2]) + 1, size);
  return from < to ? { from, to, isPartial: true } : null;
}

async function drained(res: Response): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
