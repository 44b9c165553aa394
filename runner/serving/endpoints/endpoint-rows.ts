/** Keeps endpoints in the table `endpoints`: what must outlive the runner, keys included. */
import { z } from 'zod';
import { endpointSourceSchema } from '#contract/endpoint';
import type { EndpointSource } from '#contract/endpoint';
import { AppError, messageOf } from '../../base/errors.ts';
import type { Store } from '../../store/open-store.ts';

export interface EndpointRow {
  id: string;
  source: EndpointSource;
  name: string;
  baseUrl: string;
  apiKey: string | null;
  /** What the user chose; null: the server's own. */
  model: string | null;
  defaultPresetId: string | null;
  createdAt: string;
}

const rowSchema = z.object({
  id: z.string(),
  source: endpointSourceSchema,
  name: z.string(),
  base_url: z.string(),
  api_key: z.string().nullable(),
  model: z.string().nullable(),
  default_preset_id: z.string().nullable(),
  created_at: z.string(),
});

/** Writes throw STORAGE_FAILED; then nothing has changed. */
export class EndpointRows {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** In the order in which they were made. A row that a foreign hand broke is left out. */
  all(): EndpointRow[] {
    return this.#store
      .prepare('SELECT * FROM endpoints ORDER BY created_at, id')
      .all()
      .flatMap((found) => {
        const { success, data } = rowSchema.safeParse(found);
        if (!success) return [];
        const {
          base_url: baseUrl,
          api_key: apiKey,
          default_preset_id: defaultPresetId,
          created_at: createdAt,
          ...rest
        } = data;
        return [{ ...rest, baseUrl, apiKey, defaultPresetId, createdAt }];
      });
  }

  put({ id, source, name, baseUrl, apiKey, model, defaultPresetId, createdAt }: EndpointRow): void {
    this.#write(() =>
      this.#store
        .prepare(
          `INSERT OR REPLACE INTO endpoints (id, source, name, base_url, api_key, model, default_preset_id, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(id, source, name, baseUrl, apiKey, model, defaultPresetId, createdAt),
    );
  }

  remove(id: string): void {
    this.#write(() => this.#store.prepare('DELETE FROM endpoints WHERE id = ?').run(id));
  }

  #write(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      const message = `The endpoint cannot be stored: ${messageOf(error)}. The change was not saved. Check the disk and try again.`;
      throw new AppError('STORAGE_FAILED', message, { cause: error });
    }
  }
}
