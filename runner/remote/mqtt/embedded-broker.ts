/** The runner's own broker (aedes, MQTT 3.1.1): one user with a password, limits, and shared subscriptions, which aedes does not have. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import type { AedesPublishPacket, AuthenticateError, Client } from 'aedes';
import { systemCodeOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { MAX_REQUEST_BYTES } from './envelope.ts';
import { MqttFault, mqttProblem } from './link-problem.ts';
import { PacketGuard } from './packet-guard.ts';
import { RetainedLimit } from './retained-limit.ts';
import { ShareGroups } from './share-groups.ts';

export interface EmbeddedBrokerParts {
  host: string;
  /** 0: of the system's choice. */
  port: number;
  username: string;
  password: string;
  logger: Pick<Logger, 'warn'>;
  /** For tests: how long a client may take nothing. */
  drainMs?: number;
}

const MAX_CLIENTS = 256;
const MAX_PACKET_BYTES = MAX_REQUEST_BYTES + 64 * 1024;
const MAX_CONNECT_BYTES = 256 * 1024;
/** A client that takes nothing for so long is dropped: it would hold up the others. */
const DRAIN_MS = 15_000;
const NOT_AUTHORIZED = 5;

export class EmbeddedBroker {
  readonly #parts: EmbeddedBrokerParts;
  readonly #groups = new ShareGroups();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #aedes: Aedes | null = null;

  constructor(parts: EmbeddedBrokerParts) {
    this.#parts = parts;
  }

  get clients(): number {
    return this.#aedes?.connectedClients ?? 0;
  }

  /** Resolves with its address, `mqtt://host:port`. Rejects with words for the user when the port is taken. */
  async start(): Promise<string> {
    const aedes = await Aedes.createBroker({
      drainTimeout: this.#parts.drainMs ?? DRAIN_MS,
      connectTimeout: 10_000,
      maxTopicLevels: 20,
    });
    this.#aedes = aedes;
    this.#guard(aedes);
    this.#share(aedes);
    const server = createServer((socket) => this.#accept(aedes, socket));
    server.maxConnections = MAX_CLIENTS;
    this.#server = server;
    const { host, port } = this.#parts;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(explain(error, host, port)));
      server.listen(port, host, resolve);
    });
    const bound = (server.address() as AddressInfo).port;
    return `mqtt://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    const closed = new Promise<void>((resolve) =>
      server?.listening === true ? server.close(() => resolve()) : resolve(),
    );
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) =>
      this.#aedes === null ? resolve() : this.#aedes.close(() => resolve()),
    );
    await closed;
    this.#aedes = null;
  }

  #accept(aedes: Aedes, socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const guard = new PacketGuard({ maxBytes: MAX_PACKET_BYTES, maxFirst: MAX_CONNECT_BYTES });
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => guard.destroy());
    guard.on('error', () => socket.destroy());
    socket.once('close', () => guard.destroy());
    aedes.handle(Duplex.from({ readable: socket.pipe(guard), writable: socket }));
  }

  #guard(aedes: Aedes): void {
    const { username, password, logger } = this.#parts;
    // What waits for clients that are away would stand in our memory, without a limit.
    aedes.preConnect = (_client, packet, done) => {
      packet.clean = true;
      done(null, true);
    };
    const retained = new RetainedLimit();
    aedes.authorizePublish = (_client, packet, done) => {
      if (packet.topic.startsWith('$SYS/')) return done(new Error('$SYS is for the broker itself'));
      // What is too much to be kept goes to those that are here.
      packet.retain = packet.retain && retained.admit(packet.topic, packet.payload.length);
      done(null);
    };
    aedes.authenticate = (_client, ...[givenName, givenPassword, done]) => {
      if (givenName === username && isEqual(givenPassword ?? Buffer.alloc(0), password))
        return done(null, true);
      const refusal: AuthenticateError = Object.assign(new Error('wrong user or password'), {
        returnCode: NOT_AUTHORIZED,
      });
      done(refusal, false);
    };
    // aedes throws where nobody listens.
    aedes.on('clientError', (client, error) =>
      logger.warn({ client: client.id, problem: error.message }, 'a client of the broker was dropped'),
    );
    aedes.on('connectionError', (_client, error) =>
      logger.warn({ problem: error.message }, 'the broker refused a connection'),
    );
    aedes.addListener('error', (error: Error) => logger.warn({ err: error }, 'the broker had a fault'));
  }

  #share(aedes: Aedes): void {
    const groups = this.#groups;
    aedes.authorizeSubscribe = (client, subscription, done) => {
      subscription.topic = groups.join(client.id, subscription.topic);
      done(null, subscription);
    };
    aedes.authorizeForward = (client, packet) =>
      groups.isFor(client.id, { topic: packet.topic, message: numberOf(packet) }) ? packet : null;
    aedes.on('unsubscribe', (filters, client) => this.#leave(client, filters));
    aedes.on('clientDisconnect', (client) => groups.forget(client.id));
  }

  #leave(client: Client, filters: readonly string[]): void {
    const plain = filters.flatMap((filter) => this.#groups.leave(client.id, filter) ?? []);
    if (plain.length > 0) client.unsubscribe({ cmd: 'unsubscribe', unsubscriptions: plain }, () => undefined);
  }
}

/** aedes counts every message. */
function numberOf(packet: AedesPublishPacket): number {
  return packet.brokerCounter;
}

function isEqual(given: Buffer, password: string): boolean {
  const digest = (value: Buffer | string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(password));
}

function explain(error: Error, host: string, port: number): Error {
  if (systemCodeOf(error) === 'EADDRINUSE') return new MqttFault(mqttProblem('port-taken', { port }), error);
  return new MqttFault(
    mqttProblem('cannot-listen', { place: `${host}:${port}`, reason: error.message }),
    error,
  );
}
