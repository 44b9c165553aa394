/** The composition root: config → parts → app → listen. The only place where parts are built and joined. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LaunchTarget, RecipeContext, ServerForm } from '#contract/launch-form';
import type { Diagnosis, Exit } from '#contract/process';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { createChat } from './wiring/create-chat.ts';
import { createEndpoints } from './wiring/create-endpoints.ts';
import { createServing } from './wiring/create-serving.ts';
import { KeyTable } from './gateway/keys/key-table.ts';
import { markerFileIn, putMarker } from './gateway/keys/keys-marker.ts';
import { openStore } from './store/open-store.ts';
import { createGateway } from './wiring/create-gateway.ts';
import { createMqtt } from './wiring/create-mqtt.ts';
import { createTunnels } from './wiring/create-tunnels.ts';
import { createOnDemand } from './wiring/create-on-demand.ts';
import { Tickets } from './http/guard.ts';
import { launchRoutes } from './http/launch-routes.ts';
import { logRoutes } from './http/log-routes.ts';
import { countGateway } from './http/gateway-metrics.ts';
import { createMetrics } from './http/metrics.ts';
import { processRoutes } from './http/process-routes.ts';
import { profileRoutes } from './http/profile-routes.ts';
import { runnerRoutes } from './http/runner-routes.ts';
import type { SseConnection } from './http/sse.ts';
import { staticUi } from './http/static-ui.ts';
import { streamRoutes } from './http/stream-routes.ts';
import { systemRoutes } from './http/system-routes.ts';
import { InstanceLock } from './base/instance-lock.ts';
import { diagnoseCrash } from './launch/diagnose-crash.ts';
import { announceServers } from './wiring/launched-servers.ts';
import { withoutSecrets } from './launch/without-secrets.ts';
import { listenOn } from './base/listen.ts';
import { createLogger } from './base/logger.ts';
import { LogHub } from './running/logs/log-hub.ts';
import type { ProcessSpec } from './running/processes/process-spec.ts';
import { Supervisor } from './running/processes/supervisor.ts';
import { createProfileStore } from './profiles/profile-store.ts';
import { chooseShimProgram } from './wiring/shim-program.ts';
import { SpecBuilder } from './wiring/spec-builder.ts';
import { startProfiles } from './wiring/start-profiles.ts';
import { createSystem } from './system/system.ts';

const REPOSITORY = join(import.meta.dirname, '..');

export interface Runner {
  /** Adopts what lives in the data folder, listens. Resolves with the URL; rejects with a message for the user. */
  start: () => Promise<string>;
  /** Ends the processes (or leaves them), the streams and the listener. A second call only shortens the first. */
  stop: (options: { keepProcesses: boolean; graceMs?: number | undefined }) => Promise<void>;
  readonly runningCount: number;
  /** The gateway's own listener, once started; null: it has none. */
  readonly gatewayUrl: string | null;
}

