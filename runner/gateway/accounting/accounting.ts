/** Keeps the accounts of the gateway: every finished request in the table `gateway_requests`, for a month, and sums over them. */
import type { GatewayRequest } from '#contract/gateway';
import { Signal } from '../../base/signal.ts';
import type { Store } from '../../store/open-store.ts';
import { AccountingTable } from './accounting-table.ts';
import type { UsageBucket } from './accounting-table.ts';

export interface AccountingParts {
  store: Store;
  now: () => Date;
  /** Requests that could not be written are lost to the accounts. */
  onFault: (error: unknown) => void;
  limits?: { keptMs: number; keptRows: number };
}

const WRITE_EVERY_MS = 1000;
const MAX_BATCH = 200;
const PRUNE_EVERY_MS = 3_600_000;
/** Between two hours a busy gateway must not fill the disk either. */
const PRUNE_AFTER_ROWS = 1000;
const LIMITS = { keptMs: 30 * 24 * 3_600_000, keptRows: 100_000 };

/** No call but `usage` and `latest` ever throws: a disk that is full costs accounts, never an answer. */
export class Accounting {
  /** Every request as it ends, for those who count in memory. */
  readonly finished = new Signal<GatewayRequest>();
  /** There are new rows; at most once a second, or per 200 requests. */
  readonly changed = new Signal<void>();
  readonly #parts: AccountingParts;
  readonly #table: AccountingTable;
  #pending: GatewayRequest[] = [];
  #writeTimer: NodeJS.Timeout | undefined;
  #pruneTimer: NodeJS.Timeout | undefined;
  #rowsSincePrune = 0;

  constructor(parts: AccountingParts) {
    this.#parts = parts;
    this.#table = new AccountingTable(parts.store);
  }

  start(): void {
    this.prune();
    this.#pruneTimer = setInterval(() => this.prune(), PRUNE_EVERY_MS).unref();
  }

  /** Before the store is closed. */
  stop(): void {
    clearInterval(this.#pruneTimer);
    this.flush();
  }

  /** A request has ended, however it did. */
  record(request: GatewayRequest): void {
    this.finished.emit(request);
    this.#pending.push(request);
    if (this.#pending.length >= MAX_BATCH) return this.flush();
    this.#writeTimer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
  }

  /** Sums per step of minutes, key and model, oldest first; steps without a request are left out. Steps begin at whole multiples in UTC. */
  usage({ hours, stepMinutes }: { hours: number; stepMinutes: number }): UsageBucket[] {
    this.flush();
    const stepMs = stepMinutes * 60_000;
    return this.#table.sums({ sinceMs: this.#parts.now().getTime() - hours * 3_600_000, stepMs });
  }

  /** Newest first. */
  latest(limit: number): GatewayRequest[] {
    this.flush();
    return this.#table.latest(limit);
  }

  flush(): void {
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    if (!this.#tried(() => this.#insert(batch))) return;
    this.#rowsSincePrune += batch.length;
    if (this.#rowsSincePrune >= PRUNE_AFTER_ROWS) this.prune();
    this.changed.emit();
  }

  prune(): void {
    this.#rowsSincePrune = 0;
    const { keptMs, keptRows } = this.#parts.limits ?? LIMITS;
    this.#tried(() => this.#table.prune({ beforeMs: this.#parts.now().getTime() - keptMs, keptRows }));
  }

  #insert(batch: readonly GatewayRequest[]): void {
    const [refusal] = this.#table.insert(batch);
    if (refusal !== undefined) this.#parts.onFault(refusal);
  }

  #tried(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#parts.onFault(error);
      return false;
    }
  }
}
