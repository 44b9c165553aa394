/** Owns the statements on the table `gateway_requests` and the mapping between its rows and the contract. */
import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { gatewayRequestSchema, gatewayUsageResponseSchema } from '#contract/gateway';
import type { GatewayRequest } from '#contract/gateway';
import { inTransaction } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { believedTokens, MOST_TOKENS } from './believed-tokens.ts';

const bucketSchema = gatewayUsageResponseSchema.shape.buckets.element;
export type UsageBucket = z.infer<typeof bucketSchema>;

const time = z.number().transform((ms) => new Date(ms).toISOString());
const storedRequest = z
  .object({ ...gatewayRequestSchema.shape, at: time, isStream: z.number().transform((value) => value === 1) })
  .pipe(gatewayRequestSchema);
const storedBucket = z.object({ ...bucketSchema.shape, at: time });

/** What was cut off from outside is no fault: the client left (499), somebody cancelled it, the runner was stopped. A stream that broke is one. */
const IS_CUT = `status = 499 OR coalesce(error_code, '') IN ('request_cancelled', 'shutting_down')`;
const IS_ERROR = `NOT (${IS_CUT}) AND (status >= 400 OR error_code IS NOT NULL)`;
/** No key, or one that opens nothing. */
const IS_STRANGER = 'status = 401';
/** Rows of earlier versions may hold more than JavaScript can count, and more than SQLite can add. */
const believed = (column: string): string => `min(max(${column}, 0), ${MOST_TOKENS})`;
/** A client may name its model with a megabyte. */
const LONGEST_NAME = 256;

export class AccountingTable {
  readonly #store: Store;
  readonly #insert;
  readonly #sums;
  readonly #latest;
  readonly #pruneByTime;
  readonly #pruneByCount;
  readonly #pruneStrangers;

  constructor(store: Store) {
    this.#store = store;
    this.#insert = store.prepare(
      `INSERT INTO gateway_requests (id, at, key_id, key_name, model, endpoint_id, route, is_stream, status, error_code,
         prompt_tokens, completion_tokens, first_token_ms, duration_ms, tokens_per_second)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#sums = store.prepare(
      `SELECT at - at % CAST(:stepMs AS INTEGER) AS at, key_id AS keyId, model, count(*) AS requests, sum(${IS_ERROR}) AS errors,
         coalesce(sum(${believed('prompt_tokens')}), 0) AS promptTokens,
         coalesce(sum(${believed('completion_tokens')}), 0) AS completionTokens
       FROM gateway_requests WHERE at >= :sinceMs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    );
    this.#latest = store.prepare(
      `SELECT id, at, key_id AS keyId, key_name AS keyName, model, endpoint_id AS endpointId, route, is_stream AS isStream, status,
         error_code AS errorCode, ${believed('prompt_tokens')} AS promptTokens, ${believed('completion_tokens')} AS completionTokens,
         first_token_ms AS firstTokenMs, duration_ms AS durationMs, tokens_per_second AS tokensPerSecond
       FROM gateway_requests ORDER BY row DESC LIMIT ?`,
    );
    this.#pruneByTime = store.prepare('DELETE FROM gateway_requests WHERE at < ?');
    this.#pruneByCount = store.prepare(
      'DELETE FROM gateway_requests WHERE row <= (SELECT row FROM gateway_requests ORDER BY row DESC LIMIT 1 OFFSET ?)',
    );
    this.#pruneStrangers = store.prepare(
      `DELETE FROM gateway_requests WHERE ${IS_STRANGER}
         AND row <= (SELECT row FROM gateway_requests WHERE ${IS_STRANGER} ORDER BY row DESC LIMIT 1 OFFSET ?)`,
    );
  }

  /** Answers why rows were refused: they must not cost the others. Throws where none can be written. */
  insert(requests: readonly GatewayRequest[]): unknown[] {
    const refusals: unknown[] = [];
    inTransaction(this.#store, () => {
      for (const request of requests) {
        try {
          this.#insert.run(...columnsOf(request));
        } catch (error) {
          if (!isOfRow(error)) throw error;
          refusals.push(error);
        }
      }
    });
    return refusals;
  }

  /** By the step in which a request began. */
  sums({ sinceMs, stepMs }: { sinceMs: number; stepMs: number }): UsageBucket[] {
    return this.#sums
      .all({ sinceMs: Math.floor(sinceMs), stepMs: Math.floor(stepMs) })
      .map((row) => storedBucket.parse(row));
  }

  /** The last to end comes first. */
  latest(limit: number): GatewayRequest[] {
    return this.#latest.all(limit).map((row) => storedRequest.parse(row));
  }

  /** Of strangers a tenth is kept at most: they must not push out the accounts of the others. */
  prune({ beforeMs, keptRows }: { beforeMs: number; keptRows: number }): void {
    this.#pruneByTime.run(beforeMs);
    this.#pruneStrangers.run(Math.ceil(keptRows / 10));
    this.#pruneByCount.run(keptRows);
  }
}

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, and what cannot be bound; anything else is a fault of the store. */
function isOfRow(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof Error && 'errcode' in error && [18, 19, 20].includes(Number(error.errcode) & 0xff);
}

/** In the order of the statement: names would cost as much as the rest. Numbers come from upstreams: one that is no number must not cost the rest of a batch. */
function columnsOf(request: GatewayRequest): SQLInputValue[] {
  const { id, at, keyId, keyName, model, endpointId, route, isStream, errorCode } = request;
  return [
    id,
    whole(Date.parse(at)) ?? 0,
    keyId,
    keyName,
    model?.slice(0, LONGEST_NAME) ?? null,
    endpointId,
    route,
    isStream ? 1 : 0,
    whole(request.status) ?? 0,
    errorCode,
    tokens(request.promptTokens),
    tokens(request.completionTokens),
    finite(request.firstTokenMs),
    finite(request.durationMs) ?? 0,
    finite(request.tokensPerSecond),
  ];
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function whole(value: number | null): number | null {
  const number = finite(value);
  return number === null ? null : Math.round(number);
}

function tokens(value: number | null): number | null {
  const number = finite(value);
  return number === null ? null : believedTokens(number);
}
