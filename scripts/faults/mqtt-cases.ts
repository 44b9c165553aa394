/** Two faults of the MQTT mode that need a setting of their own: frames in the wrong order, and a broker without room on its disk. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MqttLink } from '../../runner/mqtt/mqtt-link.ts';
import { topicsOf } from '../../runner/mqtt/topics.ts';
import { startMosquitto } from '../../runner/testing/test-mosquitto.ts';
import { Answer, Machines, pause, textOf } from './mqtt-setting.ts';

export interface Row {
  /** What came out, in words. */
  outcome: string;
  isAsWished: boolean;
  /** From the end of the fault (or its beginning, where it has none) until things went on, or the error was told. */
  recoveryMs: number | null;
}

/** A worker under a prefix of its own, which sends 64 tokens and the end in blocks turned round. */
export async function reversed(url: string): Promise<Row> {
  const topics = topicsOf('turned');
  const address = { url, username: null, password: null, ca: null };
  const link = new MqttLink({ address, clientId: 'turner', logger: { warn: () => undefined } });
  const own = new Machines({ MQTT_BROKER_URL: url, MQTT_PREFIX: 'turned', RUNNER_LOG_LEVEL: 'silent' });
  link.subscribe(topics.shared('m'), ({ payload }) => {
    const { id, attempt, replyTo } = JSON.parse(payload.toString()) as { id: string; attempt: number; replyTo: string };
    const frames: object[] = Array.from({ length: 64 }, (_, seq) => ({ seq, content: `${seq} ` }));
    frames.push({ seq: 64, done: true, finish_reason: 'stop' });
    for (let at = 0; at < frames.length; at += 8) {
      for (const frame of frames.slice(at, at + 8).toReversed()) void link.publish(replyTo, { id, worker: 'turner', attempt, ...frame });
    }
  });
  try {
    link.start();
    await link.publish(topics.presence('turner'), { worker: 'turner', models: [{ model: 'm', slots: 4, busy: 0 }] }, { isRetained: true });
    const gateway = await own.gateway(1);
    const answer = new Answer(gateway.url, { id: 'turned' });
    await answer.ended;
    const isAsWished = answer.text === textOf(64) && answer.endedWell;
    return { outcome: isAsWished ? 'answer in order' : `broken: ${answer.error} ${answer.text}`, isAsWished, recoveryMs: null };
  } finally {
    await link.stop();
    await own.end();
  }
}

/** A broker that keeps its store on a disk without room: it must go on from memory. */
export async function fullDisk(): Promise<Row> {
  const full = await startMosquitto();
  const dir = join(full.dir, 'disk');
  mkdirSync(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', dir], { stdio: 'pipe' });
  } catch {
    await full.end();
    return { outcome: 'not played: no disk can be mounted here', isAsWished: true, recoveryMs: null };
  }
  const store = await startMosquitto({ config: ['persistence true', `persistence_location ${dir}/`, 'autosave_interval 1'] });
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
    const answer = new Answer(gateway.url, { id: 'full' });
    await answer.ended;
    return {
      outcome: answer.endedWell ? 'answered all the same' : `error: ${answer.error}`,
      isAsWished: answer.endedWell,
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
