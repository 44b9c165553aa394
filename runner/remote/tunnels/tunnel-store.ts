/** Keeps the tunnels in one file, 0600, as keys stand in it. What cannot be read is set aside and reported, never lost or fatal. */
import { copyFile, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { tunnelInputSchema } from '#contract/tunnel';
import { AppError, messageOf, systemCodeOf } from '../../base/errors.ts';
import { writePrivateFiles } from '../../base/private-file.ts';

const storedSchema = z.object({ id: z.string().regex(/^[a-z0-9]{1,40}$/), config: tunnelInputSchema });
export type StoredTunnel = z.infer<typeof storedSchema>;

const fileSchema = z.object({ version: z.literal(1), tunnels: z.array(z.unknown()) });

interface Fault {
  file: string;
  message: string;
}

export class TunnelStore {
  readonly #file: string;
  readonly #now: () => Date;
  #tunnels: readonly StoredTunnel[] = [];
  #fault: Fault | null = null;
  #isReadOnly = false;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor({ file, now }: { file: string; now: () => Date }) {
    this.#file = file;
    this.#now = now;
  }

  get faults(): readonly Fault[] {
    return this.#fault === null ? [] : [this.#fault];
  }

  /** Reads the file. What is wrong with it is in `faults`. */
  async start(): Promise<readonly StoredTunnel[]> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT')
        this.#setFault(`The tunnels cannot be read: ${messageOf(error)}.`, { isReadOnly: true });
      return [];
    }
    const { tunnels, broken } = parse(text);
    this.#tunnels = tunnels;
    if (broken.length > 0) await this.#keepAside(broken, tunnels.length === 0);
    return tunnels;
  }

  /** Adds it, or replaces the one of its id. Throws STORAGE_FAILED; then nothing has changed. */
  async put(tunnel: StoredTunnel): Promise<void> {
    await this.#commit((tunnels) =>
      tunnels.some(({ id }) => id === tunnel.id)
        ? tunnels.map((other) => (other.id === tunnel.id ? tunnel : other))
        : [...tunnels, tunnel],
    );
  }

  async remove(id: string): Promise<void> {
    await this.#commit((tunnels) => tunnels.filter((tunnel) => tunnel.id !== id));
  }

  #commit(work: (tunnels: readonly StoredTunnel[]) => readonly StoredTunnel[]): Promise<unknown> {
    const change = this.#lastChange.then(async () => {
      if (this.#isReadOnly) throw new AppError('STORAGE_FAILED', this.#fault?.message ?? '');
      const tunnels = work(this.#tunnels);
      await this.#write(tunnels);
      this.#tunnels = tunnels;
      return tunnels;
    });
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  #write(tunnels: readonly StoredTunnel[]): Promise<void> {
    return writePrivateFiles([
      { file: this.#file, text: `${JSON.stringify({ version: 1, tunnels }, null, 2)}\n` },
    ]);
  }

  async #keepAside(broken: readonly string[], isAllLost: boolean): Promise<void> {
    const aside = `${this.#file}.corrupt-${this.#now().toISOString().replaceAll(':', '-')}`;
    try {
      await (isAllLost ? rename(this.#file, aside) : copyFile(this.#file, aside));
      this.#setFault(`Tunnels were skipped: ${broken.join('; ')}. The file as it was is kept as ${aside}.`, {
        isReadOnly: false,
      });
      // Else every start would find the skipped ones again and keep another copy.
      if (!isAllLost) await this.#write(this.#tunnels);
    } catch (error) {
      this.#setFault(
        `The file of the tunnels is damaged and cannot be kept aside: ${messageOf(error)}. No tunnel is saved until it is mended.`,
        {
          isReadOnly: true,
        },
      );
    }
  }

  #setFault(message: string, { isReadOnly }: { isReadOnly: boolean }): void {
    this.#fault = { file: this.#file, message };
    this.#isReadOnly = isReadOnly;
  }
}

function parse(text: string): { tunnels: StoredTunnel[]; broken: string[] } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { tunnels: [], broken: [messageOf(error)] };
  }
  const outer = fileSchema.safeParse(content);
  if (!outer.success) return { tunnels: [], broken: [summary(outer.error)] };
  const results = outer.data.tunnels.map((tunnel) => storedSchema.safeParse(tunnel));
  return {
    tunnels: results.flatMap((result) => (result.success ? [result.data] : [])),
    broken: results.flatMap((result, index) =>
      result.success ? [] : [`number ${index + 1}: ${summary(result.error)}`],
    ),
  };
}

function summary(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join(', ');
}
