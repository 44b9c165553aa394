/** The embedded engine's life: listen, load, serve, stop. Exit codes are the caller's to set. */
import { access, constants } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { EngineLog } from './engine-log.ts';
import type { EngineOptions } from './flag-table.ts';
import { HttpServer } from './http-server.ts';
import { loadModelHost } from './model-host.ts';
import type { ModelHost } from './model-host.ts';

export class Engine {
  readonly #options: EngineOptions;
  readonly #log: EngineLog;
  readonly #server: HttpServer;
  readonly #stopping = new AbortController();
  #loading: Promise<boolean> | undefined;
  #host: ModelHost | undefined;

  constructor(options: EngineOptions, log: EngineLog) {
    this.#options = options;
    this.#log = log;
    this.#server = new HttpServer({ apiKeys: options.apiKeys, log, host: () => this.#host });
  }

  get isLoading(): boolean {
    return this.#loading !== undefined && this.#host === undefined;
  }

  /** How the start ended: `failed` is explained in the log, `stopped` means that `stop` came first. */
  async start(): Promise<'serving' | 'failed' | 'stopped'> {
    const { host, port: wantedPort, apiKeys } = this.#options;
    this.#log.line('I', 'srv llama_server', 'initializing ...');
    if (apiKeys.length === 0) this.#log.line('W', 'srv llama_server', 'security: no API key is set');
    const port = await this.#listen();
    if (port === undefined) {
      this.#log.line(
        'E',
        'srv start',
        `couldn't bind HTTP server socket, hostname: ${host}, port: ${wantedPort}`,
      );
      return this.#giveUp('exiting due to HTTP server error');
    }
    this.#loading = this.#load();
    const isLoaded = await this.#loading;
    if (this.#stopping.signal.aborted) return 'stopped';
    if (!isLoaded) return this.#giveUp('exiting due to model loading error');
    this.#log.line('I', 'srv llama_server', 'model loaded');
    this.#log.line(
      'I',
      'srv llama_server',
      `listening on http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    );
    return 'serving';
  }

  /** Ends loading, connections and generations. The process must exit next: native memory is left to the system. */
  async stop(): Promise<void> {
    this.#log.line('I', 'srv operator()', 'operator(): cleaning up before exit...');
    this.#stopping.abort(new Error('the engine stops'));
    await Promise.all([this.#server.close(), this.#loading]);
  }

  async #listen(): Promise<number | undefined> {
    try {
      return await this.#server.listen(this.#options.host, this.#options.port);
    } catch {
      return undefined;
    }
  }

  async #load(): Promise<boolean> {
    const { signal } = this.#stopping;
    try {
      // Before llama.cpp is opened: a wrong path should not cost half a second.
      await access(this.#options.model, constants.R_OK);
      this.#host = await loadModelHost(this.#options, this.#log, signal);
      return true;
    } catch (error) {
      // llama.cpp's own lines come through a queue: they belong before ours.
      await setImmediate();
      if (!signal.aborted) this.#logLoadError(error);
      return false;
    }
  }

  #logLoadError(error: unknown): void {
    this.#log.raw(
      'E',
      `llama_model_load: error loading model: ${error instanceof Error ? error.message : String(error)}`,
    );
    this.#log.line('E', 'srv load_model', `failed to load model, '${this.#options.model}'`);
  }

  async #giveUp(reason: string): Promise<'failed'> {
    await this.stop();
    this.#log.line('E', 'srv llama_server', reason);
    return 'failed';
  }
}
