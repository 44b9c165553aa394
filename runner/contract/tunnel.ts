/** Tunnels: SSH forwardings that this runner keeps up, and those of other machines that end here. */
import { z } from 'zod';
import { textValuesSchema } from './text-values.ts';

/** What ssh takes as a host or user, and nothing that it could take for an option. */
const hostSchema = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9_:.[\]-]+$/, 'is not a host name or address')
  .regex(/^[^-]/, 'must not begin with a dash');
const userSchema = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._@\\-]+$/, 'is not a user name')
  .regex(/^[^-]/, 'must not begin with a dash');
const portSchema = z.number().int().min(1).max(65_535);
/** A quote would end the value in ssh's configuration, where it goes. */
const pathSchema = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^[^\0\r\n"]*$/, 'must be one line without double quotes')
  .regex(/^(?!.*\$\{)/, 'must not hold ${, which ssh takes for a variable')
  .regex(/^(\/|~\/|[A-Za-z]:[\\/])/, 'must be a whole path, or begin with ~/');

/**
 * "reverse" (`ssh -R`): a server of this machine appears on the other one; run it on the GPU machine. "forward" (`ssh -L`): a server of the
 * other machine appears here. "incoming": another machine's reverse tunnel ends here at `remotePort`; nothing is started, the server behind
 * it is watched. "forward" and "incoming" have an endpoint of the tunnel's id.
 */
export const tunnelDirectionSchema = z.enum(['reverse', 'forward', 'incoming']);
export type TunnelDirection = z.infer<typeof tunnelDirectionSchema>;

const common = {
  /** One line: it stands in the systemd unit. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^\P{Cc}*$/u, 'must be one line'),
  /** Of the machine that listens: for "reverse" the other one, for "forward" this one, for "incoming" this one. */
  bindAddress: hostSchema.default('127.0.0.1'),
  /** API key of the model server behind it, for its endpoint. Told to nobody again. */
  apiKey: z
    .string()
    .trim()
    .max(512)
    .regex(/^[\x21-\x7e]*$/, 'holds characters that cannot be sent in a header')
    .optional(),
};

const ssh = {
  /** A name, an address, or a host of `~/.ssh/config`. */
  host: hostSchema,
  /** 22 leaves it to `~/.ssh/config`. */
  port: portSchema.default(22),
  user: userSchema.nullable().default(null),
  identityFile: pathSchema.nullable().default(null),
  /** `[user@]host[:port]`, as `ssh -J` takes it. */
  jumpHost: z
    .string()
    .trim()
    .max(512)
    .regex(/^[A-Za-z0-9._@:[\],-]+$/, 'is not [user@]host[:port]')
    .regex(/^(?!.*(^|[,@])-)/, 'must not hold a name that begins with a dash')
    .nullable()
    .default(null),
  compression: z.boolean().default(false),
  startWithRunner: z.boolean().default(true),
};

/** Body of `POST /api/tunnels`. Ports: `localPort` is on this machine, `remotePort` on the other (for "incoming": the port here at which it ends). */
export const tunnelInputSchema = z.discriminatedUnion('direction', [
  z.strictObject({
    direction: z.literal('reverse'),
    ...common,
    ...ssh,
    localHost: hostSchema.default('127.0.0.1'),
    localPort: portSchema,
    remotePort: portSchema,
  }),
  z.strictObject({
    direction: z.literal('forward'),
    ...common,
    ...ssh,
    remoteHost: hostSchema.default('127.0.0.1'),
    remotePort: portSchema,
    localPort: portSchema,
  }),
  z.strictObject({
    direction: z.literal('incoming'),
    ...common,
    remotePort: portSchema,
    publicKey: z
      .string()
      .trim()
      .max(16384)
      .regex(
        /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,3}( [^\r\n"]*)?$/,
        'is not a public key of OpenSSH',
      )
      .nullable()
      .default(null),
  }),
]);
export type TunnelInput = z.infer<typeof tunnelInputSchema>;

/**
 * "stopped": nobody wants it. "connecting": ssh is at it. "up": it stands, and the server behind it answers through it (problem "probe-forbidden": it stands, but the
 * other machine's sshd lets nobody ask through it). "degraded": it stands, but no answer comes through. "down": it does not stand; `nextTryAt` says when it is tried again, null: a person must act first.
 */
export const tunnelStateSchema = z.enum(['stopped', 'connecting', 'up', 'degraded', 'down']);
export type TunnelState = z.infer<typeof tunnelStateSchema>;

/** `code` and `values` for other languages (TUNNEL_PROBLEM_TEXTS lists them); `suggestion` says what to do, with the command to run where there is one. */
export const tunnelProblemSchema = z.object({
  code: z.string(),
  message: z.string(),
  suggestion: z.string(),
  values: textValuesSchema,
  at: z.string(),
});
export type TunnelProblem = z.infer<typeof tunnelProblemSchema>;

/**
 * `processId`: its ssh in the list of processes, where its log is; null for "incoming". `endpointId`: the endpoint of "forward" and
 * "incoming". `latencyMs` is of the last probe through it, `probes` the latest ones, oldest first (`ms` null: no answer). `upSince` and
 * `nextTryAt` are ISO 8601. `restarts` counts new connections since the runner started.
 */
export const tunnelSchema = z.object({
  id: z.string(),
  config: z.discriminatedUnion('direction', [
    tunnelInputSchema.options[0].omit({ apiKey: true }),
    tunnelInputSchema.options[1].omit({ apiKey: true }),
    tunnelInputSchema.options[2].omit({ apiKey: true }),
  ]),
  hasApiKey: z.boolean(),
  state: tunnelStateSchema,
  problem: tunnelProblemSchema.nullable(),
  processId: z.string().nullable(),
  endpointId: z.string().nullable(),
  upSince: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  restarts: z.number().int(),
  latencyMs: z.number().nullable(),
  probes: z.array(z.object({ at: z.string(), ms: z.number().nullable() })),
});
export type Tunnel = z.infer<typeof tunnelSchema>;

export const tunnelListResponseSchema = z.object({ ok: z.literal(true), tunnels: z.array(tunnelSchema) });
export const tunnelResponseSchema = z.object({ ok: z.literal(true), tunnel: tunnelSchema });

/** `POST /api/tunnels/test` with a TunnelInput: connects once, without keeping it, and tells each step. `ok` false never means a failed request. */
export const tunnelTestResponseSchema = z.object({
  ok: z.literal(true),
  steps: z.array(
    z.object({
      step: z.enum(['target', 'connect', 'forward', 'probe']),
      ok: z.boolean(),
      ms: z.number(),
      message: z.string(),
      code: z.string(),
      values: textValuesSchema,
    }),
  ),
  problem: tunnelProblemSchema.nullable(),
});

/** `GET /api/tunnels/:id/setup`: what to run and put where. Each null where it does not apply. */
export const tunnelSetupResponseSchema = z.object({
  ok: z.literal(true),
  /** The whole ssh command line, for a terminal. */
  command: z.string().nullable(),
  /** Text of a systemd unit that keeps the same tunnel up without the runner. */
  systemdUnit: z.string().nullable(),
  /** For `~/.ssh/authorized_keys` of the machine where the tunnel ends: the key may do this and nothing else. Null: no public key is known. */
  authorizedKeysLine: z.string().nullable(),
  /** Where these go, and what sshd needs for them, such as GatewayPorts; `code` as in TUNNEL_NOTE_TEXTS. */
  notes: z.array(z.object({ code: z.string(), text: z.string(), values: textValuesSchema })),
});
export type TunnelSetup = Omit<z.infer<typeof tunnelSetupResponseSchema>, 'ok'>;
export type TunnelTest = Omit<z.infer<typeof tunnelTestResponseSchema>, 'ok'>;

/** Body of `PUT` and `PATCH /api/tunnels/:id`: what is absent stays, and all of it counts as a TunnelInput then. `apiKey` "" removes the key. */
export const tunnelChangeSchema = z.record(z.string(), z.unknown());
