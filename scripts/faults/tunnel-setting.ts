/** The setting of the fault run of the tunnels: runner A with a model, an sshd, runner B where the tunnel ends. All real, all on this machine. */
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
const PATIENCE_MS = 120_000;

export class Setting {
  readonly dir: string;
  readonly sshd: Sshd;
  readonly modelPort: number;
  readonly remotePort: number;
  a: RunnerChild;
  readonly b: RunnerChild;
  tunnelId = '';
  incomingId = '';

  private constructor(parts: { sshd: Sshd; modelPort: number; remotePort: number; a: RunnerChild; b: RunnerChild; dir: string }) {
    this.dir = parts.dir;
    this.sshd = parts.sshd;
    this.modelPort = parts.modelPort;
    this.remotePort = parts.remotePort;
    this.a = parts.a;
    this.b = parts.b;
  }

  /** `b`: further environment of runner B. */
  static async open(env: { b?: Record<string, string> } = {}): Promise<Setting> {
    const dir = mkdtempSync(join(tmpdir(), 'llm-faults-'));
    const sshd = new Sshd({ dir: join(dir, 'sshd'), port: await unusedPort() });
    sshd.authorize([sshd.makeKey('id').public]);
    await sshd.start();
    const [a, b] = await Promise.all([startRunner(join(dir, 'a')), startRunner(join(dir, 'b'), { env: env.b ?? {} })]);
    const setting = new Setting({ dir, sshd, a, b, modelPort: await unusedPort(), remotePort: await unusedPort() });
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
    await ok(this.a.post('/api/runner/launch', { id: 'model', recipe: 'embedded', form: { model: MODEL, port: this.modelPort } }));
    await waitUntil('the model', () => answers(this.modelPort), PATIENCE_MS);
  }

  async stopModel(): Promise<void> {
    await ok(this.a.post('/api/runner/stop/model'));
  }

  async connect(): Promise<void> {
    const incoming = await ok(this.b.post('/api/tunnels', { direction: 'incoming', name: 'from a', remotePort: this.remotePort }));
    this.incomingId = incoming.id;
    const { file } = this.sshd.makeKey('id');
    const tunnel = await ok(
      this.a.post('/api/tunnels', {
        ...{ direction: 'reverse', name: 'to b', host: '127.0.0.1', port: this.sshd.port, user: this.sshd.user, identityFile: file },
        ...{ localPort: this.modelPort, remotePort: this.remotePort },
      }),
    );
    this.tunnelId = tunnel.id;
    await this.untilBack();
  }

  async tunnel(): Promise<Tunnel> {
    return ok(this.a.get(`/api/tunnels/${this.tunnelId}`));
  }

  async act(verb: string): Promise<Tunnel> {
    return ok(this.a.post(`/api/tunnels/${this.tunnelId}/${verb}`));
  }

  async until(state: TunnelState): Promise<Tunnel> {
    return waitUntil(`the tunnel to be ${state}`, async () => {
      const tunnel = await this.tunnel();
      return tunnel.state === state && tunnel;
    }, PATIENCE_MS); // prettier-ignore
  }

  /** Until it has that problem; milliseconds. */
  async untilProblem(code: string): Promise<number> {
    const begin = performance.now();
    await waitUntil(`the problem ${code}`, async () => (await this.tunnel()).problem?.code === code, PATIENCE_MS);
    return performance.now() - begin;
  }

  /** Until A says that it is up, and B gets an answer from the model through its own end; milliseconds. */
  async untilBack(): Promise<number> {
    const begin = performance.now();
    const isBack = async (): Promise<boolean> => (await this.tunnel()).state === 'up' && (await answers(this.remotePort));
    await waitUntil('the way from B to the model', isBack, PATIENCE_MS);
    return performance.now() - begin;
  }

  async sshPid(): Promise<number> {
    const { body } = await this.a.get(`/api/runner/processes/tunnel-${this.tunnelId}`);
    return (body['process'] as { pid: number }).pid;
  }
}

export async function answers(port: number): Promise<boolean> {
  const at = `http://127.0.0.1:${port}/v1/models`;
  return fetch(at, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}

async function ok(asking: Promise<{ status: number; body: Record<string, unknown> }>): Promise<Tunnel> {
  const { status, body } = await asking;
  if (status >= 300) throw new Error(`HTTP ${status}: ${JSON.stringify(body)}`);
  return body['tunnel'] as Tunnel;
}