/** Takes the data folder before anything in it is touched. Throws with a message for the user. */
export function createRunner(config: Config): Runner {
  const lock = new InstanceLock(config.dataDir);
  lock.take();
  try {
    return build(config, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function build(config: Config, lock: InstanceLock): Runner {
  const version = readVersion();
  const logger = createLogger({ level: config.logLevel, file: join(config.dataDir, 'runner.log') });
  const logs = new LogHub(config.dataDir);
  const diagnose = async ({ id, recipe, target }: ProcessSpec, exit: Exit): Promise<Diagnosis | null> => {
    // Why an ssh ended its tunnel says.
    if (recipe === 'ssh-tunnel') return null;
    return diagnoseCrash({
      recipe,
      exit,
      form: serverFormOf(target),
      lastLines: await logs.lastLinesOfRun(id, 100),
    });
  };
  const supervisor = new Supervisor({
    dataDir: config.dataDir,
    shim: chooseShimProgram(join(config.dataDir, 'cache', 'node')),
    limits: config.logLimits,
    random: Math.random,
    watchLines: (target, onText) => logs.watchLines(target, onText),
    diagnose,
  });
  const connections = new Set<SseConnection>();
  const { store, fault: storeFault } = openStore(join(config.dataDir, 'store.db'), {
    // The gateway decides by its keys who gets in: a file whose keys cannot be read must be reported, whatever else it holds.
    prove: (opened) => void new KeyTable(opened).all(),
    // There may have been keys in it. Without the marker the next start would find a store that never had any.
    beforeSetAside: () => putMarker(markerFileIn(config.dataDir)),
  });
  const endpoints = createEndpoints(store, config, logger);
  supervisor.logGrew.subscribe(({ id, end }) => logs.announce(id, end));
  supervisor.removed.subscribe((id) => logs.forget(id));

  const profiles = createProfileStore({
    file: join(config.dataDir, 'profiles.json'),
    now: () => new Date(),
    newId: randomUUID,
    withoutSecrets,
  });
  const system = createSystem({
    version,
    dataDir: config.dataDir,
    modelDirs: config.modelDirs,
    llamaServer: config.llamaServer,
    shippedModelsDir: join(REPOSITORY, 'presets', 'models'),
    searchPath: process.env['PATH'] ?? '',
    faults: () => [
      ...supervisor.faults,
      ...profiles.faults,
      ...(storeFault === null ? [] : [storeFault]),
      ...chat.faults,
      ...tunnels.faults,
      ...mqtt.faults,
    ],
  });

  const engine = join(import.meta.dirname, 'engine', 'main.ts');
  const recipeContext = async (host: string): Promise<RecipeContext> => ({
    platform: process.platform,
    cores: availableParallelism(),
    binaries: { ...system.programs(), node: process.execPath, engine },
    freePort: await supervisor.freePort(host),
  });
  const specs = new SpecBuilder({ recipeContext, allowedCommands: config.allowedCommands });
  const launcher = createOnDemand({ config, logger, supervisor, specs, profiles, endpoints, diagnose });
  const { onDemand } = launcher;
  const servingSide = createServing({ config, logger, store, endpoints, onDemand });
  const { serving, routes } = servingSide;
  const chat = createChat({
    config,
    logger,
    connections,
    store,
    endpoints,
    serving,
    shippedPresets: join(REPOSITORY, 'presets', 'prompts'),
  });
  const gateway = createGateway({ config, logger, store, serving, routes, onDemand });
  const { tunnels, router: tunnelRouter } = createTunnels({
    dataDir: config.dataDir,
    supervisor,
    logs,
    endpoints,
  });
  const mqtt = createMqtt({ config, logger, chat, endpoints, serving, supervisor, version });

  const tickets = new Tickets();
  const metrics = createMetrics({ supervisor, viewerCount: () => connections.size });
  countGateway(metrics, { finished: gateway.accounting.finished, live: gateway.live });
  const app = createApp({
    logger,
    allowedHosts: [...config.allowedHosts, config.host],
    allowedOrigins: config.allowedOrigins,
    token: config.token,
    apiKeys: config.apiKeys,
    tickets,
    v1: gateway.v1,
    page: staticUi(join(REPOSITORY, 'ui', 'dist')),
    routers: [
      runnerRoutes({
        supervisor,
        tickets,
        metrics,
        version,
      }),
      processRoutes({
        supervisor,
        specs,
      }),
      streamRoutes({
        supervisor,
        logs,
        connections,
        news: {
          endpoints: endpoints,
          sessions: chat.sessions,
          tunnels,
        },
      }),
      logRoutes({
        supervisor,
        logs,
      }),
      launchRoutes({
        recipeContext,
        defaultRecipe: () => (system.programs().llamaServer === null ? 'embedded' : 'llama-server'),
        demoModel: system.demoModel,
      }),
      profileRoutes({ profiles }),
      systemRoutes(system),
      ...chat.routers,
      gateway.router,
      mqtt.router,
      tunnelRouter,
    ],
  });
  const server = createServer(app);

  const closeStore = async (): Promise<void> => {
    await endpoints.stop();
    if (store.isOpen) store.close();
  };
  let gatewayUrl: string | null = null;
  return {
    get gatewayUrl() {
      return gatewayUrl;
    },
    get runningCount() {
      return supervisor.runningCount;
    },
    async start() {
      // Before anything is adopted or started again: a runner that cannot listen must leave everything as it is.
      await proveListening(config).catch((error: unknown) => {
        lock.release();
        throw error;
      });
      servingSide.start();
      chat.start();
      endpoints.start();
      gatewayUrl = await gateway.start().catch(async (error: unknown) => {
        await closeStore();
        lock.release();
        throw error;
      });
      await supervisor.start();
      announceServers(supervisor, endpoints);
      await tunnels.start();
      await profiles.start();
      await launcher.start();
      for (const fault of [
        ...supervisor.faults,
        ...profiles.faults,
        ...(storeFault === null ? [] : [storeFault]),
        ...chat.faults,
        ...tunnels.faults,
        ...mqtt.faults,
      ])
        logger.warn(fault, 'a file was skipped');
      const url = await listenOn(server, config);
      lock.describe(url);
      await mqtt.start();
      await startProfiles(profiles.list(), { supervisor, specs, logger });
      return url;
    },
    async stop({ keepProcesses, graceMs }) {
      // First: whoever waits for a model hears of it, and an open stream would keep its server from ending.
      launcher.stop();
      await Promise.all([mqtt.stop(), chat.stop(), gateway.stop(), tunnels.stop()]);
      await supervisor.stop({ keepProcesses, ...(graceMs === undefined ? {} : { graceMs }) });
      await Promise.all([...connections].map((connection) => connection.end()));
      await closeServer(server);
      await servingSide.stop();
      await closeStore();
      lock.release();
    },
  };
}

/** Lets the answers that are on their way go out, for a second at the most. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const giveUp = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(giveUp);
}

async function proveListening(at: { host: string; port: number }): Promise<void> {
  const probe = createServer();
  await listenOn(probe, at);
  await new Promise((resolve) => probe.close(resolve));
}

function serverFormOf(target: LaunchTarget | null): ServerForm | undefined {
  return target !== null && 'model' in target.form ? target.form : undefined;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
