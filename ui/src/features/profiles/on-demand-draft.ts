/** The settings of a launch on demand while they are typed, and what they say. Pure. */
import { onDemandSchema, type OnDemandSettings, type Profile } from '#contract/profile';

export interface OnDemandDraft {
  /** Minutes; "": never unloaded for idling. */
  idle: string;
  pinned: boolean;
  group: string;
  memoryMb: string;
}

type OnDemandFault = keyof OnDemandSettings;

export const DEFAULT_ON_DEMAND: OnDemandSettings = onDemandSchema.parse({});

/** Only a server that speaks the OpenAI API can be asked for by a request. */
export function canBeOnDemand({ recipe }: Profile['target']): boolean {
  return recipe === 'llama-server' || recipe === 'llama_cpp.server' || recipe === 'embedded';
}

export function toOnDemandDraft({ idleSeconds, pinned, group, memoryMb }: OnDemandSettings): OnDemandDraft {
  return {
    // Two places are enough to name each second.
    idle: idleSeconds === null ? '' : String(Math.round((idleSeconds / 60) * 100) / 100),
    pinned,
    group: group ?? '',
    memoryMb: memoryMb?.toString() ?? '',
  };
}

/** `settings` is null while there are faults. */
export function readOnDemandDraft(draft: OnDemandDraft): {
  settings: OnDemandSettings | null;
  faults: ReadonlySet<OnDemandFault>;
} {
  const parsed = onDemandSchema.safeParse({
    idleSeconds: draft.idle.trim() === '' ? null : Math.round(numberOf(draft.idle) * 60),
    pinned: draft.pinned,
    group: draft.group.trim() === '' ? null : draft.group,
    memoryMb: draft.memoryMb.trim() === '' ? null : numberOf(draft.memoryMb),
  });
  if (parsed.success) return { settings: parsed.data, faults: new Set() };
  const fields = Object.keys(onDemandSchema.shape) as OnDemandFault[];
  return {
    settings: null,
    faults: new Set(fields.filter((field) => parsed.error.issues.some(({ path }) => path[0] === field))),
  };
}

/** A comma is a decimal point in Croatian. */
function numberOf(text: string): number {
  const digits = text.replaceAll(/\s/g, '').replace(',', '.');
  return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : NaN;
}
