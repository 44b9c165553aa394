/** Builds and joins the parts of the MQTT mode: local endpoints for its worker, workers as endpoints, chat sessions for the older topics. Called by the composition root only. */
import { join } from 'node:path';
import type { Router } from 'express';
import type { Endpoint } from '#contract/endpoint';
import { promptSchema } from '#contract/preset';
import { createHttpTransport } from '../chat/http-transport.ts';
import type { Config } from '../config.ts';
import type { ChatSide } from './create-chat.ts';
import { mqttRoutes } from '../http/mqtt-routes.ts';
import type { Logger } from '../base/logger.ts';
import { MqttService } from '../remote/mqtt/mqtt-service.ts';
import type { ChatPort, LocalServersPort, Offer, ProcessesPort } from '../remote/mqtt/ports.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';

export interface MqttSideParts {
  config: Config;
  logger: Logger;
  chat: ChatSide;
  supervisor: Supervisor;
  version: string;
}

export interface MqttSide {
  router: Router;
  readonly faults: MqttService['faults'];
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Of servers that tell no slots: most answer several at once, and one that does not lets the few others wait itself. */
const UNKNOWN_SLOTS = 4;

export function createMqtt({ config, logger, chat, supervisor, version }: MqttSideParts): MqttSide {
  const transport = createHttpTransport();
  const { endpoints } = chat;
  const mqtt = new MqttService({
    logger,
    version,
    environment: config.mqtt,
    timeoutMs: config.chat.timeoutMs,
    file: join(config.dataDir, 'mqtt.json'),
    servers: serversOf(chat, transport),
    endpoints: {
      set: (list) =>
        endpoints.setGiven(
          'mqtt',
          list.map(({ id, model, baseUrl, apiKey }) => ({
            id,
            source: 'mqtt',
            name: `${model} (MQTT)`,
            baseUrl,
            apiKey,
          })),
        ),
      refresh: (id) => endpoints.reportFailure(id),
    },
    chat: chatPortOf(chat),
    processes: processesOf(supervisor),
  });
  return {
    router: mqttRoutes({ mqtt }),
    get faults() {
      return mqtt.faults;
    },
    start: () => mqtt.start(),
    async stop() {
      await mqtt.stop();
      await transport.close();
    },
  };
}

function serversOf(
  { endpoints }: ChatSide,
  transport: ReturnType<typeof createHttpTransport>,
): LocalServersPort {
  return {
    offers: (chosen) =>
      endpoints
        .list()
        .filter((endpoint) => isServed(endpoint, chosen))
        .flatMap(offersOf),
    onChange: (listener) => endpoints.changed.subscribe(listener),
    ask({ endpointId, model, body, timeoutMs, signal }) {
      const { endpoint, apiKey } = endpoints.target(endpointId);
      const { return_progress: wantsProgress, ...rest } = body;
      return transport.stream({
        upstream: {
          baseUrl: endpoint.baseUrl,
          apiKey,
        },
        body: {
          ...rest,
          model: ownName(endpoint, model),
          stream: true,
          stream_options: { include_usage: true },
          ...(endpoint.slots === null || wantsProgress === undefined
            ? {}
            : { return_progress: wantsProgress }),
        },
        timeoutMs,
        signal,
      });
    },
  };
}

/** What workers elsewhere serve, or another gateway does, must not come round in a circle; an endpoint that was chosen by its id may be behind a tunnel. */
function isServed({ id, status, source, isGateway }: Endpoint, chosen: readonly string[] | null): boolean {
  if (status !== 'online' || source === 'mqtt') return false;
  return chosen === null ? source !== 'tunnel' && isGateway !== true : chosen.includes(id);
}

function offersOf(endpoint: Endpoint): Offer[] {
  const { id, models, model, slots, context, vision } = endpoint;
  const names = models.length > 0 ? models : model === null ? [] : [model];
  return names.map((name) => ({
    model: withoutFolder(name),
    endpointId: id,
    slots: slots ?? UNKNOWN_SLOTS,
    context,
    vision,
  }));
}

function ownName({ models }: Endpoint, model: string): string {
  return models.find((name) => withoutFolder(name) === model) ?? model;
}

/** llama-server names a model by its whole path, which is nobody's business but its machine's. */
function withoutFolder(model: string): string {
  return /\.gguf$/i.test(model) ? (model.split(/[\\/]/).at(-1) ?? model) : model;
}

function chatPortOf({ chat, sessions }: ChatSide): ChatPort {
  const remove = async (principal: string, id: string): Promise<void> => {
    await chat.stopSession(principal, id);
    if (sessions.find(principal, id) !== null) sessions.remove(principal, id);
  };
  return {
    async ask({ principal, sessionId, message, systemPrompt, temperature, topP, maxTokens }) {
      const request = {
        session_id: sessionId,
        message,
        temperature,
        top_p: topP,
        max_tokens: maxTokens,
        system_prompt: systemPrompt,
      };
      return (await chat.sessionChat(principal, request).response).response;
    },
    async setPrompt(principal, sessionId, system) {
      const known = sessions.find(principal, sessionId);
      if (known !== null) sessions.change(principal, sessionId, { prompt: { ...known.prompt, system } });
      else
        sessions.create(principal, { ...NO_CHOICE, id: sessionId, prompt: promptSchema.parse({ system }) });
    },
    async clear(principal, id) {
      const known = sessions.find(principal, id);
      if (known === null) return;
      await remove(principal, id);
      sessions.create(principal, { ...known, id });
    },
    remove,
  };
}

const NO_CHOICE = { endpointId: null, model: null, presetId: null };

function processesOf(supervisor: Supervisor): ProcessesPort {
  return {
    list: () =>
      supervisor.list().map(({ id, state, recipe, pid, run, port, startedAt, restarts, exit }) => ({
        id,
        state,
        payload: {
          recipe,
          pid,
          run,
          port,
          startedAt,
          restarts,
          exit,
        },
      })),
    onChange(listener) {
      const undo = [
        supervisor.changed.subscribe(() => listener()),
        supervisor.removed.subscribe(() => listener()),
      ];
      return () => undo.forEach((leave) => leave());
    },
  };
}
