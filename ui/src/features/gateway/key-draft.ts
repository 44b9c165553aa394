/** A key while it is typed: what of it the runner will be asked to make or change. Pure. */
import type { GatewayKey, GatewayKeyChange, GatewayKeyInput, GatewayRouteGroup } from '#contract/gateway';

const LIMITS = ['requestsPerMinute', 'tokensPerMinute', 'tokenQuota'] as const;
export type KeyLimit = (typeof LIMITS)[number];

export interface KeyDraft extends Record<KeyLimit, string> {
  name: string;
  models: string[];
  routes: GatewayRouteGroup[];
  /** `2026-03-10` in the reader's own time zone, as a date field has it; "": never. */
  expiresOn: string;
}

export type KeyFaults = Partial<Record<'name' | 'models' | KeyLimit | 'expiresOn', true>>;

const MAX_LIMIT = 1_000_000_000;
const MAX_MODEL = 256;

export function toKeyDraft(key: GatewayKey | null): KeyDraft {
  return {
    name: key?.name ?? '',
    models: key?.models ?? [],
    routes: key?.routes ?? [],
    requestsPerMinute: key?.requestsPerMinute?.toString() ?? '',
    tokensPerMinute: key?.tokensPerMinute?.toString() ?? '',
    tokenQuota: key?.tokenQuota?.toString() ?? '',
    expiresOn: dayOf(key?.expiresAt ?? null),
  };
}

/** `input` is null while there are faults. `key` is the one that is edited: a day that was not touched keeps its time, even in the past. */
export function readKeyDraft(
  draft: KeyDraft,
  key: GatewayKey | null,
  nowMs: number,
): { input: GatewayKeyInput | null; faults: KeyFaults } {
  const faults: KeyFaults = {};
  const limits = { requestsPerMinute: null, tokensPerMinute: null, tokenQuota: null } as Record<
    KeyLimit,
    number | null
  >;
  const name = draft.name.trim();
  if (name === '' || name.length > 80) faults.name = true;
  const models = draft.models.map((model) => model.trim()).filter((model) => model !== '');
  if (models.length > 100 || models.some((model) => model.length > MAX_MODEL)) faults.models = true;
  for (const limit of LIMITS) {
    limits[limit] = draft[limit].trim() === '' ? null : wholeNumber(draft[limit]);
    if (Number.isNaN(limits[limit])) faults[limit] = true;
  }
  const isDayKept = key !== null && draft.expiresOn === dayOf(key.expiresAt);
  const expiresAt = isDayKept ? key.expiresAt : endOfDay(draft.expiresOn);
  if (!isDayKept && draft.expiresOn !== '' && (expiresAt === null || Date.parse(expiresAt) <= nowMs))
    faults.expiresOn = true;
  const input = { name, models, routes: draft.routes, ...limits, expiresAt };
  return { input: Object.keys(faults).length === 0 ? input : null, faults };
}

/** Only what differs: what is absent stays. */
export function toKeyChange(input: GatewayKeyInput, key: GatewayKey): GatewayKeyChange {
  const fields = Object.entries(input) as [keyof GatewayKeyInput, unknown][];
  return Object.fromEntries(
    fields.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(key[name])),
  );
}

/** `2026-03-10`, as a date field wants it, in the reader's own time zone. */
export function dayOf(time: string | null): string {
  if (time === null) return '';
  const at = new Date(time);
  return [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-');
}

function endOfDay(day: string): string | null {
  if (day === '') return null;
  const at = new Date(`${day}T23:59:59`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** NaN where it is none that the runner takes. */
function wholeNumber(text: string): number {
  const digits = text.replaceAll(/\s/g, '');
  const value = /^\d+$/.test(digits) ? Number(digits) : NaN;
  return value >= 1 && value <= MAX_LIMIT ? value : NaN;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
