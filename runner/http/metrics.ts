/** Prometheus metrics of the runner and its processes, read when they are asked for. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { processStateSchema } from '#contract/process';
import type { Supervisor } from '../running/processes/supervisor.ts';

export function createMetrics(parts: { supervisor: Supervisor; viewerCount: () => number }): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const byProcess = { labelNames: ['id'] as const, registers: [registry] };
  const cpu = new Gauge({
    name: 'llm_process_cpu_percent',
    help: 'CPU of a process and its descendants, percent of one core',
    ...byProcess,
  });
  const memory = new Gauge({
    name: 'llm_process_memory_bytes',
    help: 'Resident memory of a process and its descendants',
    ...byProcess,
  });
  const restarts = new Gauge({
    name: 'llm_process_restarts',
    help: 'Automatic restarts since the last launch by a user',
    ...byProcess,
  });
  registry.registerMetric(
    new Gauge({
      name: 'llm_processes',
      help: 'Processes by state',
      labelNames: ['state'],
      registers: [],
      collect() {
        const snapshots = parts.supervisor.list();
        for (const state of processStateSchema.options)
          this.set({ state }, snapshots.filter((snapshot) => snapshot.state === state).length);
        for (const gauge of [cpu, memory, restarts]) gauge.reset();
        for (const { id, cpuPercent, memoryBytes, restarts: count } of snapshots) {
          if (cpuPercent !== null) cpu.set({ id }, cpuPercent);
          if (memoryBytes !== null) memory.set({ id }, memoryBytes);
          restarts.set({ id }, count);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'llm_log_viewers',
      help: 'Open SSE connections',
      registers: [],
      collect() {
        this.set(parts.viewerCount());
      },
    }),
  );
  return registry;
}
