import { expect, it } from 'vitest';
import { brokerLines, isOnlyHere, outerAddress } from './broker-lines.ts';

it.each([
  ['mqtt://0.0.0.0:1883', 'gpu.example', 'mqtt://gpu.example:1883'],
  ['mqtt://[::]:1883', 'gpu.example', 'mqtt://gpu.example:1883'],
  ['mqtt://0.0.0.0:1883', '127.0.0.1', 'mqtt://THIS-MACHINE:1883'],
  ['mqtt://192.0.2.4:1883', 'gpu.example', 'mqtt://192.0.2.4:1883'],
  ['mqtt://127.0.0.1:1883', 'gpu.example', 'mqtt://127.0.0.1:1883'],
])('%s seen by a reader at %s is %s', (url, pageHost, address) => {
  expect(outerAddress(url, pageHost)).toBe(address);
});

it('a broker on loopback is for this machine only', () => {
  expect(['mqtt://127.0.0.1:1883', 'mqtt://localhost:1', 'mqtt://[::1]:1883'].map(isOnlyHere)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['mqtt://0.0.0.0:1883', 'mqtt://192.0.2.4:1883'].map(isOnlyHere)).toEqual([false, false]);
});

it('the lines are those of .env', () => {
  expect(brokerLines({ url: 'mqtt://b:1', username: 'u', password: 'p' })).toBe(
    'MQTT_BROKER_URL=mqtt://b:1\nMQTT_USERNAME=u\nMQTT_PASSWORD=p',
  );
});
