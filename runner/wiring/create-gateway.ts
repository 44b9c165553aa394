/** Builds and joins the parts of the gateway: keys, limits, accounting, routes, and `/v1` itself on one or two listeners. Called by the composition root only. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import cors from 'cors';
import express from 'express';
import type { Router } from 'express';
import type { GatewayModels } from '#contract/gateway';
import { isLoopback } from '../config.ts';
import type { Config } from '../config.ts';
import type { Serving } from '../serving/serving.ts';
import { Accounting } from '../gateway/accounting/accounting.ts';
import { Gateway } from '../gateway/gateway.ts';
import { isModelAllowed } from '../gateway/keys/key-scopes.ts';
import { KeyStore } from '../gateway/keys/key-store.ts';
import { markerFileIn } from '../gateway/keys/keys-marker.ts';
import type { AdmissionPort } from '../gateway/ports.ts';
import { Limits } from '../gateway/keys/limits.ts';
import type { RouteStore } from '../serving/models/route-store.ts';
import { AppError } from '../base/errors.ts';
import { gatewayRoutes } from '../http/gateway-routes.ts';
import { guardHost, guardOrigin, hostCheck } from '../http/guard.ts';
import { V1_HEADERS, v1Errors, v1Routes, withPlainPosts } from '../http/v1-routes.ts';
import type { Logger } from '../base/logger.ts';
import { listenOn } from '../base/listen.ts';
import type { Store } from '../store/open-store.ts';

export interface GatewaySide {
  /** `/v1` for the runner's own listener; has its own keys, so it stands before the token. */
  v1: Router;
  router: Router;
  accounting: Accounting;
  live: Gateway['live'];
  /** Listens on GATEWAY_PORT, where that is set. Answers its URL, null where it is not. */
  start: () => Promise<string | null>;
  /** Open streams end with an error event. */
  stop: () => Promise<void>;
}

/** `OnDemand` is one. */
interface OnDemandPort {
  overview(): Omit<GatewayModels, 'ok' | 'gatewayUrl' | 'locked'>;
}

export interface GatewaySideDeps {
  config: Config;
  logger: Logger;
  store: Store;
  serving: Serving;
  routes: RouteStore;
  onDemand: OnDemandPort;
}

export function createGateway(deps: GatewaySideDeps): GatewaySide {
  const { config, logger, store, serving, routes, onDemand } = deps;
  const now = (): Date => new Date();
  const onFault = (error: unknown): void =>
    logger.error({ err: error }, 'the gateway could not use its store');
  const keys = new KeyStore({
    store,
    markerFile: markerFileIn(config.dataDir),
    now,
    newId: () => randomUUID().slice(0, 13),
    environmentKeys: config.apiKeys,
    onFault,
  });
  const accounting = new Accounting({ store, now, onFault });
  const admission = admissionOf(new Limits({ keys, now }), keys);
  const gateway = new Gateway({
    serving,
    admission,
    accounting,
    logger,
    stallMs: config.chat.timeoutMs,
  });
  keys.changed.subscribe((id) => {
    const key = keys.list().find((known) => known.id === id);
    if (key === undefined || key.revokedAt !== null) gateway.cutKey(id);
  });
  let url: string | null = null;
  const gatewayId = randomUUID();
  const listener =
    config.gateway === null
      ? null
      : createServer(gatewayListener({ gateway, gatewayId, config, at: config.gateway }));

  return {
    // With a token even this machine's users are told apart: without a key nobody gets in.
    v1: v1Routes({
      gateway,
      gatewayId,
      isLoopbackListener: isLoopback(config.host) && config.token === null,
    }),
    router: gatewayRoutes({
      keys,
      routes,
      accounting,
      models: () => ({
        ...onDemand.overview(),
        gatewayUrl: url === null ? null : `${url}/v1`,
        locked: keys.locked,
      }),
      live: {
        list: () => gateway.live(),
        cancel: (id) => gateway.cancel(id),
      },
    }),
    accounting,
    live: () => gateway.live(),
    async start() {
      keys.start();
      accounting.start();
      gateway.start();
      if (listener !== null && config.gateway !== null)
        url = await listenOn(listener, { ...config.gateway, setting: 'GATEWAY_PORT' });
      return url;
    },
    async stop() {
      await gateway.stop();
      if (listener?.listening === true) await close(listener);
      keys.stop();
      accounting.stop();
    },
  };
}

/** The limits, and which models a key is shown. */
function admissionOf(limits: Limits, keys: KeyStore): AdmissionPort {
  return {
    identify: (caller) => limits.identify(caller),
    spend: (keyId, used) => limits.spend(keyId, used),
    async check(asked) {
      const admitted = await limits.check(asked);
      if (admitted.keyId === null) return admitted;
      const { models } = keys.get(admitted.keyId);
      return { ...admitted, canUse: (model) => isModelAllowed(models, model) };
    },
  };
}

interface ListenerParts {
  gateway: Gateway;
  gatewayId: string;
  config: Config;
  at: { host: string };
}

/** The listener to expose: nothing but `/v1` and `/health`. */
function gatewayListener({ gateway, gatewayId, config, at }: ListenerParts): RequestListener {
  const app = express();
  const isLoopbackListener = isLoopback(at.host);
  const allowedHosts = [...config.allowedHosts, at.host];
  // As on the runner's own listener: with a token even this machine's users are told apart.
  const parts = { gateway, gatewayId, isLoopbackListener: isLoopbackListener && config.token === null };
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Beyond this machine clients use whatever name it has, and a key keeps hostile pages out. On loopback there may be none.
  if (isLoopbackListener) app.use(guardHost(allowedHosts));
  app.use(guardOrigin(config.allowedOrigins));
  app.use(cors({ origin: [...config.allowedOrigins], exposedHeaders: [...V1_HEADERS], maxAge: 600 }));
  app.get('/health', (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.use(v1Routes(parts));
  app.use((req) => {
    throw new AppError('NOT_FOUND', `There is no ${req.path} here: this listener has /v1 and /health only.`);
  });
  app.use(v1Errors(gateway));
  return withPlainPosts(app, {
    ...parts,
    isHostAllowed: isLoopbackListener ? hostCheck(allowedHosts) : () => true,
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
