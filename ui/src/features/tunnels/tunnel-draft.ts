/** A tunnel while it is typed: what of it the runner will be asked to make, change or test. Pure. */
import { tunnelInputSchema, type Tunnel, type TunnelDirection, type TunnelInput } from '#contract/tunnel';

const TEXT_FIELDS = [
  ...(['name', 'host', 'port', 'user', 'identityFile', 'jumpHost', 'localHost', 'localPort'] as const),
  ...(['remoteHost', 'remotePort', 'bindAddress', 'apiKey', 'publicKey'] as const),
];
export type TunnelField = (typeof TEXT_FIELDS)[number];

export interface TunnelDraft extends Record<TunnelField, string> {
  direction: TunnelDirection;
  compression: boolean;
  startWithRunner: boolean;
  removesKey: boolean;
}

export type TunnelFaults = Partial<Record<TunnelField, 'missing' | 'wrong'>>;

const LOOPBACK = '127.0.0.1';
const PORT = '8080';

/** `modelPort` is that of a model server that runs here. */
export function newTunnelDraft(modelPort: number | null): TunnelDraft {
  const port = modelPort === null ? PORT : String(modelPort);
  return {
    direction: 'reverse',
    name: '',
    host: '',
    port: '22',
    user: '',
    identityFile: '',
    jumpHost: '',
    localHost: LOOPBACK,
    localPort: port,
    remoteHost: LOOPBACK,
    remotePort: PORT,
    bindAddress: LOOPBACK,
    apiKey: '',
    removesKey: false,
    publicKey: '',
    compression: false,
    startWithRunner: true,
  };
}

export function toTunnelDraft({ config }: Pick<Tunnel, 'config'>): TunnelDraft {
  const given = Object.entries(config).map(([name, value]) => [
    name,
    typeof value === 'boolean' ? value : String(value ?? ''),
  ]);
  return { ...newTunnelDraft(null), ...(Object.fromEntries(given) as Partial<TunnelDraft>) };
}

/** `input` is null while there are faults. */
export function readTunnelDraft(draft: TunnelDraft): { input: TunnelInput | null; faults: TunnelFaults } {
  const { data, error } = tunnelInputSchema.safeParse(rawInput(draft));
  if (data !== undefined) return { input: data, faults: {} };
  const faults: TunnelFaults = {};
  for (const { path } of error.issues) {
    const field = TEXT_FIELDS.find((name) => name === path[0]);
    if (field !== undefined) faults[field] = draft[field].trim() === '' ? 'missing' : 'wrong';
  }
  return { input: null, faults };
}

/** The key that is not typed anew stays, unless it is taken away. */
export function toTunnelChange(input: TunnelInput, { removesKey }: TunnelDraft): TunnelInput {
  return removesKey ? { ...input, apiKey: '' } : input;
}

function rawInput(draft: TunnelDraft): Record<string, unknown> {
  const { direction, name, apiKey, compression, startWithRunner } = draft;
  const common = {
    direction,
    name,
    bindAddress: orDefault(draft.bindAddress),
    ...(apiKey.trim() !== '' && { apiKey }),
  };
  const remotePort = toPort(draft.remotePort);
  if (direction === 'incoming') return { ...common, remotePort, publicKey: orNull(draft.publicKey) };
  const ssh = {
    host: draft.host,
    port: toPort(draft.port),
    user: orNull(draft.user),
    identityFile: orNull(draft.identityFile),
    jumpHost: orNull(draft.jumpHost),
    compression,
    startWithRunner,
  };
  const ports = { localPort: toPort(draft.localPort), remotePort };
  const target =
    direction === 'reverse'
      ? { localHost: orDefault(draft.localHost) }
      : { remoteHost: orDefault(draft.remoteHost) };
  return { ...common, ...ssh, ...ports, ...target };
}

/** undefined: the contract has a default, or says that it is missing. */
function orDefault(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text;
}

function toPort(text: string): number | undefined {
  const digits = text.trim();
  if (digits === '') return undefined;
  return /^\d+$/.test(digits) ? Number(digits) : NaN;
}
