/** The topics of the older convention for one project: whole answers, with sessions of their own. A failure goes to a topic of its own. */
import { z } from 'zod';
import type { Logger } from '../../base/logger.ts';
import type { Incoming, MqttLink } from './mqtt-link.ts';
import type { ChatPort } from './ports.ts';
import { readJson } from './read-json.ts';
import { wireFault } from './request-fault.ts';

export interface LegacyParts {
  link: MqttLink;
  /** The topics are below it. */
  project: string;
  chat: ChatPort;
  version: string;
  onGarbage: () => void;
  logger: Pick<Logger, 'warn'>;
}

const levelSchema = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/);
const numberSchema = z.coerce.number().nullish();
const inputSchema = z.object({
  sessionId: levelSchema,
  message: z.string().min(1).max(4_000_000),
  temperature: numberSchema,
  topP: numberSchema,
  maxTokens: numberSchema,
  systemPrompt: z.string().max(200_000).nullish(),
  replyTopic: z.string().max(512).nullish(),
  clientId: levelSchema.nullish(),
  requestId: levelSchema.nullish(),
});
type Input = z.infer<typeof inputSchema>;
const templateSchema = z
  .object({
    sessionId: levelSchema.nullish(),
    systemPrompt: z.string().max(200_000).optional(),
    template: z.string().max(200_000).optional(),
  })
  .transform(({ sessionId, systemPrompt, template }) => ({
    sessionId: sessionId ?? null,
    prompt: systemPrompt ?? template ?? '',
  }));
const sessionSchema = z.object({ sessionId: levelSchema });

/** Topics that are read, of projects and prefixes within this one as well. */
const ORDERS = /\/(user_input|template|clear_history|delete_session|status)$|\/v1\//;
const HEARTBEAT_MS = 30_000;
const MOST_WAITING = 64;
const MOST_SEEN = 1_000;

export function legacyStatusTopic(project: string): string {
  return `${project}/status`;
}

