/** Everything of the MQTT mode for one set of settings: broker, connections, worker, client with its endpoints, projects, telemetry. */
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { MqttCounters, MqttSettings, MqttStatus } from '#contract/mqtt';
import type { Logger } from '../../base/logger.ts';
import { Bridge } from './bridge.ts';
import { noCounters } from './counters.ts';
import { EmbeddedBroker } from './embedded-broker.ts';
import { LegacyProject, legacyStatusTopic } from './legacy-project.ts';
import { MqttLink } from './mqtt-link.ts';
import type { BrokerAddress, LinkParts } from './mqtt-link.ts';
import type { ChatPort, EndpointsPort, LocalServersPort, ProcessesPort } from './ports.ts';
import { remoteModels } from './presence-models.ts';
import { RequestClient } from './request-client.ts';
import { Telemetry } from './telemetry.ts';
import { topicsOf, topicWord } from './topics.ts';
import { within } from './within.ts';
import { Worker } from './worker.ts';
import { WorkerList } from './worker-list.ts';

export interface NodeParts {
  settings: MqttSettings;
  /** Null: the embedded broker. */
  external: BrokerAddress | null;
  embedded: { username: string; password: string };
  servers: LocalServersPort;
  endpoints: EndpointsPort;
  chat: ChatPort;
  processes: ProcessesPort;
  /** Chats go through the broker, to this runner's own worker as well. */
  isDefault: boolean;
  version: string;
  /** The longest wait for the next piece of an answer. */
  timeoutMs: number;
  logger: Logger;
}

/** A broker that is frozen hears no farewell. */
const FAREWELL_MS = 1_500;
/** Whoever has the broker's password can say that he serves anything. */
const MOST_ENDPOINTS = 256;

interface Part {
  start: () => void;
  stop: () => void | Promise<void>;
}

