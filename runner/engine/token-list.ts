/** Token ids as they come over the wire. */
import type { Token } from 'node-llama-cpp';
import { z } from 'zod';

const token = z.custom<Token>(
  (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  'expected a token id',
);

export const tokenList = z.array(token);
