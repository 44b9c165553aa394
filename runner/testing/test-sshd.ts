/** An sshd for one test. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Sshd, SSHD } from './sshd.ts';
import { tempDir } from './temp-dir.ts';
import { unusedPort } from './unused-port.ts';

export type { Sshd } from './sshd.ts';

/** Not started yet; ended with the test. Skips the test, with the reason, where there is no sshd. */
export async function testSshd(context: { skip: (note: string) => void }): Promise<Sshd> {
  if (!existsSync(SSHD)) context.skip(`there is no ${SSHD} (Debian: openssh-server)`);
  const sshd = new Sshd({ dir: join(tempDir(), 'sshd'), port: await unusedPort() });
  onTestFinished(() => sshd.stop());
  return sshd;
}
