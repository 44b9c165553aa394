/** Owns the tunnels: makes, changes, starts, stops and removes them, takes up those that an earlier runner left, and tells what changed. */
import { tunnelInputSchema } from '#contract/tunnel';
import type { Tunnel, TunnelInput, TunnelSetup, TunnelTest } from '#contract/tunnel';
import { AppError } from '../../base/errors.ts';
import { Signal } from '../../base/signal.ts';
import { forgetHostKey } from './forget-host-key.ts';
import { publicKeyOf } from './identity-file.ts';
import { ManagedTunnel } from './managed-tunnel.ts';
import type { MakeSetup, SshRuns } from './ports.ts';
import { testTunnel } from './test-tunnel.ts';
import { TIMING } from './timing.ts';
import type { TunnelTiming } from './timing.ts';
import { mergedTunnel, needsNewConnection, refuseTwin } from './tunnel-rules.ts';
import { TunnelStore } from './tunnel-store.ts';

const PREFIX = 'tunnel-';
const TEST_PREFIX = `${PREFIX}test-`;

export interface TunnelRegistryParts {
  file: string;
  knownHosts: string;
  ssh: SshRuns;
  setup: MakeSetup;
  /** Throws AppError for a change that is not valid. */
  validate: (value: Record<string, unknown>) => TunnelInput;
  newId: () => string;
  now?: () => Date;
  random?: () => number;
  timing?: Partial<TunnelTiming>;
}

