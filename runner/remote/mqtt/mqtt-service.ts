/** Owns the settings of the MQTT mode and the node that works by them: a change ends the one and begins another. */
import { readFile } from 'node:fs/promises';
import type { MqttProblem, MqttSettings, MqttSettingsInput, MqttStatus, MqttTest } from '#contract/mqtt';
import { mqttStepText } from '#contract/mqtt-problem';
import { AppError, messageOf } from '../../base/errors.ts';
import { noCounters } from './counters.ts';
import { MqttFault, mqttProblem, problemOfFault } from './link-problem.ts';
import type { MqttEnvironment } from './mqtt-environment.ts';
import { loadMqttFile, saveMqttFile } from './mqtt-file.ts';
import type { Fault, MqttFile } from './mqtt-file.ts';
import type { BrokerAddress } from './mqtt-link.ts';
import { MqttNode } from './mqtt-node.ts';
import type { NodeParts } from './mqtt-node.ts';
import { testConnection } from './test-connection.ts';

export interface MqttServiceParts extends Omit<
  NodeParts,
  'settings' | 'external' | 'embedded' | 'isDefault'
> {
  /** `mqtt.json`, made with mode 0600 when it is needed. */
  file: string;
  environment: MqttEnvironment;
}

/** A port that was taken may be free again. */
const AGAIN_MS = 15_000;

export class MqttService {
  readonly #parts: MqttServiceParts;
  #content: MqttFile;
  readonly #fault: Fault | null;
  #node: MqttNode | null = null;
  #problem: MqttProblem | null = null;
  #again: NodeJS.Timeout | undefined;
  #isStopped = true;
  /** One change at a time. */
  #last: Promise<unknown> = Promise.resolve();

  /** Reads the file; the composition root has taken the data folder before. */
  constructor(parts: MqttServiceParts) {
    this.#parts = parts;
    const { content, fault } = loadMqttFile(parts.file, new Date());
    this.#content = content;
    this.#fault = fault;
  }

  get faults(): readonly Fault[] {
    return this.#fault === null ? [] : [this.#fault];
  }

  /** A broker that cannot be used is no reason not to start: the status says it, and it is tried again. */
  start(): Promise<void> {
    this.#isStopped = false;
    return this.#inTurn(() => this.#startNode());
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#again);
    return this.#inTurn(() => this.#stopNode());
  }

  settings(): { settings: MqttSettings; hasPassword: boolean; fixed: string[] } {
    const { environment } = this.#parts;
    const fixed = Object.keys(environment.settings);
    if (environment.password !== null) fixed.push('password');
    if (environment.isWorker !== null) fixed.push('worker.isEnabled');
    return {
      settings: this.#effective(this.#content.settings),
      hasPassword: this.#password(this.#content) !== null,
      fixed,
    };
  }

