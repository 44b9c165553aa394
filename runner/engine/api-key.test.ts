import { expect, it } from 'vitest';
import { hasApiKey } from './api-key.ts';

it.each([
  { headers: {}, keys: [], isAllowed: true },
  { headers: {}, keys: ['k'], isAllowed: false },
  { headers: { authorization: 'Bearer k' }, keys: ['k'], isAllowed: true },
  { headers: { authorization: 'bearer k2' }, keys: ['k', 'k2'], isAllowed: true },
  { headers: { 'x-api-key': 'k' }, keys: ['k'], isAllowed: true },
  { headers: { authorization: 'Bearer wrong' }, keys: ['k'], isAllowed: false },
  { headers: { authorization: 'Basic k' }, keys: ['k'], isAllowed: false },
  { headers: { authorization: 'Bearer ' }, keys: ['k'], isAllowed: false },
])('$headers with the keys $keys: $isAllowed', ({ headers, keys, isAllowed }) => {
  expect(hasApiKey({ headers }, keys)).toBe(isAllowed);
});
