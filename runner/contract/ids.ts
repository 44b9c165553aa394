/** The form of ids: they name folders and URL parts, so nothing but harmless characters. */
import { z } from 'zod';

export const processIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ -')
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."');
