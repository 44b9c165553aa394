/** The English texts of the System screen. */
export const enSystem = {
  system: {
    title: 'System',
    loadFailed: 'The facts could not be loaded.',
    cpu: 'Processor',
    cores_one: '{{count}} core',
    cores_other: '{{count}} cores',
    load: 'Load',
    memory: 'Memory',
    available: '{{available}} of {{total}} available',
    used: 'In use',
    gpu: 'Graphics',
    noGpu: 'No graphics card was found: models run on the processor.',
    llamaServer: 'llama-server',
    noLlamaServer: 'Not found. Install llama.cpp or set LLAMA_SERVER to its path; the embedded server works without it.',
    runner: 'Runner',
    version: 'Version {{version}} on {{platform}}',
    faults: 'Faults',
    noFaults: 'None: every file of the runner could be read at its start.',
  },
} as const;
