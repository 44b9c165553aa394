/** Two faults of the MQTT mode that need machines of their own: frames in the wrong order, and a broker whose disk is full. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MqttLink } from '../../runner/remote/mqtt/mqtt-link.ts';
import { topicsOf } from '../../runner/remote/mqtt/topics.ts';
import { startMosquitto } from '../../runner/testing/test-mosquitto.ts';
import { Machines } from './mqtt-machines.ts';
import { textOf } from './mqtt-model-server.ts';
import { StreamedAnswer } from './streamed-answer.ts';

export interface Row {
  /** In words. */
  outcome: string;
  isAsExpected: boolean;
  /** From the end of the fault (or its beginning, where it has none) until answers continue, or the client has the error. */
  recoveryMs: number | null;
}

/** A worker under a prefix of its own, which sends 64 tokens and the end in blocks of 8 frames in reverse order. */
export async function reversedFrames(url: string): Promise<Row> {
  const topics = topicsOf('reversed');
  const address = { url, username: null, password: null, ca: null };
  const link = new MqttLink({ address, clientId: 'reverser', logger: { warn: () => undefined } });
  const own = new Machines({ MQTT_BROKER_URL: url, MQTT_PREFIX: 'reversed', RUNNER_LOG_LEVEL: 'silent' });
  link.subscribe(topics.shared('m'), ({ payload }) => {
    const { id, attempt, replyTo } = JSON.parse(payload.toString()) as {
      id: string;
      attempt: number;
      replyTo: string;
    };
    const frames: object[] = Array.from({ length: 64 }, (_, seq) => ({ seq, content: `${seq} ` }));
    frames.push({ seq: 64, done: true, finish_reason: 'stop' });
    for (let at = 0; at < frames.length; at += 8) {
      for (const frame of frames.slice(at, at + 8).toReversed())
        void link.publish(replyTo, { id, worker: 'reverser', attempt, ...frame });
    }
  });
  try {
    link.start();
    await link.publish(
      topics.presence('reverser'),
      { worker: 'reverser', models: [{ model: 'm', slots: 4, busy: 0 }] },
      { isRetained: true },
    );
    const gateway = await own.gateway(1);
    const answer = new StreamedAnswer(gateway.url, { id: 'reversed' });
    await answer.ended;
    const isAsExpected = answer.text === textOf(64) && answer.hasEndedWell;
    return {
      outcome: isAsExpected ? 'answer in order' : `broken: ${answer.error} ${answer.text}`,
      isAsExpected,
      recoveryMs: null,
    };
  } finally {
    await link.stop();
    await own.end();
  }
}

/** A broker that stores its state on a full disk: it must continue from memory. */
export async function fullDisk(): Promise<Row> {
  const full = await startMosquitto();
  const dir = join(full.dir, 'disk');
  mkdirSync(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', dir], { stdio: 'pipe' });
  } catch {
    await full.end();
    return { outcome: 'skipped: no disk can be mounted here', isAsExpected: true, recoveryMs: null };
  }
  const store = await startMosquitto({
    config: ['persistence true', `persistence_location ${dir}/`, 'autosave_interval 1'],
  });
  const own = new Machines({ MQTT_BROKER_URL: store.url, RUNNER_LOG_LEVEL: 'silent' });
  try {
    const filler = openSync(join(dir, 'filler'), 'w');
    try {
      for (;;) writeSync(filler, Buffer.alloc(4096));
    } catch {
      closeSync(filler);
    }
    await own.worker();
    const gateway = await own.gateway(1);
    await pause(2_500);
    const answer = new StreamedAnswer(gateway.url, { id: 'full' });
    await answer.ended;
    return {
      outcome: answer.hasEndedWell ? 'answered' : `error: ${answer.error}`,
      isAsExpected: answer.hasEndedWell,
      recoveryMs: null,
    };
  } finally {
    await own.end();
    await store.end();
    execFileSync('umount', ['--lazy', dir], { stdio: 'pipe' });
    rmSync(dir, { recursive: true, force: true });
    await full.end();
  }
}
