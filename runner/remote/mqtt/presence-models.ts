/** What a worker says of its models, and what all workers of a model offer together. Pure. */
import type { RemoteModel } from './bridge.ts';
import type { Presence } from './envelope.ts';
import type { Offer } from './ports.ts';

const MOST_MODELS = 128;
const LONGEST_NAME = 256;
/** What a worker says of itself is not checked: more than these nobody has. */
const MOST_SLOTS = 1_024;

export interface Load {
  busy: (endpointId: string) => number;
  queued: (model: string) => number;
}

/** One entry for each model, whatever number of endpoints serves it. */
export function modelsOf(offers: readonly Offer[], load: Load): Presence['models'] {
  const models = new Map<string, Presence['models'][number]>();
  for (const { model, endpointId, slots, context, vision } of offers) {
    // Others would drop all that we say for the one name that is none.
    if (model === '' || model.length > LONGEST_NAME) continue;
    const before = models.get(model) ?? { slots: 0, busy: 0 };
    models.set(model, {
      model,
      context,
      vision,
      queued: load.queued(model),
      slots: before.slots + slots,
      busy: before.busy + load.busy(endpointId),
    });
  }
  return [...models.values()].slice(0, MOST_MODELS);
}

/** By model. The smallest context counts, and images where all understand them: nobody knows which worker a request meets. */
export function remoteModels(workers: readonly Presence[]): Map<string, RemoteModel> {
  const models = new Map<string, RemoteModel>();
  for (const { model, slots, busy, context, vision } of workers.flatMap((worker) => worker.models)) {
    const before = models.get(model);
    models.set(model, {
      model,
      slots: Math.min(slots + (before?.slots ?? 0), MOST_SLOTS),
      busy: Math.min(Math.min(busy, slots) + (before?.busy ?? 0), MOST_SLOTS),
      context: before === undefined ? context : smallest(before.context, context),
      vision: before === undefined || before.vision === vision ? vision : false,
    });
  }
  return models;
}

function smallest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
