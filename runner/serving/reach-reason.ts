/** The one table from Node's and undici's error codes to why a server could not be reached. Pure. */
import { systemCodeOf } from '../base/errors.ts';

/**
 * `refused`: no program listens there. `unknown-host`: the name has no address. `no-route`: the network does not lead there. `timeout`: no
 * sign of it in time. `not-http`, `tls`, `certificate`: something else listens than was expected. `closed`: it closed the connection.
 * `bad-header`: the stored key cannot be sent.
 */
export type ReachReason =
  | 'refused'
  | 'unknown-host'
  | 'no-route'
  | 'timeout'
  | 'not-http'
  | 'tls'
  | 'certificate'
  | 'closed'
  | 'bad-header'
  | 'other';

const REASONS: ReadonlyMap<string, ReachReason> = new Map<string, ReachReason>([
  ['ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'unknown-host'],
  ['EAI_AGAIN', 'unknown-host'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['ECONNRESET', 'closed'],
  ['EPIPE', 'closed'],
  ['UND_ERR_SOCKET', 'closed'],
  ['UND_ERR_INVALID_ARG', 'bad-header'],
  ['EPROTO', 'tls'],
]);

/** The reason behind anything thrown by a connection. */
export function reachReasonOf(error: unknown): ReachReason {
  const code = innermostCodeOf(error);
  const known = REASONS.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'not-http';
  if (code.startsWith('ERR_SSL')) return 'tls';
  if (/TIMEDOUT|TIMEOUT/.test(code)) return 'timeout';
  return /CERT|SELF_SIGNED|UNABLE_TO/.test(code) ? 'certificate' : 'other';
}

/** undici wraps the system's error in one of its own, whose code says less. */
function innermostCodeOf(error: unknown): string {
  const inner = error instanceof Error ? systemCodeOf(error.cause) : undefined;
  return inner ?? systemCodeOf(error) ?? '';
}
