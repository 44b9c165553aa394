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
  authorization: 'Bearer k',
};

test('which gateways a request has passed is told to other gateways only', () => {
  expect(headersToUpstream(CLIENT, { apiKey: 'k', requestId: 'r' })).toEqual(SENT);
  expect(headersToUpstream(CLIENT, { apiKey: 'k', requestId: 'r', isGateway: true })).toEqual({
    ...SENT,
    'x-llm-gateway-hops': 'a,b',
  });
});

test('a client cannot take the list away by calling it a header of the connection', () => {
  const passed = headersToUpstream(
    { ...CLIENT, connection: 'x-llm-gateway-hops' },
    { apiKey: null, requestId: 'r', isGateway: true },
  );
  expect(passed).toMatchObject({ 'x-llm-gateway-hops': 'a,b' });
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
