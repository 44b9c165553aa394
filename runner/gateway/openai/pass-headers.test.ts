import { expect, test } from 'vitest';
import { headersToClient, headersToUpstream } from './pass-headers.ts';

const CLIENT = {
  authorization: 'Bearer c',
  'x-custom': '1',
  'x-llm-gateway': 'forged',
  'x-llm-gateway-hops': 'a,b',
  'x-request-id': 'theirs',
};
const SENT = {
  'x-custom': '1',
  'content-type': 'application/json',
  'x-request-id': 'r',
};

test('the key, the forged mark of a gateway and the gateways that were passed stay here', () => {
  expect(headersToUpstream(CLIENT, 'r')).toEqual(SENT);
});

test('what speaks for a whole origin does not pass to clients: it would be believed of the gateway', () => {
  const upstream = {
    'content-type': 'text/plain',
    'alt-svc': 'h3=":1"',
    'clear-site-data': '"*"',
    'strict-transport-security': 'max-age=9',
  };
  expect(headersToClient(upstream)).toEqual({ 'content-type': 'text/plain' });
});