/** Unknown ids are TUNNEL_NOT_FOUND; what cannot be stored is STORAGE_FAILED, and then nothing has changed. */
export class TunnelRegistry {
  /** One tunnel changed; null: it was removed. */
  readonly changed = new Signal<{ id: string; tunnel: Tunnel | null; config: TunnelInput }>();
  readonly #parts: TunnelRegistryParts;
  readonly #timing: TunnelTiming;
  readonly #store: TunnelStore;
  readonly #tunnels = new Map<string, ManagedTunnel>();
  /** What was asked of each tunnel last. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #isStopping = false;
  #unsubscribe: () => void = () => undefined;

  constructor(parts: TunnelRegistryParts) {
    this.#parts = parts;
    this.#timing = { ...TIMING, ...parts.timing };
    this.#store = new TunnelStore({ file: parts.file, now: () => this.#now() });
  }

  get faults(): readonly { file: string; message: string }[] {
    return this.#store.faults;
  }

  /** Reads them, takes up what lives, and starts those that start with the runner. Call when the processes of an earlier runner have been taken up. */
  async start(): Promise<void> {
    const { ssh } = this.#parts;
    for (const { id, config } of await this.#store.start()) this.#add(id, config);
    this.#unsubscribe = ssh.onAppear((processId) => {
      const tunnel = [...this.#tunnels.values()].find((candidate) => candidate.processId === processId);
      if (tunnel?.isWanted === false) tunnel.start(ssh.adopt(processId));
    });
    await Promise.all(ssh.ids().map((processId) => this.#endLeftover(processId)));
    for (const tunnel of this.#tunnels.values()) {
      const living = ssh.adopt(tunnel.processId);
      const { config } = tunnel;
      if (living !== null || config.direction === 'incoming' || config.startWithRunner) tunnel.start(living);
      else this.#announce(tunnel);
    }
  }

  /** Lets go of all: whether their ssh lives on is for the owner of the processes to say. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#isStopping = true;
    await Promise.all(this.#turns.values());
    await Promise.all([...this.#tunnels.values()].map((tunnel) => tunnel.release()));
  }

  /** In the order in which they were made. */
  list(): Tunnel[] {
    return [...this.#tunnels.values()].map((tunnel) => tunnel.shown());
  }

  get(id: string): Tunnel {
    return this.#find(id).shown();
  }

  /** Starts it as well. Throws TUNNEL_EXISTS. */
  async create(input: TunnelInput): Promise<Tunnel> {
    refuseTwin(input, [...this.#tunnels.values()]);
    const id = this.#parts.newId();
    const config = withoutEmptyKey(input);
    // Before it is written: a second one of the same name must not slip in meanwhile.
    const tunnel = this.#add(id, config);
    return this.#inTurn(id, async () => {
      try {
        await this.#store.put({ id, config });
      } catch (error) {
        this.#tunnels.delete(id);
        throw error;
      }
      return this.#started(tunnel);
    });
  }

  /** Throws TUNNEL_EXISTS, and INVALID_REQUEST for what is no tunnel any more. */
  change(id: string, change: Record<string, unknown>): Promise<Tunnel> {
    return this.#inTurn(id, (tunnel) => this.#change(tunnel, change));
  }

  async #change(tunnel: ManagedTunnel, change: Record<string, unknown>): Promise<Tunnel> {
    const { id } = tunnel;
    const config = this.#parts.validate(mergedTunnel(tunnel.config, change));
    refuseTwin(
      config,
      [...this.#tunnels.values()].filter((other) => other.id !== id),
    );
    await this.#store.put({ id, config });
    const isRunning = tunnel.isWanted;
    if (isRunning && needsNewConnection(tunnel.config, config)) {
      await tunnel.stop();
      tunnel.config = config;
      this.#started(tunnel);
    } else {
      tunnel.config = config;
    }
    this.#announce(tunnel);
    return tunnel.shown();
  }

  remove(id: string): Promise<void> {
    return this.#inTurn(id, async (tunnel) => {
      await this.#store.remove(id);
      await tunnel.stop();
      this.#tunnels.delete(id);
      this.#parts.ssh.forget(tunnel.processId);
      this.changed.emit({ id, tunnel: null, config: tunnel.config });
    });
  }

  startTunnel(id: string): Promise<Tunnel> {
    return this.#inTurn(id, async (tunnel) => this.#started(tunnel));
  }

  stopTunnel(id: string): Promise<Tunnel> {
    return this.#inTurn(id, async (tunnel) => {
      await tunnel.stop();
      return tunnel.shown();
    });
  }

  async probe(id: string): Promise<Tunnel> {
    const tunnel = this.#find(id);
    await tunnel.probeNow();
    return tunnel.shown();
  }

  async test(input: TunnelInput): Promise<TunnelTest> {
    const processId = `${TEST_PREFIX}${this.#parts.newId()}`;
    const { steps, problem } = await testTunnel(input, {
      ssh: this.#parts.ssh,
      processId,
      timing: this.#timing,
    });
    return { steps, problem: problem === null ? null : { ...problem, at: this.#now().toISOString() } };
  }

  async setup(id: string): Promise<TunnelSetup> {
    const { config } = this.#find(id);
    return this.#parts.setup(
      config,
      config.direction === 'incoming' ? config.publicKey : await publicKeyOf(config.identityFile),
    );
  }

  /** Forgets the key that ssh complained about, else that of the host; one that is wanted is tried again. Throws INVALID_REQUEST for one in the user's own file. */
  async forgetHostKey(id: string): Promise<Tunnel> {
    const tunnel = this.#find(id);
    const { config } = tunnel;
    if (config.direction !== 'incoming') {
      const { problem } = tunnel.shown();
      const named = problem?.code === 'host-key-changed' ? String(problem.values['name']) : null;
      if (named !== null && problem?.values['file'] !== this.#parts.knownHosts)
        throw notOurs(problem?.suggestion ?? '');
      await forgetHostKey(
        named ?? (config.port === 22 ? config.host : `[${config.host}]:${config.port}`),
        this.#parts.knownHosts,
      );
      if (tunnel.isWanted) tunnel.start();
    }
    return tunnel.shown();
  }

  #add(id: string, config: TunnelInput): ManagedTunnel {
    const { ssh, random = Math.random } = this.#parts;
    const tunnel = new ManagedTunnel(id, config, {
      ssh,
      random,
      timing: this.#timing,
      now: () => this.#now(),
      onChange: (changed) => this.#announce(changed),
    });
    this.#tunnels.set(id, tunnel);
    return tunnel;
  }

  #announce(tunnel: ManagedTunnel): void {
    if (this.#tunnels.get(tunnel.id) === tunnel)
      this.changed.emit({ id: tunnel.id, tunnel: tunnel.shown(), config: tunnel.config });
  }

  /** One thing at a time for each tunnel: what is being removed must not be changed or started. */
  #inTurn<Result>(id: string, work: (tunnel: ManagedTunnel) => Promise<Result>): Promise<Result> {
    const result = (this.#turns.get(id) ?? Promise.resolve()).then(() => work(this.#find(id)));
    const turn = result.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(id, turn);
    void turn.then(() => this.#turns.get(id) === turn && this.#turns.delete(id));
    return result;
  }

  #started(tunnel: ManagedTunnel): Tunnel {
    if (!this.#isStopping) tunnel.start(tunnel.isWanted ? null : this.#parts.ssh.adopt(tunnel.processId));
    return tunnel.shown();
  }

  /** Of a test, or of a tunnel that was removed, which its runner did not live to end. */
  async #endLeftover(processId: string): Promise<void> {
    const isTest = processId.startsWith(TEST_PREFIX);
    const isKnown = this.#tunnels.has(processId.slice(PREFIX.length));
    // Of a file that is damaged nobody knows which tunnels are wanted.
    if (!isTest && (isKnown || this.faults.length > 0)) return;
    await this.#parts.ssh.adopt(processId)?.end();
    this.#parts.ssh.forget(processId);
  }

  #find(id: string): ManagedTunnel {
    const tunnel = this.#tunnels.get(id);
    if (tunnel !== undefined) return tunnel;
    throw new AppError(
      'TUNNEL_NOT_FOUND',
      `There is no tunnel "${id}". GET /api/tunnels lists the known ones.`,
    );
  }

  #now(): Date {
    return this.#parts.now?.() ?? new Date();
  }
}

function notOurs(suggestion: string): AppError {
  return new AppError(
    'INVALID_REQUEST',
    `The old key stands in a file that is yours, which is left alone. ${suggestion}`,
  );
}

function withoutEmptyKey(input: TunnelInput): TunnelInput {
  const { apiKey, ...rest } = input;
  return apiKey ? input : tunnelInputSchema.parse(rest);
}
