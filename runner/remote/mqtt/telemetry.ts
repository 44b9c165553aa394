/** Publishes the runner's processes, retained: state and health for dashboards, and where wished so that Home Assistant finds them by itself. */
import type { MqttLink } from './mqtt-link.ts';
import type { ProcessesPort } from './ports.ts';
import { topicWord } from './topics.ts';
import type { Topics } from './topics.ts';

export interface TelemetryParts {
  link: MqttLink;
  topics: Topics;
  /** One level of a topic, the same with every start. */
  runner: string;
  version: string;
  processes: ProcessesPort;
  isHomeAssistant: boolean;
}

export class Telemetry {
  readonly #parts: TelemetryParts;
  /** What was told of each process. */
  readonly #told = new Map<string, string>();
  #undo: (() => void)[] = [];

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
  }

  start(): void {
    const { link, processes } = this.#parts;
    this.#undo = [
      processes.onChange(() => this.#tell()),
      link.changed.subscribe(() => {
        if (link.state !== 'connected') return;
        // A broker that was restarted may have forgotten it.
        this.#told.clear();
        this.#tell();
      }),
    ];
    this.#tell();
  }

  stop(): void {
    for (const undo of this.#undo) undo();
    this.#publish('status', { status: 'offline' });
  }

  #tell(): void {
    const { link, processes, version } = this.#parts;
    if (link.state !== 'connected') return;
    if (this.#told.size === 0) this.#publish('status', { status: 'online', version });
    const list = processes.list();
    for (const { id, state, payload } of list) {
      const text = JSON.stringify({ id, state, ...payload });
      if (this.#told.get(id) === text) continue;
      if (!this.#told.has(id)) this.#discover(id, this.#discoveryOf(id));
      this.#told.set(id, text);
      this.#publish(`processes/${topicWord(id)}`, text);
    }
    for (const id of this.#told.keys()) {
      if (list.some((process) => process.id === id)) continue;
      this.#told.delete(id);
      this.#publish(`processes/${topicWord(id)}`, '');
      this.#discover(id, null);
    }
  }

  #publish(rest: string, payload: string | object): void {
    const { link, topics, runner } = this.#parts;
    link.publish(topics.runner(runner, rest), payload, { isRetained: true }).catch(() => undefined);
  }

  /** An empty message takes it away there, too. */
  #discover(id: string, config: object | null): void {
    const { link, isHomeAssistant } = this.#parts;
    if (!isHomeAssistant) return;
    link
      .publish(`homeassistant/sensor/${this.#uniqueId(id)}/config`, config ?? '', { isRetained: true })
      .catch(() => undefined);
  }

  #uniqueId(id: string): string {
    return `llm_${this.#parts.runner}_${id}`.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  }

  /** https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery */
  #discoveryOf(id: string): object {
    const { topics, runner, version } = this.#parts;
    return {
      name: id,
      unique_id: this.#uniqueId(id),
      icon: 'mdi:robot',
      value_template: '{{ value_json.state }}',
      state_topic: topics.runner(runner, `processes/${topicWord(id)}`),
      json_attributes_topic: topics.runner(runner, `processes/${topicWord(id)}`),
      availability: [
        {
          topic: topics.runner(runner, 'status'),
          value_template: '{{ value_json.status }}',
        },
      ],
      device: {
        identifiers: [`llm_${runner}`],
        name: `LLM Server Manager ${runner}`,
        sw_version: version,
      },
    };
  }
}