export class LegacyProject {
  readonly #parts: LegacyParts;
  /** The last thing that was begun in each session: the next one waits for it. */
  readonly #sessions = new Map<string, Promise<void>>();
  readonly #seen = new Set<string>();
  #systemPrompt: string | null = null;
  #waiting = 0;
  #undo: (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(parts: LegacyParts) {
    this.#parts = parts;
  }

  start(): void {
    const { link, project } = this.#parts;
    const on = (topic: string, handle: (message: Incoming) => void): (() => void) =>
      link.subscribe(`${project}/${topic}`, handle);
    // One that the broker kept would be obeyed at every start. A template may be kept.
    const onNew = (topic: string, handle: (message: Incoming) => void): (() => void) =>
      on(topic, (message) => (message.isRetained ? this.#parts.onGarbage() : handle(message)));
    this.#undo = [
      onNew('user_input', (message) => this.#asked(message)),
      on('template', (message) => this.#template(message)),
      onNew('clear_history', (message) =>
        this.#ofSession(message, (principal, id) => this.#parts.chat.clear(principal, id)),
      ),
      onNew('delete_session', (message) =>
        this.#ofSession(message, (principal, id) => this.#parts.chat.remove(principal, id)),
      ),
      link.changed.subscribe(() => void this.#sayStatus('online')),
    ];
    this.#heartbeat = setInterval(() => void this.#sayStatus('online'), HEARTBEAT_MS).unref();
    void this.#sayStatus('online');
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const undo of this.#undo) undo();
    await this.#sayStatus('offline');
  }

  #asked({ payload }: Incoming): void {
    const input = read(inputSchema, payload);
    if (input === null) return this.#parts.onGarbage();
    if (this.#isKnown(input)) return;
    if (this.#waiting >= MOST_WAITING) {
      return void this.#fail(input, {
        code: 'queue_full',
        message: 'Too many requests wait in this project. Try again later.',
      });
    }
    this.#remember(input);
    this.#waiting += 1;
    this.#inSession(input.sessionId, async () => {
      await this.#answer(input).finally(() => (this.#waiting -= 1));
    });
  }

  async #answer(input: Input): Promise<void> {
    const { chat, link } = this.#parts;
    try {
      const text = await chat.ask({
        principal: this.#principal,
        sessionId: input.sessionId,
        message: input.message,
        systemPrompt: input.systemPrompt ?? this.#systemPrompt,
        temperature: input.temperature ?? null,
        topP: input.topP ?? null,
        maxTokens: input.maxTokens ?? null,
      });
      await link.publish(this.#replyTopic(input), text);
    } catch (error) {
      await this.#fail(input, wireFault(error));
    }
  }

  /** Never on the topic of answers: who reads only that must not take it for one. */
  async #fail(input: Input, error: { code: string; message: string }): Promise<void> {
    const { sessionId, requestId = null } = input;
    await this.#parts.link
      .publish(`${this.#replyTopic(input)}/error`, { error, sessionId, requestId })
      .catch(() => undefined);
  }

  /** The project's prompt for sessions without one, or that of one session. */
  #template({ payload }: Incoming): void {
    const text = payload.toString('utf8');
    const found = text.trimStart().startsWith('{')
      ? read(templateSchema, payload)
      : { sessionId: null, prompt: text };
    if (found === null) return this.#parts.onGarbage();
    const { sessionId, prompt } = found;
    if (sessionId === null) this.#systemPrompt = prompt === '' ? null : prompt;
    else this.#inSession(sessionId, () => this.#parts.chat.setPrompt(this.#principal, sessionId, prompt));
  }

  #ofSession({ payload }: Incoming, work: (principal: string, sessionId: string) => Promise<void>): void {
    const found = read(sessionSchema, payload);
    if (found === null) return this.#parts.onGarbage();
    this.#inSession(found.sessionId, () => work(this.#principal, found.sessionId));
  }

  /** One thing at a time in each session. */
  #inSession(id: string, work: () => Promise<void>): void {
    const { logger, project } = this.#parts;
    const before = this.#sessions.get(id) ?? Promise.resolve();
    const next = before
      .then(work)
      .catch((error: unknown) =>
        logger.warn({ problem: String(error), project }, 'an MQTT project could not do as it was told'),
      );
    this.#sessions.set(id, next);
    void next.finally(() => this.#sessions.get(id) === next && this.#sessions.delete(id));
  }

  /** A broker may deliver twice. Requests without an id cannot be told apart. */
  #isKnown({ sessionId, requestId }: Input): boolean {
    return Boolean(requestId) && this.#seen.has(`${sessionId} ${requestId}`);
  }

  #remember({ sessionId, requestId }: Input): void {
    if (!requestId) return;
    this.#seen.add(`${sessionId} ${requestId}`);
    const oldest = this.#seen.values().next().value;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** A topic of the client's choice lies in the project, and is none that we read. */
  #replyTopic({ replyTopic, sessionId, clientId, requestId }: Input): string {
    const { project } = this.#parts;
    const isOurs = ORDERS.test(replyTopic?.slice(project.length) ?? '');
    if (replyTopic && replyTopic.startsWith(`${project}/`) && !/[+#\0]/.test(replyTopic) && !isOurs)
      return replyTopic;
    const rest = clientId && requestId ? `/${clientId}/${requestId}` : '';
    return `${project}/assistant_response/${sessionId}${rest}`;
  }

  async #sayStatus(status: 'online' | 'offline'): Promise<void> {
    const { link, project, version } = this.#parts;
    if (link.state !== 'connected') return;
    const news = { status, project, version, waiting: this.#waiting, timestamp: new Date().toISOString() };
    await link.publish(legacyStatusTopic(project), news, { isRetained: true }).catch(() => undefined);
  }

  get #principal(): string {
    return `mqtt:${this.#parts.project}`;
  }
}

function read<Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.infer<Schema> | null {
  try {
    return schema.safeParse(readJson(payload)).data ?? null;
  } catch {
    return null;
  }
}