  /** Throws INVALID_REQUEST for fields that the environment fixes or that do not fit together, STORAGE_FAILED. */
  async change(input: MqttSettingsInput): Promise<void> {
    this.#check(input);
    await this.#inTurn(async () => {
      const content = this.#with(input);
      await saveMqttFile(this.#parts.file, content);
      this.#content = content;
      await this.#stopNode();
      await this.#startNode();
    });
  }

  status(): MqttStatus {
    const { settings } = this.settings();
    const nobody = {
      protocol: null,
      address: null,
      connectedAt: null,
      connections: 0,
      workerId: null,
      workers: [],
      endpoints: [],
    };
    return (
      this.#node?.status() ?? {
        ...nobody,
        state: settings.isEnabled ? 'connecting' : 'off',
        problem: this.#problem,
        prefix: settings.prefix,
        counters: noCounters(),
        queue: {
          messages: 0,
          bytes: 0,
          requests: 0,
        },
        embedded: null,
      }
    );
  }

  /** With these settings, or the present ones. What does not work stands in the answer. */
  async test(input: MqttSettingsInput | null): Promise<MqttTest> {
    if (input !== null) this.#check(input);
    const content = input === null ? this.#content : this.#with(input);
    const settings = this.#effective(content.settings);
    try {
      const address =
        settings.broker === 'external'
          ? await this.#external(settings, content)
          : (this.#node?.address ?? null);
      if (address === null) throw new MqttFault(mqttProblem('broker-off', {}));
      return await testConnection(address, settings.prefix);
    } catch (error) {
      const step = { step: 'connect', ok: false, ms: 0, ...mqttStepText('not-connected', {}) } as const;
      return { steps: [step], protocol: null, problem: problemOfFault(error) };
    }
  }

  async #startNode(): Promise<void> {
    const settings = this.#effective(this.#content.settings);
    this.#problem = null;
    if (!settings.isEnabled || this.#isStopped) return;
    let node: MqttNode | null = null;
    try {
      const external = settings.broker === 'external' ? await this.#external(settings, this.#content) : null;
      // Other machines are told the password: it must be the same after a restart.
      if (external === null) await saveMqttFile(this.#parts.file, this.#content);
      const { embedded } = this.#content;
      node = new MqttNode({
        ...this.#parts,
        settings,
        external,
        embedded,
        isDefault: this.#parts.environment.isDefault,
      });
      await node.start();
      this.#node = node;
    } catch (error) {
      await node?.stop();
      this.#problem = problemOfFault(error);
      this.#parts.logger.warn(
        { problem: messageOf(error) },
        'the MQTT mode could not be started; it is tried again',
      );
      this.#again = setTimeout(() => void this.#inTurn(() => this.#startNode()), AGAIN_MS).unref();
    }
  }

  async #stopNode(): Promise<void> {
    clearTimeout(this.#again);
    const node = this.#node;
    this.#node = null;
    await node?.stop();
  }

  async #external({ url, username, caFile }: MqttSettings, content: MqttFile): Promise<BrokerAddress> {
    if (url === null) throw new MqttFault(mqttProblem('url-missing', {}));
    const ca =
      caFile === null
        ? null
        : await readFile(caFile, 'utf8').catch((error: unknown) => cannotRead(caFile, error));
    return { url, username, password: this.#password(content), ca };
  }

  #effective(settings: MqttSettings): MqttSettings {
    const { settings: fixed, isWorker } = this.#parts.environment;
    return {
      ...settings,
      ...fixed,
      worker: { ...settings.worker, isEnabled: isWorker ?? settings.worker.isEnabled },
    };
  }

  /** The one that was saved is for the broker that it was saved for. */
  #password({ password, settings }: MqttFile): string | null {
    const { environment } = this.#parts;
    const isSame = this.#effective(settings).url === settings.url;
    return environment.password ?? (isSame ? password : null);
  }

  /** An absent password stays, but not for a broker elsewhere. */
  #with({ password, ...settings }: MqttSettingsInput): MqttFile {
    const isSame = settings.url === this.#content.settings.url;
    const kept = isSame ? this.#content.password : null;
    return {
      ...this.#content,
      settings,
      password: password === undefined ? kept : password === '' ? null : password,
    };
  }

  #check(input: MqttSettingsInput): void {
    const effective = this.#effective(input);
    const changed = Object.keys(this.#parts.environment.settings).filter(
      (name) => !isSame(name, input, effective),
    );
    const { environment } = this.#parts;
    if (environment.password !== null && input.password !== undefined) changed.push('password');
    if (environment.isWorker !== null && input.worker.isEnabled !== environment.isWorker)
      changed.push('worker.isEnabled');
    const details = changed.map((path) => ({
      path,
      message: 'comes from the environment and cannot be changed here',
    }));
    if (effective.broker === 'external' && effective.url === null)
      details.push({ path: 'url', message: 'the address of the broker is missing' });
    if (details.length === 0) return;
    const summary = details.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new AppError('INVALID_REQUEST', `The settings of the MQTT mode cannot be used. ${summary}.`, {
      details,
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

function isSame(name: string, one: MqttSettings, other: MqttSettings): boolean {
  const valueOf = (settings: MqttSettings): string => JSON.stringify(settings[name as keyof MqttSettings]);
  return valueOf(one) === valueOf(other);
}

function cannotRead(file: string, error: unknown): never {
  throw new MqttFault(mqttProblem('ca-unreadable', { file, reason: messageOf(error) }), error);
}
