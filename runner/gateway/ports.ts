/** What the gateway asks of the rest of the runner, as interfaces: admission and accounting. */
import type { GatewayRequest, GatewayRouteGroup } from '#contract/gateway';

export interface Caller {
  /** What came as `Authorization: Bearer …` or `x-api-key`; null: neither did. */
  secret: string | null;
  /** Whether it came in where only this machine can. */
  isLoopbackListener: boolean;
}

interface AskedRequest extends Caller {
  /** The name that the client used; null: the route has none (the list of models). */
  model: string | null;
  group: GatewayRouteGroup;
}

export interface Admitted {
  keyId: string | null;
  keyName: string | null;
  /** For the answer, whatever it will be: `x-ratelimit-*`. */
  headers: Readonly<Record<string, string>>;
  /** Whether the list of models shows a name to this key. Absent: all. */
  canUse?: (model: string) => boolean;
}

/** `Limits` is one. Refusals are AdmissionError or GatewayError: 401, 403, 429 (with retry-after). */
export interface AdmissionPort {
  /** Throws 401. Counts nothing: it is asked before the body is read. */
  identify(caller: Caller): unknown;
  /** Once per request. */
  check(asked: AskedRequest): Admitted | Promise<Admitted>;
  /** At the end of a request that was let in; tokens are counted by events where the server did not tell. */
  spend(keyId: string | null, used: { requests: number; tokens: number }): void | Promise<void>;
}

/** `Accounting` is one. */
export interface AccountingPort {
  /** Once per request, also for one that was refused. Never throws. */
  record(request: GatewayRequest): void;
}
