/** Cleanup of what a benchmark or fault run starts: when it is done, when it fails, and at Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `use` with a stack for its cleanup, which is disposed of in every case. */
export async function withCleanup<Result>(
  use: (cleanup: AsyncDisposableStack) => Promise<Result>,
): Promise<Result> {
  const cleanup = new AsyncDisposableStack();
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    void cleanup.disposeAsync().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await use(cleanup);
  } catch (error) {
    // An interrupt ends what `use` still works with: its errors are no news, and the process is about to exit.
    if (isInterrupted) await new Promise(() => undefined);
    throw error;
  } finally {
    await cleanup.disposeAsync();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** A temporary folder. Make it first: the stack removes it last. */
export function makeFolder(cleanup: AsyncDisposableStack): string {
  const dir = mkdtempSync(join(tmpdir(), 'llm-bench-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}
