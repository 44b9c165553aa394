/** Tries a broker once, with a connection of its own: connect, subscribe, send itself a message. */
import { randomBytes } from 'node:crypto';
import type { MqttProblem, MqttTest } from '#contract/mqtt';
import { mqttStepText } from '#contract/mqtt-problem';
import { mqttProblem } from './link-problem.ts';
import { MqttLink } from './mqtt-link.ts';
import type { BrokerAddress } from './mqtt-link.ts';

type Step = MqttTest['steps'][number];
/** What the step says when it is done, and when it failed. */
type StepWords = Record<'done' | 'failed', () => Pick<Step, 'message' | 'code' | 'values'>>;

const CONNECT_MS = 12_000;
const ROUND_TRIP_MS = 5_000;

/** Never throws: what does not work stands in the steps. */
export async function testConnection(address: BrokerAddress, prefix: string): Promise<MqttTest> {
  const id = randomBytes(6).toString('hex');
  const link = new MqttLink({ address, clientId: `llm-test-${id}`, logger: { warn: () => undefined } });
  const steps: Step[] = [];
  const topic = `${prefix}/v1/res/test-${id}/hello`;
  let problem: MqttProblem | null = null;
  const step = async (name: Step['step'], work: () => Promise<void>): Promise<boolean> => {
    const began = performance.now();
    const note = (ok: boolean): boolean => {
      const words = wordsOf(link, topic)[name][ok ? 'done' : 'failed']();
      steps.push({ step: name, ok, ms: Math.round((performance.now() - began) * 10) / 10, ...words });
      return ok;
    };
    try {
      await work();
      return note(true);
    } catch {
      // Mosquitto takes every subscription and keeps back what its access list forbids.
      problem ??= link.problem ?? silence(name, topic, address);
      return note(false);
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
        link.problem === null ? Promise.resolve() : Promise.reject(failure('refused')),
      ));
    if (isSubscribed) await step('round-trip', () => roundTrip(link, topic, heard.promise));
    return { steps, problem, protocol: isConnected ? link.protocol : null };
  } finally {
    await link.stop();
  }
}

function wordsOf(link: MqttLink, topic: string): Record<Step['step'], StepWords> {
  return {
    connect: {
      done: () => mqttStepText('connected', { version: link.protocol === 5 ? '5' : '3.1.1' }),
      failed: () => mqttStepText('not-connected', {}),
    },
    subscribe: {
      done: () => mqttStepText('subscribed', { topic }),
      failed: () => mqttStepText('not-subscribed', { topic }),
    },
    'round-trip': {
      done: () => mqttStepText('returned', {}),
      failed: () => mqttStepText('not-returned', {}),
    },
  };
}

function silence(step: Step['step'], topic: string, { url }: BrokerAddress): MqttProblem {
  return step === 'connect'
    ? mqttProblem('timeout', { place: url })
    : mqttProblem('not-allowed', { detail: topic });
}

/** Only that it failed counts: why, the link knows. */
const failure = (why: string): Error => new Error(why);

async function connected(link: MqttLink): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    if (link.state === 'connected') resolve();
    else if (link.problem !== null && link.problem.code !== 'not-allowed')
      reject(failure(link.problem.message));
  };
  const undo = link.changed.subscribe(look);
  const timer = setTimeout(() => reject(failure('no answer')), CONNECT_MS);
  return promise.finally(() => {
    undo();
    clearTimeout(timer);
  });
}

async function roundTrip(link: MqttLink, topic: string, heard: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(failure('not brought back')), ROUND_TRIP_MS);
  const sent = link.publish(topic, { hello: true });
  try {
    await Promise.race([Promise.all([sent, heard]), promise]);
  } finally {
    clearTimeout(timer);
  }
}
