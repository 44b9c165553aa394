/** Tries a broker once, with a connection of its own: connect, subscribe, send itself a message. */
import { randomBytes } from 'node:crypto';
import type { MqttProblem, MqttTest } from '#contract/mqtt';
import { messageOf } from '../errors.ts';
import { mqttProblem } from './link-problem.ts';
import { MqttLink } from './mqtt-link.ts';
import type { BrokerAddress } from './mqtt-link.ts';

const CONNECT_MS = 12_000;
const ROUND_TRIP_MS = 5_000;

/** Never throws: what does not work stands in the steps. */
export async function testConnection(address: BrokerAddress, prefix: string): Promise<MqttTest> {
  const id = randomBytes(6).toString('hex');
  const link = new MqttLink({ address, clientId: `llm-test-${id}`, logger: { warn: () => undefined } });
  const steps: MqttTest['steps'] = [];
  const topic = `${prefix}/v1/res/test-${id}/hello`;
  let problem: MqttProblem | null = null;
  const step = async (name: MqttTest['steps'][number]['step'], work: () => Promise<string>): Promise<boolean> => {
    const began = performance.now();
    const note = (ok: boolean, message: string): boolean => {
      steps.push({ step: name, ok, ms: Math.round((performance.now() - began) * 10) / 10, message });
      return ok;
    };
    try {
      return note(true, await work());
    } catch (error) {
      // Mosquitto takes every subscription and keeps back what its access list forbids.
      problem ??= link.problem ?? mqttProblem(name === 'connect' ? 'timeout' : 'not-allowed', messageOf(error));
      return note(false, messageOf(error));
    }
  };
  const heard = Promise.withResolvers<void>();
  try {
    link.subscribe(topic, () => heard.resolve());
    link.start();
    const isConnected = await step('connect', () => connected(link));
    const isSubscribed =
      isConnected &&
      (await step('subscribe', () =>
        link.problem === null ? Promise.resolve(`Subscribed to ${topic}.`) : Promise.reject(new Error(link.problem.message)),
      ));
    if (isSubscribed) await step('round-trip', () => roundTrip(link, topic, heard.promise));
    return { steps, problem, protocol: isConnected ? link.protocol : null };
  } finally {
    await link.stop();
  }
}

async function connected(link: MqttLink): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = (): void => {
    if (link.state === 'connected') resolve(`Connected with MQTT ${link.protocol === 5 ? '5' : '3.1.1'}.`);
    else if (link.problem !== null && link.problem.code !== 'not-allowed') reject(new Error(link.problem.message));
  };
  const undo = link.changed.subscribe(look);
  const timer = setTimeout(() => reject(new Error('The broker did not answer in time.')), CONNECT_MS);
  return promise.finally(() => {
    undo();
    clearTimeout(timer);
  });
}

async function roundTrip(link: MqttLink, topic: string, heard: Promise<void>): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The broker took the message and did not bring it back.')), ROUND_TRIP_MS);
  const sent = link.publish(topic, { hello: true });
  try {
    await Promise.race([Promise.all([sent, heard]), promise]);
    return 'A message went there and back.';
  } finally {
    clearTimeout(timer);
  }
}
