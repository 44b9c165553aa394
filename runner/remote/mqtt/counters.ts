/** What is counted of the MQTT mode, at its beginning. */
import type { MqttCounters } from '#contract/mqtt';

export function noCounters(): MqttCounters {
  return {
    taken: 0,
    answered: 0,
    failed: 0,
    cancelled: 0,
    handedOn: 0,
    refused: 0,
    asked: 0,
    askedAgain: 0,
    duplicates: 0,
    strays: 0,
    garbage: 0,
  };
}
