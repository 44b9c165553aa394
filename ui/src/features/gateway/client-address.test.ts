import { expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';

it.each([
  [null, 'http://127.0.0.1:3002/', 'http://127.0.0.1:3002/v1'],
  [null, 'https://example.org/tools/llm/', 'https://example.org/tools/llm/v1'],
  ['http://127.0.0.1:4000/v1', 'http://127.0.0.1:3002/', 'http://127.0.0.1:4000/v1'],
  ['http://0.0.0.0:4000/v1', 'http://192.168.1.20:3002/', 'http://192.168.1.20:4000/v1'],
  ['http://[::]:4000/v1', 'http://[::1]:3002/', 'http://[::1]:4000/v1'],
])('the listener %s seen from the page %s is %s', (gatewayUrl, pageUrl, address) => {
  expect(clientAddress(gatewayUrl, pageUrl)).toBe(address);
});
