/** What requests are told that cannot have their model. Whoever has no way into the runner reads it, too: names, no paths. */
import type { NoRoom } from './find-room.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import type { FailureCode } from '../upstream-failure.ts';
import type { OnDemandModel } from './ports.ts';

export function queueFull(limit: number): UpstreamFailure {
  const message = `${limit} requests wait for models to be loaded already, and no more may (GATEWAY_QUEUE_LIMIT). Try again later.`;
  return refusal('queue_full', message, 5_000);
}

export function waitedTooLong(name: string): UpstreamFailure {
  return refusal(
    'load_timeout',
    `The model ${name} is not loaded after all this time. Try again later.`,
    10_000,
  );
}

export function wasStopped(name: string): UpstreamFailure {
  return refusal('load_failed', `The model ${name} was stopped while it was being loaded.`);
}

export function isNoLonger(name: string): UpstreamFailure {
  return refusal(
    'load_failed',
    `Requests do not launch the model ${name} any more: its profile was changed or removed.`,
  );
}

/** `why` is a sentence or two. */
export function loadFailed(name: string, why: string, retryAfterMs: number): UpstreamFailure {
  return refusal('load_failed', `The model ${name} could not be loaded. ${why}`, retryAfterMs);
}

export function shuttingDown(): UpstreamFailure {
  return refusal('shutting_down', 'The runner is being stopped.', 5_000);
}

/** Names who holds what, and what to change. */
export function noMemory(
  name: string,
  { because, holders }: NoRoom,
  about: { wanted: OnDemandModel; models: readonly OnDemandModel[]; budgetMb: number | null },
): UpstreamFailure {
  const { wanted, models, budgetMb } = about;
  const held = models.filter(({ id }) => holders.includes(id));
  if (because === 'group') {
    const names = held.map((model) => nameOf(model)).join(', ');
    const message = `The model ${name} cannot be loaded: ${names} of the same group "${wanted.settings.group}" is pinned. Unload or unpin it, or take one of them out of the group.`;
    return refusal('no_memory', message);
  }
  const needs = `The model ${name} needs ${wanted.memoryMb} MB`;
  const limit = `MODEL_MEMORY_MB (${budgetMb} MB)`;
  if (held.length === 0) {
    return refusal(
      'no_memory',
      `${needs}, more than ${limit} allows. Raise that, or launch the model with a smaller context.`,
    );
  }
  const holds = held.map((model) => `${nameOf(model)} (${model.memoryMb} MB)`).join(', ');
  return refusal(
    'no_memory',
    `${needs}, but pinned models hold the room of ${limit}: ${holds}. Unpin one, or raise that.`,
  );
}

/** As people know it: by its model, else by its profile. */
export function nameOf({ model, profileName }: OnDemandModel): string {
  return `"${model ?? profileName}"`;
}

/** Another model may have room, or be loaded. */
function refusal(code: FailureCode, message: string, retryAfterMs: number | null = null): UpstreamFailure {
  return new UpstreamFailure({ code, message, retryAfterMs, canRetry: true });
}
