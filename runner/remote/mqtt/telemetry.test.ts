import { expect, it } from 'vitest';
import { Signal } from '../../base/signal.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { Telemetry } from './telemetry.ts';
import { linkTo, mosquitto, topics } from './testing/test-peers.ts';

it('processes are published retained, found by Home Assistant, and taken away when they are forgotten', async () => {
  const broker = await mosquitto();
  const link = await linkTo(broker.address);
  const changed = new Signal<void>();
  let list = [{ id: 'llama 1', state: 'ready', payload: { port: 8000 } }];
  const processes = { list: () => list, onChange: (listener: () => void) => changed.subscribe(listener) };
  const telemetry = new Telemetry({
    link,
    topics,
    runner: 'here',
    version: '1',
    processes,
    isHomeAssistant: true,
  });
  telemetry.start();

  const late = await linkTo(broker.address);
  const heard = new Map<string, string>();
  for (const filter of ['llm/v1/runner/#', 'homeassistant/#'])
    late.subscribe(filter, ({ topic, payload }) => heard.set(topic, payload.toString()));
  const place = 'llm/v1/runner/here/processes/llama%201';
  await waitUntil('the process', () => heard.has(place) && heard.size === 3);
  expect(JSON.parse(heard.get(place) ?? '')).toEqual({ id: 'llama 1', state: 'ready', port: 8000 });
  expect(JSON.parse(heard.get('llm/v1/runner/here/status') ?? '')).toEqual({
    status: 'online',
    version: '1',
  });
  expect(JSON.parse(heard.get('homeassistant/sensor/llm_here_llama_1/config') ?? '')).toMatchObject({
    state_topic: place,
    name: 'llama 1',
  });

  list = [{ id: 'llama 1', state: 'exited', payload: { port: 8000 } }];
  changed.emit();
  await waitUntil('the change', () => heard.get(place)?.includes('exited'));
  list = [];
  changed.emit();
  await waitUntil('the end', () => heard.get(place) === '');
  await waitUntil(
    'Home Assistant to forget it',
    () => heard.get('homeassistant/sensor/llm_here_llama_1/config') === '',
  );
  telemetry.stop();
  await waitUntil('the good-bye', () => heard.get('llm/v1/runner/here/status')?.includes('offline'));
});
