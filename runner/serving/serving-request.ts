/** What a face asks of serving, and what it gets: a response that has begun. */
import type { Endpoint } from '#contract/endpoint';
import type { Candidate, ResolvedModel } from './models/models-of-endpoints.ts';
import type { ResponseHead } from './upstream-failure.ts';
import type { BodySink } from './upstreams/call-upstream.ts';
import type { Release } from './upstreams/upstreams.ts';

export interface ServingRequest {
  /** The model that was asked for, then its fallbacks; each as it is now. */
  chain: readonly (() => ResolvedModel)[];
  /** As a server knows it, with its query. */
  path: string;
  /** As another gateway knows it. */
  gatewayPath: string;
  /** What passes to the server; its key is added. */
  headers: Readonly<Record<string, string | string[]>>;
  /** The gateways that the request has passed, for the next one. */
  hops: string;
  /** The body for the server that was chosen. What it throws, `open` rejects with. */
  body: (candidate: Candidate) => Buffer | Promise<Buffer>;
  /** The same for all turns of a conversation with that model; null: it has none. */
  conversation: (model: string) => string | null;
  /** Memory that it holds while it waits. */
  heldBytes: number;
  /** Whether a response with this head can still be used. */
  fits: (head: ResponseHead) => boolean;
  /** Its place in the queue, 1 is next; null: it does not wait any more. */
  onPlace: (place: number | null) => void;
  /** Called before each upstream is asked. */
  onAsk: (asked: { endpoint: Endpoint; reason: string }) => void;
  signal: AbortSignal;
}

/** A response that has begun. Its slot is free, and its outcome counted, when it has ended. */
export interface OpenResponse {
  endpoint: Endpoint;
  /** To be masked wherever the server's own words are shown. */
  apiKey: string | null;
  head: ResponseHead;
  /** Hands the bytes to `sink`. Resolves at the end; rejects with an UpstreamFailure when it breaks, or with the signal's reason. To be called once. */
  pipe: (sink: BodySink) => Promise<void>;
  /** The rest is not wanted; see BegunResponse. */
  leave: (isComplete: boolean) => void;
}

export interface Target {
  endpoint: Endpoint;
  apiKey: string | null;
}

/** Keeps servers loaded while they are asked, and loads those that requests launch. `OnDemand` is one. */
export interface ModelsPort {
  /** For every request, whatever its endpoint. Null: it cannot be asked before it is loaded. */
  enter: (endpointId: string) => Release | null;
  /** Resolves once its server is online. Rejects with the signal's reason, or an UpstreamFailure. `onPlace`: 1 is next. */
  load: (
    endpointId: string,
    wait: { signal: AbortSignal; onPlace: (place: number) => void },
  ) => Promise<Release>;
}
