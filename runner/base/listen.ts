/** Listens on an address, with an error that says what to do. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemCodeOf } from './errors.ts';

export interface ListenAddress {
  host: string;
  port: number;
  /** The setting that the port comes from, for the error. */
  setting?: string;
}

/** Resolves with the URL. Rejects when the port is taken or may not be used. */
export async function listenOn(server: Server, at: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, at)));
    server.listen(at.port, at.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`;
}

function explain(error: Error, { host, port, setting = 'RUNNER_PORT' }: ListenAddress): Error {
  const code = systemCodeOf(error);
  if (code === 'EADDRINUSE')
    return new Error(
      `port ${port} is taken: another runner or program listens there. Stop it, or set ${setting}.`,
    );
  if (code === 'EACCES')
    return new Error(`port ${port} may not be used by this user. Set ${setting} above 1023.`);
  return new Error(`cannot listen on ${host}:${port}: ${error.message}`);
}
