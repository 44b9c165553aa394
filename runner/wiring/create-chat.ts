/** Builds and joins the parts of the chat: store, endpoints, presets, sessions, answers, and their routes. Called by the composition root only. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Router } from 'express';
import type { ErrorCode } from '#contract/error-codes';
import { promptSchema } from '#contract/preset';
import { ChatService } from '../chat/chat-service.ts';
import type { ModelsPort } from '../chat/ports.ts';
import { createHttpTransport } from '../chat/http-transport.ts';
import { StreamRecorder } from '../chat/stream-recorder.ts';
import type { Config } from '../config.ts';
import { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import { AppError } from '../base/errors.ts';
import { KeyTable } from '../gateway/keys/key-table.ts';
import { markerFileIn, putMarker } from '../gateway/keys/keys-marker.ts';
import { endpointRoutes } from '../http/endpoint-routes.ts';
import { principalOf } from '../http/guard.ts';
import { historyRoutes } from '../http/history-routes.ts';
import { llmRoutes } from '../http/llm-routes.ts';
import { presetRoutes } from '../http/preset-routes.ts';
import { sessionRoutes } from '../http/session-routes.ts';
import type { SseConnection } from '../http/sse.ts';
import type { Logger } from '../base/logger.ts';
import { OnDemandError } from '../serving/on-demand/on-demand-error.ts';
import type { OnDemandCode } from '../serving/on-demand/on-demand-error.ts';
import { PresetStore } from '../chat/presets/preset-store.ts';
import { SessionStore } from '../chat/sessions/session-store.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';

const CHAT_CODES = {
  model_load_failed: 'ENDPOINT_OFFLINE',
  no_memory: 'ENDPOINT_OFFLINE',
  model_loading: 'ENDPOINT_LOADING',
  queue_full: 'ENDPOINT_LOADING',
  shutting_down: 'SHUTTING_DOWN',
} as const satisfies Record<OnDemandCode, ErrorCode>;

export interface ChatSide {
  store: Store;
  endpoints: EndpointRegistry;
  sessions: SessionStore;
  chat: ChatService;
  routers: readonly Router[];
  /** Files that could not be read. */
  readonly faults: readonly { file: string; message: string }[];
  /** After the data folder was taken: brings to an end what a killed runner left. */
  start: () => void;
  /** Ends the answers that are being written. */
  stop: () => Promise<void>;
  /** Last of all: whoever uses the store has ended. */
  close: () => Promise<void>;
}

export interface ChatSideParts {
  config: Config;
  logger: Logger;
  shippedPresets: string;
  connections: Set<SseConnection>;
  /** `OnDemand` is one. */
  onDemand: ModelsPort;
}

export function createChat(parts: ChatSideParts): ChatSide {
  const { config, logger, connections, onDemand } = parts;
  const { store, fault } = openStore(join(config.dataDir, 'store.db'), {
    // The gateway decides by its keys who gets in: a file whose keys cannot be read must be reported, whatever else it holds.
    prove: (opened) => void new KeyTable(opened).all(),
    // There may have been keys in it. Without the marker the next start would find a store that never had any.
    beforeSetAside: () => putMarker(markerFileIn(config.dataDir)),
  });
  const now = (): Date => new Date();
  const endpoints = new EndpointRegistry({
    store,
    now,
    logger,
    newId: shortId,
    environmentUrl: config.llmServer,
    isMqttDefault: config.mqtt.isDefault,
  });
  const presets = new PresetStore({
    now,
    newId: shortId,
    shippedDir: parts.shippedPresets,
    userDir: join(config.dataDir, 'presets'),
  });
  const sessions = new SessionStore({ store, now, newId: randomUUID });
  const recorder = new StreamRecorder(store, (error) =>
    logger.error({ err: error }, 'an answer could not be recorded'),
  );
  const chat = new ChatService({
    endpoints,
    presets,
    sessions,
    recorder,
    logger,
    settings: config.chat,
    models: {
      enter: (id) => onDemand.enter(id),
      load: loadingWith(onDemand),
    },
    transport: createHttpTransport(),
    newId: shortId,
  });
  const stopAnswering = (principal: string, id: string): Promise<void> => chat.stopSession(principal, id);

  const recoverTurns = (): void => {
    try {
      const cut = sessions.recover((streamId) =>
        streamId === null ? { content: '', reasoning: null } : recorder.textOf(streamId),
      );
      if (cut > 0) logger.warn({ cut }, 'answers that an earlier runner could not finish were marked as cut');
    } catch (error) {
      // A full disk: the next start tries again. Processes need their runner all the same.
      logger.error({ err: error }, 'answers that an earlier runner could not finish could not be marked');
    }
  };

  return {
    store,
    endpoints,
    sessions,
    chat,
    routers: [
      endpointRoutes({ endpoints }),
      presetRoutes({ presets }),
      sessionRoutes({
        sessions,
        principalOf,
        stopAnswering,
        promptOfPreset: (id) => promptSchema.strip().parse(presets.get(id)),
        defaultPresetOf: (id) => (id === null ? null : (endpoints.find(id)?.defaultPresetId ?? null)),
        checkEndpoint: (id) => void endpoints.get(id),
      }),
      // Before the seeds' chat routes: `/chat/session/history` is no session.
      historyRoutes({ sessions, principalOf, stopAnswering }),
      llmRoutes({ chat, endpoints, connections }),
    ],
    get faults() {
      return [...(fault === null ? [] : [fault]), ...presets.faults];
    },
    start() {
      presets.start();
      recoverTurns();
      chat.start();
      endpoints.start();
    },
    stop: () => chat.stop(),
    async close() {
      await endpoints.stop();
      if (store.isOpen) store.close();
    },
  };
}

/** What OnDemand throws, as the chat's clients read it. */
function loadingWith(onDemand: ModelsPort): ModelsPort['load'] {
  return async (endpointId, wait) => {
    try {
      return await onDemand.load(endpointId, wait);
    } catch (error) {
      throw error instanceof OnDemandError
        ? new AppError(CHAT_CODES[error.code], error.message, { cause: error })
        : error;
    }
  };
}

/** Short enough for an address, long enough not to be guessed. */
function shortId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 20);
}
