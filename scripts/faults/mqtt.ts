/**
 * Fault run of the MQTT mode: a real Mosquitto, two runners beside model servers, a third with the gateway; one row per fault.
 * `node scripts/faults/mqtt.ts` (about 1 minute).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { MqttLink } from '../../runner/remote/mqtt/mqtt-link.ts';
import { startMosquitto } from '../../runner/testing/test-mosquitto.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import { printTable } from '../bench/measuring/print-table.ts';
import { fullDisk, reversedFrames } from './mqtt-cases.ts';
import type { Row } from './mqtt-cases.ts';
import { Machines, statusOf, untilWorkersSeen } from './mqtt-machines.ts';
import type { Machine } from './mqtt-machines.ts';
import { textOf } from './mqtt-model-server.ts';
import type { AnswerScript } from './mqtt-model-server.ts';
import { StreamedAnswer } from './streamed-answer.ts';

const silent = { warn: () => undefined };
const rows: string[][] = [];
let number = 0;

const brokerOptions = { isAnonymous: true };
const broker = await startMosquitto(brokerOptions);
const machines = new Machines({ MQTT_BROKER_URL: broker.url, RUNNER_LOG_LEVEL: 'silent' });
const address = { url: broker.url, username: null, password: null, ca: null };
const stranger = new MqttLink({ address, clientId: 'stranger', logger: silent });
try {
  stranger.start();
  const workers = [await machines.worker(), await machines.worker()];
  const gateway = await machines.gateway(2);
  const ask = (script: Omit<AnswerScript, 'id'> = {}): { id: string; answer: StreamedAnswer } => {
    const id = `q${(number += 1)}`;
    return { id, answer: new StreamedAnswer(gateway.url, { id, ...script }) };
  };
  const requestsOf = (id: string): number =>
    workers.flatMap(({ server }) => server.requests).filter((request) => request === id).length;
  const holderOf = (id: string): Promise<Machine> =>
    waitUntil('a worker to have the request', () =>
      workers.find(({ server }) => server.requests.includes(id)),
    );
  const check = async (fault: string, run: () => Promise<Row>): Promise<void> => {
    const { outcome, isAsExpected, recoveryMs } = await run();
    rows.push([
      fault,
      isAsExpected ? 'ok' : 'FAULT',
      outcome,
      recoveryMs === null ? '-' : `${Math.round(recoveryMs)} ms`,
    ]);
  };
  const untilAnswer = async (): Promise<number> => {
    const from = performance.now();
    await waitUntil('an answer', async () => {
      const { answer } = ask();
      await answer.ended;
      return answer.hasEndedWell;
    });
    return performance.now() - from;
  };

  await check('20 requests, 2 workers', async () => {
    const asked = Array.from({ length: 20 }, () => ask());
    await Promise.all(asked.map(({ answer }) => answer.ended));
    const split = workers.map(({ server }) => server.requests.length);
    const isWhole = asked.every(({ id, answer }) => answer.text === textOf(5) && requestsOf(id) === 1);
    return {
      outcome: `split ${split.join('/')}, each answered once`,
      isAsExpected: isWhole && split.every((count) => count > 0),
      recoveryMs: null,
    };
  });

  await check('broker killed and started in mid-answer', async () => {
    const { id, answer } = ask({ tokens: 60, everyMs: 100 });
    await waitUntil('tokens', () => answer.tokenAt.length > 5);
    await broker.stop('SIGKILL');
    await pause(1_000);
    await broker.start();
    const back = performance.now();
    await answer.ended;
    const first = answer.tokenAt.find((at) => at > back) ?? back;
    const isAsExpected = answer.text === textOf(60) && answer.hasEndedWell && requestsOf(id) === 1;
    return {
      outcome: `answer ${isAsExpected ? 'whole' : `broken: ${answer.error}`}, ${requestsOf(id)} request(s) to model servers`,
      isAsExpected,
      recoveryMs: first - back,
    };
  });

  await check('broker frozen for 5 s in mid-answer', async () => {
    const { answer } = ask({ tokens: 40, everyMs: 100 });
    await waitUntil('tokens', () => answer.tokenAt.length > 5);
    process.kill(broker.pid(), 'SIGSTOP');
    await pause(5_000);
    process.kill(broker.pid(), 'SIGCONT');
    const back = performance.now();
    await answer.ended;
    const first = answer.tokenAt.find((at) => at > back) ?? back;
    const isAsExpected = answer.text === textOf(40) && answer.hasEndedWell;
    return {
      outcome: isAsExpected ? 'answer whole' : `broken: ${answer.error}`,
      isAsExpected,
      recoveryMs: first - back,
    };
  });

  await check('broker away for 8 s', async () => {
    await broker.stop('SIGKILL');
    const { answer } = ask();
    await answer.ended;
    const { state, problem } = await statusOf(gateway);
    await pause(2_000);
    await broker.start();
    const back = performance.now();
    await untilWorkersSeen(gateway, 2);
    await untilAnswer();
    const isAsExpected = answer.error !== null && state === 'connecting' && problem !== null;
    return {
      outcome: `meanwhile: ${answer.error ?? 'an answer'} (${problem?.code})`,
      isAsExpected,
      recoveryMs: performance.now() - back,
    };
  });

  await check('broker refuses everyone', async () => {
    brokerOptions.isAnonymous = false;
    await broker.stop();
    await broker.start();
    await waitUntil('the refusal', async () => (await statusOf(gateway)).problem?.code === 'auth');
    const { answer } = ask();
    await answer.ended;
    brokerOptions.isAnonymous = true;
    await broker.stop();
    await broker.start();
    const back = performance.now();
    await untilWorkersSeen(gateway, 2);
    await untilAnswer();
    return {
      outcome: `meanwhile: ${answer.error ?? 'an answer'}`,
      isAsExpected: answer.error !== null,
      recoveryMs: performance.now() - back,
    };
  });

  await check('worker killed before its first frame', async () => {
    const { id, answer } = ask({ firstMs: 1_500 });
    const holder = await holderOf(id);
    const killed = performance.now();
    await holder.runner.end('SIGKILL');
    await answer.ended;
    const isAsExpected = answer.text === textOf(5) && answer.hasEndedWell && requestsOf(id) === 2;
    workers.splice(workers.indexOf(holder), 1, await machines.worker());
    await untilWorkersSeen(gateway, 2);
    const outcome = isAsExpected
      ? 'the other worker answered, once (1,500 ms are the model’s)'
      : `broken: ${answer.error}`;
    return { outcome, isAsExpected, recoveryMs: (answer.tokenAt[0] ?? killed) - killed };
  });

  await check('worker killed in mid-answer', async () => {
    const { id, answer } = ask({ tokens: 1_000, everyMs: 20 });
    await waitUntil('tokens', () => answer.tokenAt.length > 5);
    const holder = await holderOf(id);
    const killed = performance.now();
    await holder.runner.end('SIGKILL');
    await answer.ended;
    const errorAfterMs = performance.now() - killed;
    const isAsExpected = answer.error !== null && !answer.isWhole && requestsOf(id) === 1;
    workers.splice(workers.indexOf(holder), 1, await machines.worker());
    await untilWorkersSeen(gateway, 2);
    return { outcome: `error: ${answer.error}`, isAsExpected, recoveryMs: errorAfterMs };
  });

  await check('all requests and frames delivered twice', async () => {
    await waitUntil('the stranger', () => stranger.state === 'connected');
    const unsubscribes: (() => void)[] = [];
    const seen = new Set<string>();
    for (const filter of ['llm/v1/req/#', 'llm/v1/res/#']) {
      unsubscribes.push(
        stranger.subscribe(filter, ({ topic, payload }) => {
          const text = payload.toString();
          if (seen.has(topic + text)) return;
          seen.add(topic + text);
          void stranger.publish(topic, text);
        }),
      );
    }
    await pause(200);
    const asked = Array.from({ length: 10 }, () => ask({ tokens: 20, everyMs: 50 }));
    await Promise.all(asked.map(({ answer }) => answer.ended));
    for (const unsubscribe of unsubscribes) unsubscribe();
    const isAsExpected =
      seen.size > 100 && asked.every(({ answer }) => answer.text === textOf(20) && answer.hasEndedWell);
    const twice = asked.filter(({ id }) => requestsOf(id) > 1);
    const stopped = await Promise.all(
      twice.map(({ id }) =>
        waitUntil('the second worker to be stopped', () =>
          workers.some(({ server }) => server.leftAt.has(id)),
        ),
      ),
    );
    const outcome = `${seen.size} messages repeated, 10 answers correct: ${isAsExpected}; ${stopped.length} repeated requests reached the other worker, which was stopped`;
    return { outcome, isAsExpected, recoveryMs: null };
  });

  await check('frames in reverse order, in blocks of 8', () => reversedFrames(broker.url));

  await check('prompt of 256 KB', async () => {
    const from = performance.now();
    const { answer } = ask({ prompt: 'x'.repeat(256 * 1024), tokens: 1, everyMs: 0 });
    await answer.ended;
    const isAsExpected =
      answer.hasEndedWell && workers.some(({ server }) => server.longestPrompt === 256 * 1024);
    return {
      outcome: `answered after ${Math.round(performance.now() - from)} ms`,
      isAsExpected,
      recoveryMs: null,
    };
  });

  await check('garbage on all topics', async () => {
    const places = ['req/m', 'cancel/x', 'resend/x', 'presence/x', 'worker/x/req', 'res/x/y'].map(
      (rest) => `llm/v1/${rest}`,
    );
    const texts = [
      '{',
      '',
      'null',
      '{"id":"x"}',
      '\u0000',
      'x'.repeat(10_000),
      JSON.stringify({ id: 'x', client: 'y', model: 'm', body: 1 }),
    ];
    const storm = Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        stranger.publish(places[index % 6] ?? '', texts[index % 7] ?? ''),
      ),
    );
    const asked = Array.from({ length: 10 }, () => ask({ tokens: 20 }));
    await Promise.all([storm, ...asked.map(({ answer }) => answer.ended)]);
    const isAsExpected = asked.every(({ id, answer }) => answer.text === textOf(20) && requestsOf(id) === 1);
    return { outcome: `1,000 messages, 10 answers correct: ${isAsExpected}`, isAsExpected, recoveryMs: null };
  });

  await check('client gone', async () => {
    const { id, answer } = ask({ tokens: 10_000, everyMs: 20 });
    await waitUntil('tokens', () => answer.tokenAt.length > 5);
    const left = performance.now();
    answer.leave();
    const holder = await holderOf(id);
    const stoppedAt = await waitUntil('the model server to be released', () => holder.server.leftAt.get(id));
    return {
      outcome: 'the model server was stopped',
      isAsExpected: stoppedAt - left < 1_000,
      recoveryMs: stoppedAt - left,
    };
  });

  await check('disk of the broker full', () => fullDisk());
  await check('after all faults', async () => ({
    outcome: 'an answer',
    isAsExpected: true,
    recoveryMs: await untilAnswer(),
  }));
} finally {
  await stranger.stop();
  await machines.end();
  await broker.end();
}
printTable(['fault', '', 'outcome', 'recovery'], rows);
if (rows.some(([, verdict]) => verdict !== 'ok')) process.exitCode = 1;
