/** Builds and joins the parts of the chat: presets, sessions, answers, and their routes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Router } from 'express';
import { promptSchema } from '#contract/preset';
import { ChatService } from '../chat/chat-service.ts';
import { StreamRecorder } from '../chat/stream-recorder.ts';
import type { Config } from '../config.ts';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import { endpointRoutes } from '../http/endpoint-routes.ts';
import { principalOf } from '../http/guard.ts';
import { historyRoutes } from '../http/history-routes.ts';
import { llmRoutes } from '../http/llm-routes.ts';
import { presetRoutes } from '../http/preset-routes.ts';
import { sessionRoutes } from '../http/session-routes.ts';
import type { SseConnection } from '../http/sse.ts';
import type { Logger } from '../base/logger.ts';
import { PresetStore } from '../chat/presets/preset-store.ts';
import { SessionStore } from '../chat/sessions/session-store.ts';
import { countTokens } from '../serving/completions/count-tokens.ts';
import type { Serving } from '../serving/serving.ts';
import type { Store } from '../store/open-store.ts';
import { shortId } from './short-id.ts';

export interface ChatSide {
  sessions: SessionStore;
  chat: ChatService;
  routers: readonly Router[];
  /** Files that could not be read. */
  readonly faults: readonly { file: string; message: string }[];
  /** After the data folder was taken: brings to an end what a killed runner left. */
  start: () => void;
  /** Ends the answers that are being written. */
  stop: () => Promise<void>;
}

export interface ChatSideDeps {
  config: Config;
  logger: Logger;
  shippedPresets: string;
  connections: Set<SseConnection>;
  store: Store;
  endpoints: EndpointRegistry;
  serving: Serving;
}

export function createChat(deps: ChatSideDeps): ChatSide {
  const { config, logger, connections, store, endpoints, serving } = deps;
  const now = (): Date => new Date();
  const presets = new PresetStore({
    now,
    newId: shortId,
    shippedDir: deps.shippedPresets,
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
    serving,
    countTokens: (target, texts, signal) => countTokens(serving, { target, texts, signal }),
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
      // Before the routes of one session: `/chat/session/history` is no session.
      historyRoutes({ sessions, principalOf, stopAnswering }),
      llmRoutes({ chat, endpoints, connections }),
    ],
    get faults() {
      return presets.faults;
    },
    start() {
      presets.start();
      recoverTurns();
      chat.start();
    },
    stop: () => chat.stop(),
  };
}
