/** Pure rules of endpoints: how each kind begins, what may be changed, what may be removed. */
import type { EndpointChange, EndpointInput } from '#contract/endpoint';
import { AppError } from '../../base/errors.ts';
import type { EndpointRow } from './endpoint-rows.ts';
import { isGiven } from './given-endpoint.ts';
import type { KnownEndpoint } from './known-endpoint.ts';

/** No process id can hold a "~", so no launched server takes its place. */
const ENVIRONMENT_ID = '~environment';

/** What was set for it in an earlier life goes on; a model that was chosen for another server does not. */
export function environmentRow(
  { baseUrl, apiKey }: { baseUrl: string; apiKey: string | null },
  stored: readonly EndpointRow[],
  now: string,
): EndpointRow {
  const before = stored.find((row) => row.id === ENVIRONMENT_ID);
  const model = before !== undefined && sameAddress(before.baseUrl, baseUrl) ? before.model : null;
  const defaultPresetId = before?.defaultPresetId ?? null;
  const createdAt = before?.createdAt ?? now;
  return {
    id: ENVIRONMENT_ID,
    source: 'environment',
    name: 'LLM_SERVER_URL',
    baseUrl,
    apiKey,
    model,
    defaultPresetId,
    createdAt,
  };
}

export function manualRow(
  id: string,
  { name, baseUrl, apiKey, model, defaultPresetId }: EndpointInput,
  now: string,
): EndpointRow {
  return {
    id,
    name,
    baseUrl,
    source: 'manual',
    createdAt: now,
    apiKey: apiKey || null,
    model: model ?? null,
    defaultPresetId: defaultPresetId ?? null,
  };
}

/** Without its key, which the launch form has. */
export function launchedRow(processId: string, baseUrl: string, now: string): EndpointRow {
  return {
    id: processId,
    source: 'launched',
    name: processId,
    baseUrl,
    createdAt: now,
    apiKey: null,
    model: null,
    defaultPresetId: null,
  };
}

/** `apiKey` "" and `null` elsewhere take away; what is absent stays. */
export function withChange(row: EndpointRow, change: EndpointChange): EndpointRow {
  return {
    ...row,
    name: change.name ?? row.name,
    baseUrl: change.baseUrl ?? row.baseUrl,
    apiKey: change.apiKey === undefined ? keyFor(change.baseUrl ?? row.baseUrl, row) : change.apiKey || null,
    model: change.model === undefined ? row.model : change.model,
    defaultPresetId: change.defaultPresetId === undefined ? row.defaultPresetId : change.defaultPresetId,
  };
}

/** A key is for the host that it was entered for. */
function keyFor(baseUrl: string, row: EndpointRow): string | null {
  return new URL(baseUrl).origin === new URL(row.baseUrl).origin ? row.apiKey : null;
}

const WHY_FOREIGN = {
  launched: 'is set by the launch form of its process',
  environment: 'comes from the environment',
  tunnel: 'belongs to its tunnel',
  mqtt: 'belongs to the workers behind the broker',
} as const;

export function refuseForeignChange(
  { source }: EndpointRow,
  { name, baseUrl, apiKey }: EndpointChange,
): void {
  if (source === 'manual') return;
  const fields = Object.entries({ name, baseUrl, apiKey }).flatMap(([field, value]) =>
    value === undefined ? [] : [field],
  );
  if (fields.length === 0) return;
  const why = WHY_FOREIGN[source];
  const message = `${fields.join(', ')} of this endpoint cannot be changed here: it ${why}. Its model and default preset can.`;
  throw new AppError('INVALID_REQUEST', message, {
    details: fields.map((path) => ({ path, message: `cannot be changed: it ${why}` })),
  });
}

/** A launched one of which no process is known any more may go. */
export function refuseRemoval({ row, server, onDemand }: KnownEndpoint): void {
  if (row.source === 'environment') {
    throw new AppError(
      'ENDPOINT_IN_USE',
      'This endpoint comes from LLM_SERVER_URL. Unset that and start the runner again.',
    );
  }
  if (isGiven(row)) {
    const what =
      row.source === 'tunnel'
        ? 'a tunnel: remove that'
        : 'the workers behind the MQTT broker: switch the MQTT mode off';
    throw new AppError('ENDPOINT_IN_USE', `This endpoint belongs to ${what}, and it goes with it.`);
  }
  if (onDemand !== null) {
    throw new AppError(
      'ENDPOINT_IN_USE',
      'This endpoint belongs to a launch profile that requests launch: change or remove that profile.',
    );
  }
  if (row.source === 'launched' && server !== null) {
    throw new AppError(
      'ENDPOINT_IN_USE',
      `This endpoint belongs to the process ${row.id}: forget that process, and it goes with it.`,
    );
  }
}

/** One server may be launched here and added by hand, but not added twice. */
export function refuseTwin(
  known: Iterable<KnownEndpoint>,
  { baseUrl, id }: { baseUrl: string; id: string },
): void {
  const others = [...known].filter(({ row }) => row.id !== id && row.source !== 'launched');
  const twin = others.find(({ row }) => sameAddress(row.baseUrl, baseUrl));
  if (twin === undefined) return;
  throw new AppError(
    'ENDPOINT_EXISTS',
    `The endpoint "${twin.row.name}" has the address ${baseUrl} already. Use or change that one.`,
    {
      details: { id: twin.row.id, name: twin.row.name, baseUrl },
    },
  );
}

/** However the host is written: `HTTP://LocalHost:80` is `http://localhost`. */
function sameAddress(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(address: string): string {
  return URL.canParse(address) ? new URL(address).href.replace(/\/+$/, '') : address;
}
