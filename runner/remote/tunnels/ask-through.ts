/** One question to a model server, through a tunnel or directly: does an answer come, and how fast? */
import { get } from 'node:http';
import { systemCodeOf } from '../../base/errors.ts';

/** "refused": nobody listens there; "closed": the connection was closed without an answer. `ms` is the time to the head of the answer. */
export type Asked =
  | { isAnswered: true; ms: number }
  | { isAnswered: false; why: 'refused' | 'closed' | 'timeout' };

/** Any answer counts, also "loading" or "give me a key": what it says is the endpoint's business, that it comes is the tunnel's. Never throws. */
export async function askThrough(
  at: { host: string; port: number },
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<Asked> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const begin = performance.now();
  return new Promise((resolve) => {
    // A connection of its own each time: the way is what is tested, not what an earlier connection still has.
    const request = get({
      ...at,
      path: '/health',
      agent: false,
      signal: AbortSignal.any([options.signal, timeout]),
    });
    request.once('response', (response) => {
      resolve({ isAnswered: true, ms: Math.round((performance.now() - begin) * 10) / 10 });
      response.on('error', () => undefined);
      response.destroy();
    });
    // An answer that is none of HTTP ends without an error.
    request.once('close', () => resolve({ isAnswered: false, why: 'closed' }));
    request.on('error', (error) => {
      const why = timeout.aborted ? 'timeout' : systemCodeOf(error) === 'ECONNREFUSED' ? 'refused' : 'closed';
      resolve({ isAnswered: false, why });
    });
  });
}
