/** Asks the system whether a TCP port can be listened on, and finds one that can. */
import { createServer } from 'node:net';
import { AppError } from '../../base/errors.ts';

const FIRST_AUTO_PORT = 8000;
const LAST_AUTO_PORT = 8999;

/** Listens for a moment. A host that is not of this machine counts as free: the server's own message is the better one. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The lowest free port from 8000 up that is not `isClaimed`: the same answer as long as nothing changes, so a preview can show it. */
export async function findFreePort(host: string, isClaimed: (port: number) => boolean): Promise<number> {
  for (let port = FIRST_AUTO_PORT; port <= LAST_AUTO_PORT; port += 1) {
    if (!isClaimed(port) && (await isPortFree(port, host))) return port;
  }
  throw new AppError(
    'PORT_TAKEN',
    `No port between ${FIRST_AUTO_PORT} and ${LAST_AUTO_PORT} is free. Give a port by number.`,
  );
}
