/** Values of environment variables that are more than a text. */
import { z } from 'zod';

export const list = (separator: string) =>
  z.string().transform((text) =>
    text
      .split(separator)
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** As Python's settings read them: the seeds write `True`. */
export const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'], { error: 'must be true or false' }))
  .transform((text) => ['true', '1', 'yes', 'on'].includes(text));