export class MqttNode {
  readonly #parts: NodeParts;
  readonly #topics;
  readonly #counters: MqttCounters = noCounters();
  readonly #clientId = `r-${randomBytes(5).toString('hex')}`;
  readonly #workerId = `w-${randomBytes(5).toString('hex')}`;
  readonly #bridgeKey = randomBytes(24).toString('base64url');
  readonly #started: Part[] = [];
  readonly #links: MqttLink[] = [];
  /** Models that were seen since the start: their endpoints stay, offline, for the chats that use them. */
  readonly #models = new Map<string, { id: string; facts: string }>();
  #broker: { broker: EmbeddedBroker; url: string } | null = null;
  #link: MqttLink | null = null;
  #workers: WorkerList | null = null;
  #worker: Worker | null = null;
  #bridge: Bridge | null = null;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#topics = topicsOf(parts.settings.prefix);
  }

  get address(): BrokerAddress | null {
    return this.#link === null ? null : this.#address();
  }

  /** Rejects when the embedded broker cannot listen; whether a broker elsewhere answers its state tells. */
  async start(): Promise<void> {
    const { settings, external } = this.#parts;
    if (external === null) await this.#startBroker();
    const topics = this.#topics;
    const runner = topicWord(hostname());
    const offline = {
      topic: topics.runner(runner, 'status'),
      payload: JSON.stringify({ status: 'offline' }),
    };
    const link = this.#connect({
      clientId: this.#clientId,
      isKept: true,
      ...(settings.telemetry.isEnabled ? { will: offline } : {}),
    });
    this.#link = link;
    const workers = this.#begin(new WorkerList({ link, topics, onGarbage: () => this.#garbage() }));
    this.#workers = workers;
    if (settings.client.isEnabled) await this.#startClient(link, workers);
    if (settings.worker.isEnabled) this.#startWorker(workers);
    for (const project of settings.projects) this.#startProject(project);
    if (settings.telemetry.isEnabled) {
      const { processes, version } = this.#parts;
      this.#begin(
        new Telemetry({
          link,
          topics,
          runner,
          version,
          processes,
          isHomeAssistant: settings.telemetry.isHomeAssistant,
        }),
      );
    }
  }

  /** The connections last, as the others have something to say; the endpoints go, too. */
  async stop(): Promise<void> {
    await within(FAREWELL_MS, Promise.all(this.#started.toReversed().map(async (part) => part.stop())));
    await Promise.all(this.#links.map((link) => link.stop()));
    this.#parts.endpoints.set([]);
    await this.#bridge?.stop();
    await this.#broker?.broker.stop();
  }

  status(): MqttStatus {
    const { settings, embedded } = this.#parts;
    const link = this.#link;
    const broker = this.#broker;
    return {
      state: link?.state === 'connected' ? 'connected' : 'connecting',
      protocol: link?.state === 'connected' ? link.protocol : null,
      address: link === null ? null : this.#address().url,
      connectedAt: link?.connectedAt?.toISOString() ?? null,
      connections: link?.connections ?? 0,
      problem:
        link?.state === 'connected' && link.problem?.code !== 'not-allowed' ? null : (link?.problem ?? null),
      prefix: settings.prefix,
      workerId: this.#worker === null ? null : this.#workerId,
      workers: this.#workers?.describe(this.#workerId) ?? [],
      endpoints: [...this.#models].map(([model, { id }]) => ({ id, model })),
      counters: { ...this.#counters },
      queue: { messages: 0, bytes: 0, ...link?.waiting, requests: this.#worker?.queued ?? 0 },
      embedded: broker === null ? null : { ...embedded, url: broker.url, clients: broker.broker.clients },
    };
  }

  async #startBroker(): Promise<void> {
    const { settings, embedded, logger } = this.#parts;
    const broker = new EmbeddedBroker({
      host: settings.embeddedHost,
      port: settings.embeddedPort,
      ...embedded,
      logger,
    });
    this.#broker = { broker, url: await broker.start() };
  }

  #address(): BrokerAddress {
    const { external, embedded } = this.#parts;
    if (external !== null) return external;
    // Whatever it listens on, we are on this machine.
    const url = (this.#broker?.url ?? '').replace(/\/\/(0\.0\.0\.0|\[::\]):/, '//127.0.0.1:');
    return { ...embedded, url, ca: null };
  }

  #connect(rest: Pick<LinkParts, 'clientId' | 'isKept' | 'will'>): MqttLink {
    const { logger, external } = this.#parts;
    const link = new MqttLink({
      address: this.#address(),
      logger,
      ...rest,
      ...(external === null ? { protocol: 4 as const } : {}),
    });
    this.#links.push(link);
    link.start();
    return link;
  }

  async #startClient(link: MqttLink, workers: WorkerList): Promise<void> {
    const { timeoutMs, logger } = this.#parts;
    const client = this.#begin(
      new RequestClient({
        link,
        topics: this.#topics,
        workers,
        clientId: this.#clientId,
        counters: this.#counters,
        onGarbage: () => this.#garbage(),
      }),
    );
    const find = (model: string) => remoteModels(this.#others()).get(model) ?? null;
    const isConnected = (): boolean => link.state === 'connected';
    this.#bridge = new Bridge({ client, find, isConnected, timeoutMs, logger, apiKey: this.#bridgeKey });
    await this.#bridge.start();
    workers.changed.subscribe(() => this.#announce());
    link.changed.subscribe(() => this.#announce());
  }

  /** On a connection of its own: the broker speaks its last will, and keeps nothing for it while it is away. */
  #startWorker(workers: WorkerList): void {
    const { version, logger, settings } = this.#parts;
    const servers = {
      ...this.#parts.servers,
      offers: () => this.#parts.servers.offers(settings.worker.endpoints),
    };
    const workerId = this.#workerId;
    const link = this.#connect({
      clientId: workerId,
      will: { topic: this.#topics.presence(workerId), payload: '' },
    });
    this.#worker = this.#begin(
      new Worker({
        link,
        topics: this.#topics,
        workerId,
        name: hostname(),
        version,
        servers,
        workers,
        counters: this.#counters,
        logger,
        queueLimit: settings.worker.queueLimit,
        onGarbage: () => this.#garbage(),
      }),
    );
  }

  #startProject(project: string): void {
    const { chat, version, logger } = this.#parts;
    const payload = JSON.stringify({ status: 'offline', project });
    const clientId = `p-${randomBytes(5).toString('hex')}`;
    const link = this.#connect({
      clientId,
      isKept: true,
      will: { topic: legacyStatusTopic(project), payload },
    });
    this.#begin(
      new LegacyProject({ link, project, chat, version, logger, onGarbage: () => this.#garbage() }),
    );
  }

  /** Workers whose slots are not ours already. */
  #others() {
    const { isDefault } = this.#parts;
    return (this.#workers?.list() ?? []).filter(({ worker }) => isDefault || worker !== this.#workerId);
  }

  /** Slots and context are told at once; how many are busy is asked now and then. */
  #announce(): void {
    const { endpoints } = this.#parts;
    const bridge = this.#bridge;
    if (bridge === null) return;
    const models = remoteModels(this.#others());
    let hasNews = false;
    for (const model of models.keys()) {
      if (this.#models.has(model)) continue;
      if (!this.#makeRoom(models)) break;
      this.#models.set(model, { id: endpointIdOf(model), facts: '' });
      hasNews = true;
    }
    if (hasNews) {
      endpoints.set(
        [...this.#models].map(([model, { id }]) => ({
          id,
          model,
          baseUrl: bridge.baseUrl(model),
          apiKey: this.#bridgeKey,
        })),
      );
    }
    for (const [model, known] of this.#models) {
      const { busy: _busy, ...steady } = models.get(model) ?? { busy: 0 };
      const facts = JSON.stringify([steady, this.#link?.state === 'connected']);
      if (known.facts !== '' && known.facts !== facts) endpoints.refresh(known.id);
      known.facts = facts;
    }
  }

  /** One that nobody serves any more goes first. False: there is none. */
  #makeRoom(served: ReadonlyMap<string, unknown>): boolean {
    if (this.#models.size < MOST_ENDPOINTS) return true;
    const idle = [...this.#models.keys()].find((model) => !served.has(model));
    return idle !== undefined && this.#models.delete(idle);
  }

  #begin<Started extends Part>(part: Started): Started {
    this.#started.push(part);
    part.start();
    return part;
  }

  #garbage(): void {
    if (this.#counters.garbage === 0)
      this.#parts.logger.warn(
        'somebody sends messages to our topics that are none of ours: they are dropped and counted',
      );
    this.#counters.garbage += 1;
  }
}

/** No process id can hold a "~". */
function endpointIdOf(model: string): string {
  return `~mqtt-${createHash('sha256').update(model).digest('hex').slice(0, 16)}`;
}
