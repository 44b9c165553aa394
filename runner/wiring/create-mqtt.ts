/** Builds and joins the parts of the MQTT mode: local endpoints for its worker, workers as endpoints, chat sessions for the older topics. */
import { join } from 'node:path';
import type { Router } from 'express';
import type { Endpoint } from '#contract/endpoint';
import { promptSchema } from '#contract/preset';
import { openCompletion } from '../serving/completions/open-completion.ts';
import type { Delta } from '../serving/completions/delta.ts';
import { deltasOf } from '../serving/completions/read-deltas.ts';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import { withoutFolder } from '../serving/models/models-of-endpoints.ts';
import type { Serving } from '../serving/serving.ts';
import type { Target } from '../serving/serving-request.ts';
import type { Config } from '../config.ts';
import type { ChatSide } from './create-chat.ts';
import { mqttRoutes } from '../http/mqtt-routes.ts';
import type { Logger } from '../base/logger.ts';
import { MqttService } from '../remote/mqtt/mqtt-service.ts';
import type { ChatPort, LocalServersPort, ServerCall, Offer, ProcessesPort } from '../remote/mqtt/ports.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';

export interface MqttSideDeps {
  config: Config;
  logger: Logger;
  chat: ChatSide;
  endpoints: EndpointRegistry;
  serving: Serving;
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

export function createMqtt(deps: MqttSideDeps): MqttSide {
  const { config, logger, chat, endpoints, serving, supervisor, version } = deps;
  const mqtt = new MqttService({
    logger,
    version,
    environment: config.mqtt,
    timeoutMs: config.chat.timeoutMs,
    file: join(config.dataDir, 'mqtt.json'),
    servers: serversOf(endpoints, serving),
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
    stop: () => mqtt.stop(),
  };
}

function serversOf(endpoints: EndpointRegistry, serving: Serving): LocalServersPort {
  return {
    offers: (chosen) =>
      endpoints
        .list()
        .filter((endpoint) => isServed(endpoint, chosen))
        .flatMap(offersOf),
    onChange: (listener) => endpoints.changed.subscribe(listener),
    ask: (call) => askLocal(serving, endpoints.target(call.endpointId), call),
  };
}

/** The worker chose the endpoint: no other stands in for it. */
async function* askLocal(
  serving: Serving,
  { endpoint }: Target,
  { model, body, signal }: ServerCall,
): AsyncGenerator<readonly Delta[]> {
  const name = ownName(endpoint, model);
  const { return_progress: wantsProgress, ...rest } = body;
  const response = await openCompletion(serving, {
    chain: serving.catalog.chosen({ endpointId: endpoint.id, model: name, canStandIn: () => false }),
    body: async () => ({
      ...rest,
      model: name,
      stream: true,
      stream_options: { include_usage: true },
      // Other servers may refuse fields that they do not know.
      ...(endpoint.slots === null || wantsProgress === undefined ? {} : { return_progress: wantsProgress }),
    }),
    conversation: () => null,
    onPlace: () => {},
    onAsk: () => {},
    signal,
  });
  yield* deltasOf(response);
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
