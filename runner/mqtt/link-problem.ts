/** Why a broker cannot be used, in words: from an error of the socket, of TLS, or the broker's own reason code. Pure. */
import type { MqttProblem, MqttProblemCode } from '#contract/mqtt';
import { messageOf, systemCodeOf } from '../errors.ts';

const SUGGESTIONS: Record<MqttProblemCode, string> = {
  refused: 'Start the broker, or check host and port. Mosquitto listens on loopback only until its configuration names a listener.',
  auth: 'Enter the user and password that the broker knows (MQTT_USERNAME, MQTT_PASSWORD).',
  'not-allowed': 'Let this user read and write below the prefix: in Mosquitto’s acl_file "topic readwrite <prefix>/#".',
  dns: 'Check the host name of the broker.',
  tls: 'Give the certificate of the authority that signed the broker’s (MQTT_CA_FILE), and use the name that stands in it. mqtts:// is for TLS ports (8883), mqtt:// for plain ones (1883).',
  timeout: 'Check the address, and that a firewall lets the port through.',
  protocol: 'Check that an MQTT broker listens on that port.',
  unavailable: 'The broker turns connections away just now: look at its log (full disk, too many clients). It is tried again by itself.',
  lost: 'It is connected again by itself. If that happens often, look at the broker’s log.',
  settings: 'Correct the settings.',
};

const AUTH_CODES: ReadonlySet<number> = new Set([4, 5, 134, 135]);
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([3, 136, 137, 151, 159]);
const OLD_PROTOCOL_CODES: ReadonlySet<number> = new Set([1, 132]);
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/;

export function mqttProblem(code: MqttProblemCode, message: string): MqttProblem {
  return { code, message, suggestion: SUGGESTIONS[code], at: new Date().toISOString() };
}

/** `place` is the broker's address without its password. */
export function problemOf(error: unknown, place: string): MqttProblem {
  const reason = reasonCodeOf(error);
  if (reason !== null && AUTH_CODES.has(reason)) return mqttProblem('auth', `The broker at ${place} refused the user or the password.`);
  if (reason !== null && UNAVAILABLE_CODES.has(reason))
    return mqttProblem('unavailable', `The broker at ${place} takes no connections now.`);
  if (reason !== null) return mqttProblem('protocol', `The broker at ${place} refused the connection: ${messageOf(error)}.`);
  const code = innerCodeOf(error);
  if (code === 'ECONNREFUSED') return mqttProblem('refused', `Nothing listens at ${place}.`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return mqttProblem('dns', `The host name of ${place} is not known.`);
  if (TLS_CODE.test(code)) return mqttProblem('tls', `The secure connection to ${place} failed: ${messageOf(error)} (${code}).`);
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || /connack timeout/i.test(messageOf(error))) {
    return mqttProblem('timeout', `${place} did not answer in time.`);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return mqttProblem('lost', `${place} closed the connection.`);
  return mqttProblem('protocol', `${place} cannot be used: ${messageOf(error)}.`);
}

/** Whether the broker speaks MQTT 3.1.1 only. */
export function isOldProtocol(error: unknown): boolean {
  const reason = reasonCodeOf(error);
  return reason !== null && OLD_PROTOCOL_CODES.has(reason);
}

/** Of an MQTT packet; Node's own errors have words there. */
function reasonCodeOf(error: unknown): number | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : null;
}

/** A host with several addresses fails with all their errors in one. */
function innerCodeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return systemCodeOf(error) ?? systemCodeOf(first) ?? '';
}
