import { describe, expect, it } from 'vitest';
import { testSpec, testSupervisor } from '../../testing/test-supervisor.ts';
import { waitUntil } from '../../testing/wait-until.ts';

describe.runIf(process.platform === 'linux')('usage', () => {
  it('sums CPU and memory over a process and its grandchildren', async () => {
    const { supervisor } = await testSupervisor();
    const spin = `${process.execPath} -e "const until = Date.now() + 20000; while (Date.now() < until);"`;
    await supervisor.launch(testSpec('busy', '/bin/sh', ['-c', `sh -c '${spin}' & wait`]));
    const usage = await waitUntil('a busy core', () => {
      const found = supervisor.usage().get('busy');
      return (found?.cpuPercent ?? 0) > 20 && found;
    });
    expect(usage?.memoryBytes).toBeGreaterThan(30_000_000);
  });

  it('still finds what a child left behind', async () => {
    const { supervisor } = await testSupervisor();
    await supervisor.launch(testSpec('left', '/bin/sh', ['-c', 'sleep 1000 & exit 0']));
    await waitUntil('its memory', () => (supervisor.usage().get('left')?.memoryBytes ?? 0) > 100_000);
    expect(supervisor.get('left').snapshot.state).toBe('ready');
  });
});
