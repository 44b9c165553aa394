/** Reads and writes `mqtt.json`: settings, the password for the broker, and user and password of the embedded one. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { z } from 'zod';
import { mqttSettingsSchema } from '#contract/mqtt';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { writePrivateFiles } from '../../base/private-file.ts';

const fileSchema = z.object({
  version: z.literal(1),
  settings: mqttSettingsSchema,
  password: z.string().nullable(),
  embedded: z.object({ username: z.string().min(1), password: z.string().min(16) }),
});
export type MqttFile = Omit<z.infer<typeof fileSchema>, 'version'>;

export interface Fault {
  file: string;
  message: string;
}

/** No file is the defaults. A damaged one is kept beside it. Never throws. */
export function loadMqttFile(file: string, now: Date): { content: MqttFile; fault: Fault | null } {
  try {
    const { settings, password, embedded } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { content: { settings, password, embedded }, fault: null };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { content: newContent(), fault: null };
    const aside = `${file}.corrupt-${now.toISOString().replaceAll(':', '-')}`;
    const why =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')
        : messageOf(error);
    const message = `The settings of the MQTT mode cannot be read (${why}). MQTT is off until it is set up again.`;
    return { content: newContent(), fault: { file, message: `${message}${keepAside(file, aside)}` } };
  }
}

/** Throws STORAGE_FAILED; then the old one is there. */
export async function saveMqttFile(file: string, content: MqttFile): Promise<void> {
  await writePrivateFiles([{ file, text: `${JSON.stringify({ version: 1, ...content }, null, 2)}\n` }]);
}

function newContent(): MqttFile {
  const embedded = { username: 'llm', password: randomBytes(24).toString('base64url') };
  return { settings: mqttSettingsSchema.parse({}), password: null, embedded };
}

function keepAside(file: string, aside: string): string {
  try {
    renameSync(file, aside);
    return ` The file was kept as ${aside}.`;
  } catch {
    return '';
  }
}
