/** A model name of the gateway's own while it is typed. Pure. */
import type { GatewayRoute } from '#contract/gateway';

export interface TargetDraft {
  /** For lists only. */
  key: number;
  endpointId: string | null;
  /** "": the endpoint's own. */
  model: string;
  weight: string;
  priority: string;
}

export interface RouteDraft {
  model: string;
  targets: TargetDraft[];
  fallback: string[];
}

export interface RouteFaults {
  /** "taken": another route has this name, and saving would put this one in its place. */
  model?: 'none' | 'taken';
  fallback?: 'self' | 'long';
  /** Neither targets nor fallback. */
  leadsNowhere?: true;
  /** By the key of the target. */
  targets: Record<number, Partial<Record<'endpointId' | 'weight' | 'priority', true>>>;
}

const MAX_NAME = 256;

export function toRouteDraft(route: GatewayRoute | null): RouteDraft {
  if (route === null) return { model: '', targets: [newTarget([])], fallback: [] };
  return {
    model: route.model,
    targets: route.targets.map(({ endpointId, model, weight, priority }, key) => ({
      key,
      endpointId,
      model: model ?? '',
      weight: String(weight),
      priority: String(priority),
    })),
    fallback: route.fallback,
  };
}

export function newTarget(others: readonly TargetDraft[]): TargetDraft {
  return {
    key: Math.max(-1, ...others.map(({ key }) => key)) + 1,
    endpointId: null,
    model: '',
    weight: '1',
    priority: '0',
  };
}

/** `route` is null while there are faults. `taken` are the names of the other routes. */
export function readRouteDraft(
  draft: RouteDraft,
  taken: readonly string[],
): { route: GatewayRoute | null; faults: RouteFaults } {
  const faults: RouteFaults = { targets: {} };
  const model = draft.model.trim();
  if (model === '' || model.length > MAX_NAME) faults.model = 'none';
  else if (taken.includes(model)) faults.model = 'taken';
  const fallback = draft.fallback.map((name) => name.trim()).filter((name) => name !== '');
  if (fallback.includes(model)) faults.fallback = 'self';
  else if (fallback.length > 10 || fallback.some((name) => name.length > MAX_NAME)) faults.fallback = 'long';
  if (draft.targets.length === 0 && fallback.length === 0) faults.leadsNowhere = true;
  const targets = draft.targets.map((target) => {
    const weight = numberIn(target.weight, 0.01, 1000);
    const priority = numberIn(target.priority, 0, 100);
    const found = {
      ...(target.endpointId === null && { endpointId: true as const }),
      ...(Number.isNaN(weight) && { weight: true as const }),
      ...(!Number.isInteger(priority) && { priority: true as const }),
    };
    if (Object.keys(found).length > 0) faults.targets[target.key] = found;
    return {
      endpointId: target.endpointId ?? '',
      model: target.model.trim() === '' ? null : target.model.trim(),
      weight,
      priority,
    };
  });
  const { targets: faultyTargets, ...others } = faults;
  const isFine = Object.keys(faultyTargets).length === 0 && Object.keys(others).length === 0;
  return { route: isFine ? { model, targets, fallback } : null, faults };
}

/** With a comma, too, as it is typed in Croatian. NaN where it is no number between the two. */
function numberIn(text: string, min: number, max: number): number {
  const plain = text.trim().replace(',', '.');
  const value = plain === '' ? NaN : Number(plain);
  return value >= min && value <= max ? value : NaN;
}
