/** The runner's own log: pino, JSON lines in a file of the data folder or on stderr. */
import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/** `file` null writes to stderr. Levels as in pino; "silent" for tests. */
export function createLogger(options: { level: string; file: string | null }): Logger {
  if (options.file === null) return pino({ level: options.level }, pino.destination({ fd: 2, sync: true }));
  const destination = pino.destination({ dest: options.file, mkdir: true, sync: true });
  // A full disk takes no log line; it must not take the runner along.
  destination.on('error', () => undefined);
  return pino({ level: options.level }, destination);
}
