/** Builds and joins the parts of the gateway: keys, limits, accounting, routes, and `/v1` itself on one or two listeners. Called by the composition root only. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import express from 'express';
import type { Express, Router } from 'express';
import { isLoopback } from './config.ts';
import type { Config } from './config.ts';
import type { EndpointRegistry } from './endpoints/endpoint-registry.ts';
import { Accounting } from './gateway/accounting.ts';
import { Gateway } from './gateway/gateway.ts';
import { isModelAllowed } from './gateway/key-scopes.ts';
import { KeyStore } from './gateway/key-store.ts';
import type { AdmissionPort } from './gateway/ports.ts';
import { Limits } from './gateway/limits.ts';
import { RouteStore } from './gateway/route-store.ts';
import { AppError } from './errors.ts';
import { gatewayRoutes } from './http/gateway-routes.ts';
import { guardHost, guardOrigin } from './http/guard.ts';
import { v1Errors, v1Routes } from './http/v1-routes.ts';
import type { Logger } from './logger.ts';
import { listenOn } from './listen.ts';
import type { Store } from './store/open-store.ts';

export interface GatewaySide {
  /** `/v1` for the runner's own listener; has its own keys, so it stands before the token. */
  v1: Router;
  router: Router;
  accounting: Accounting;
  /** Listens on GATEWAY_PORT, where that is set. Answers its URL, null where it is not. */
  start: () => Promise<string | null>;
  /** Open streams end with an error event. */
  stop: () => Promise<void>;
}

export function createGateway(parts: { config: Config; logger: Logger; store: Store; endpoints: EndpointRegistry }): GatewaySide {
  const { config, logger, store, endpoints } = parts;
  const now = (): Date => new Date();
  const onFault = (error: unknown): void => logger.error({ err: error }, 'the gateway could not use its store');
  const keys = new KeyStore({ store, now, onFault, newId: () => randomUUID().slice(0, 13), environmentKeys: config.apiKeys });
  const routes = new RouteStore({ store, onFault });
  const accounting = new Accounting({ store, now, onFault });
  const admission = admissionOf(new Limits({ keys, now }), keys);
  const gateway = new Gateway({ endpoints, routes, admission, accounting, logger, timeoutMs: config.chat.timeoutMs });
  const listener = config.gateway === null ? null : createServer(gatewayApp(gateway, config));

  return {
    // With a token even this machine's users are told apart: without a key nobody gets in.
    v1: v1Routes({ gateway, isLoopbackListener: isLoopback(config.host) && config.token === null }),
    router: gatewayRoutes({
      ...{ keys, routes, accounting },
      models: () => ({ models: [], budgetMb: config.modelMemoryMb, usedMb: 0, queueLimit: config.queueLimit, gatewayUrl: null }),
      live: { list: () => gateway.live(), cancel: (id) => gateway.cancel(id) },
    }),
    accounting,
    async start() {
      keys.start();
      routes.start();
      accounting.start();
      gateway.start();
      return listener === null || config.gateway === null ? null : listenOn(listener, { ...config.gateway, setting: 'GATEWAY_PORT' });
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

/** The listener to expose: nothing but `/v1` and `/health`. */
function gatewayApp(gateway: Gateway, config: Config): Express {
  const app = express();
  const isLoopbackListener = config.gateway !== null && isLoopback(config.gateway.host);
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Beyond this machine clients use whatever name it has, and a key keeps hostile pages out. On loopback there may be none.
  if (isLoopbackListener) app.use(guardHost([...config.allowedHosts, config.gateway?.host ?? '']));
  app.use(guardOrigin(config.allowedOrigins));
  app.get('/health', (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.use(v1Routes({ gateway, isLoopbackListener }));
  app.use((req) => {
    throw new AppError('NOT_FOUND', `There is no ${req.path} here: this listener has /v1 and /health only.`);
  });
  app.use(v1Errors(gateway));
  return app;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
