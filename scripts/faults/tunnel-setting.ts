/** The machines of the tunnels' fault run: runner A with a model, an sshd, runner B where the tunnel ends. All real, all on this machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tunnel, TunnelState } from '../../runner/contract/tunnel.ts';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { Sshd } from '../../runner/testing/sshd.ts';
import { unusedPort } from '../../runner/testing/unused-port.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'presets', 'models', 'tiny-chat.gguf');
const TIMEOUT_MS = 120_000;

export class TunnelSetting {
  readonly dir: string;
  readonly sshd: Sshd;
  readonly modelPort: number;
  readonly remotePort: number;
  a: RunnerChild;
  readonly b: RunnerChild;
  tunnelId = '';
  incomingId = '';

  private constructor(parts: {
    sshd: Sshd;
    modelPort: number;
    remotePort: number;
    a: RunnerChild;
    b: RunnerChild;
    dir: string;
  }) {
    this.dir = parts.dir;
    this.sshd = parts.sshd;
    this.modelPort = parts.modelPort;
    this.remotePort = parts.remotePort;
    this.a = parts.a;
    this.b = parts.b;
  }

  /** `b`: additional environment of runner B. */
  static async open(env: { b?: Record<string, string> } = {}): Promise<TunnelSetting> {
    const dir = mkdtempSync(join(tmpdir(), 'llm-faults-'));
    const sshd = new Sshd({ dir: join(dir, 'sshd'), port: await unusedPort() });
    sshd.authorize([sshd.makeKey('id').public]);
    await sshd.start();
    const [a, b] = await Promise.all([
      startRunner(join(dir, 'a')),
      startRunner(join(dir, 'b'), { env: env.b ?? {} }),
    ]);
    const setting = new TunnelSetting({
      dir,
      sshd,
      a,
      b,
      modelPort: await unusedPort(),
      remotePort: await unusedPort(),
    });
    await setting.launchModel();
    return setting;
  }

  async close(): Promise<void> {
    await Promise.all([this.a.end('SIGTERM'), this.b.end('SIGTERM')]);
    await this.sshd.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  async restartA(): Promise<void> {
    this.a = await startRunner(join(this.dir, 'a'));
  }

  async launchModel(): Promise<void> {
    await succeeds(
      this.a.post('/api/runner/launch', {
        id: 'model',
        recipe: 'embedded',
        form: { model: MODEL, port: this.modelPort },
      }),
    );
    await waitUntil('the model', () => hasAnswer(this.modelPort), TIMEOUT_MS);
  }

  async stopModel(): Promise<void> {
    await succeeds(this.a.post('/api/runner/stop/model'));
  }

  async connect(): Promise<void> {
    const incoming = await tunnelIn(
      this.b.post('/api/tunnels', { direction: 'incoming', name: 'from a', remotePort: this.remotePort }),
    );
    this.incomingId = incoming.id;
    const { file } = this.sshd.makeKey('id');
    const tunnel = await tunnelIn(
      this.a.post('/api/tunnels', {
        direction: 'reverse',
        name: 'to b',
        host: '127.0.0.1',
        port: this.sshd.port,
        user: this.sshd.user,
        identityFile: file,
        localPort: this.modelPort,
        remotePort: this.remotePort,
      }),
    );
    this.tunnelId = tunnel.id;
    await this.untilBack();
  }

  async tunnel(): Promise<Tunnel> {
    return tunnelIn(this.a.get(`/api/tunnels/${this.tunnelId}`));
  }

  async act(verb: string): Promise<Tunnel> {
    return tunnelIn(this.a.post(`/api/tunnels/${this.tunnelId}/${verb}`));
  }

  async until(state: TunnelState): Promise<Tunnel> {
    const inState = async (): Promise<Tunnel | false> => {
      const tunnel = await this.tunnel();
      return tunnel.state === state && tunnel;
    };
    return waitUntil(`the tunnel to be ${state}`, inState, TIMEOUT_MS);
  }

  /** Resolves when the tunnel has that problem, with the ms it took. */
  async untilProblem(code: string): Promise<number> {
    const begin = performance.now();
    await waitUntil(
      `the problem ${code}`,
      async () => (await this.tunnel()).problem?.code === code,
      TIMEOUT_MS,
    );
    return performance.now() - begin;
  }

  /** Resolves when A reports the tunnel as up and B gets an answer from the model through its end, with the ms it took. */
  async untilBack(): Promise<number> {
    const begin = performance.now();
    const isBack = async (): Promise<boolean> =>
      (await this.tunnel()).state === 'up' && (await hasAnswer(this.remotePort));
    await waitUntil('B to reach the model', isBack, TIMEOUT_MS);
    return performance.now() - begin;
  }

  async sshPid(): Promise<number> {
    const { body } = await this.a.get(`/api/runner/processes/tunnel-${this.tunnelId}`);
    return (body['process'] as { pid: number }).pid;
  }
}

/** Whether a model server answers at that port of this machine. */
export async function hasAnswer(port: number): Promise<boolean> {
  const at = `http://127.0.0.1:${port}/v1/models`;
  return fetch(at, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}

type Response = Promise<{ status: number; body: Record<string, unknown> }>;

async function succeeds(response: Response): Promise<Record<string, unknown>> {
  const { status, body } = await response;
  if (status >= 300) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`);
  return body;
}

async function tunnelIn(response: Response): Promise<Tunnel> {
  return (await succeeds(response))['tunnel'] as Tunnel;
}
