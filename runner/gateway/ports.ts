/** What the gateway asks of the rest of the runner, as interfaces: endpoints, routes, admission, accounting. Others fulfil them. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRequest, GatewayRoute, GatewayRouteGroup } from '#contract/gateway';
import type { Signal } from '../base/signal.ts';

interface UpstreamTarget {
  endpoint: Endpoint;
  apiKey: string | null;
}

/** `EndpointRegistry` is one. */
export interface EndpointsPort {
  list(): Endpoint[];
  /** Throws for an unknown id. */
  target(id: string): UpstreamTarget;
  /** Where a request goes that names no model. Throws when there is none. */
  defaultTarget(): UpstreamTarget;
  /** Something that `list` shows has changed. */
  readonly changed: Signal<void>;
  /** A request could not reach it: it should be checked at once. */
  reportFailure(id: string): void;
}

/** Keeps servers loaded while they are asked, and loads those that requests launch. `OnDemand` is one. */
export interface ModelsPort {
  /** Asked for every request, whatever its endpoint. Returns the way out; null: it cannot be asked before it is loaded. */
  enter(endpointId: string): (() => void) | null;
  /** Resolves with the way out once its server is online. Rejects with the signal's reason, or a GatewayError. `onPlace`: 1 is next. */
  load(
    endpointId: string,
    wait: { signal: AbortSignal; onPlace: (place: number) => void },
  ): Promise<() => void>;
}

export interface RoutesPort {
  list(): readonly GatewayRoute[];
}

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
