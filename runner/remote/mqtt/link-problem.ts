/** Why a broker cannot be used, in words: from an error of the socket, of TLS, or the broker's own reason code. Pure. */
import type { MqttProblem } from '#contract/mqtt';
import { foundMqttProblem, type MqttProblemCode, type MqttProblemValues } from '#contract/mqtt-problem';
import { messageOf, systemCodeOf } from '../../base/errors.ts';

const AUTH_CODES: ReadonlySet<number> = new Set([4, 5, 134, 135]);
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([3, 136, 137, 151, 159]);
const OLD_PROTOCOL_CODES: ReadonlySet<number> = new Set([1, 132]);
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/;

export function mqttProblem<Code extends MqttProblemCode>(
  code: Code,
  values: MqttProblemValues<Code>,
): MqttProblem {
  return { ...foundMqttProblem(code, values), at: new Date().toISOString() };
}

/** What keeps the MQTT mode from starting, thrown where it is met. */
export class MqttFault extends Error {
  readonly problem: MqttProblem;

  constructor(problem: MqttProblem, cause?: unknown) {
    super(problem.message, { cause });
    this.problem = problem;
  }
}

export function problemOfFault(error: unknown): MqttProblem {
  return error instanceof MqttFault ? error.problem : mqttProblem('settings', { reason: messageOf(error) });
}

/** `place` is the broker's address without its password. */
export function problemOf(error: unknown, place: string): MqttProblem {
  const reason = reasonCodeOf(error);
  if (reason !== null && AUTH_CODES.has(reason)) return mqttProblem('auth', { place });
  if (reason !== null && UNAVAILABLE_CODES.has(reason)) return mqttProblem('unavailable', { place });
  if (reason !== null) return mqttProblem('protocol', { place, reason: messageOf(error) });
  const code = innerCodeOf(error);
  if (code === 'ECONNREFUSED') return mqttProblem('refused', { place });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return mqttProblem('dns', { place });
  if (TLS_CODE.test(code)) return mqttProblem('tls', { place, reason: `${messageOf(error)} (${code})` });
  if (
    code === 'ETIMEDOUT' ||
    code === 'EHOSTUNREACH' ||
    code === 'ENETUNREACH' ||
    /connack timeout/i.test(messageOf(error))
  ) {
    return mqttProblem('timeout', { place });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return mqttProblem('lost', { place });
  return mqttProblem('protocol', { place, reason: messageOf(error) });
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
