/** Turns what came over the wire into typed values, or into an INVALID_REQUEST that names every faulty field. */
import type { Request } from 'express';
import { z } from 'zod';
import { AppError } from '../base/errors.ts';

/** Parses `value` by `schema`; throws AppError INVALID_REQUEST with `details: [{ path, message }]`. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const summary = details
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  throw new AppError('INVALID_REQUEST', `The request is not valid. ${summary}`, { details });
}

/** The `:id` of a path, whatever it is: whether there is such a thing its owner says. */
export function idOf(req: Request): string {
  return validate(z.string(), req.params['id']);
}
