/** Small HTTP client of the engine's tests: JSON in, JSON or events out. */
import { z } from 'zod';

export interface Answer {
  status: number;
  body: unknown;
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers });
  return { status: response.status, body: await response.json() };
}

/** `body` as JSON, or as it is when it is a string. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** The `data:` lines of a whole stream. */
export async function postForEvents(url: string, body: unknown): Promise<string[]> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  return text
    .split('\n\n')
    .flatMap((event) => (event.startsWith('data: ') ? [event.slice('data: '.length)] : []));
}

/** Begins a stream and leaves it open: `read` waits for its first bytes, `leave` closes the connection. */
export function openStream(url: string, body: unknown): { read(): Promise<string>; leave(): void } {
  const controller = new AbortController();
  const response = fetch(url, { method: 'POST', body: JSON.stringify(body), signal: controller.signal });
  response.catch(() => undefined);
  return {
    async read() {
      const reader = (await response).body?.getReader();
      const first = await reader?.read();
      reader?.releaseLock();
      return new TextDecoder().decode(first?.value);
    },
    leave: () => controller.abort(),
  };
}

const slotsSchema = z.array(z.object({ id: z.number(), n_ctx: z.number(), is_processing: z.boolean() }));

export async function countBusySlots(url: string): Promise<number> {
  const { body } = await get(`${url}/slots`);
  return slotsSchema.parse(body).filter((slot) => slot.is_processing).length;
}
