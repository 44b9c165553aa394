/** New ids: short enough for an address, long enough not to be guessed. */
import { randomUUID } from 'node:crypto';

export function shortId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 20);
}
