/** What the runner refused, by the name of the field. */
import { z } from 'zod';
import { ApiError } from '../../api/api-error.ts';

const detailsSchema = z.array(z.object({ path: z.string(), message: z.string() }));

/** Empty where the error names no field. */
export function refusalsOf(error: Error | null): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const details = detailsSchema.safeParse(error.details);
  if (!details.success) return {};
  return Object.fromEntries(details.data.map(({ path, message }) => [path.split('.')[0] ?? path, message]));
}
