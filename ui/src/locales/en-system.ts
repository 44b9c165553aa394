/** The English texts of the System screen. */
export const enSystem = {
  system: {
    title: 'System',
    loadFailed: 'The system information could not be loaded.',
    cpu: 'Processor',
    cores_one: '{{count}} core',
    cores_other: '{{count}} cores',
    load: 'Load',
    memory: 'Memory',
    available: '{{available}} of {{total}} available',
    used: 'In use',
    gpu: 'Graphics',
    noGpu: 'No graphics card found. Models run on the processor.',
    llamaServer: 'llama-server',
    noLlamaServer:
      'Not found. Install llama.cpp or set LLAMA_SERVER to its path; the embedded server works without it.',
    runner: 'Runner',
    version: 'Version {{version}} on {{platform}}',
    faults: 'Unreadable files',
    noFaults: 'None: the runner could read all its files when it started.',
  },
} as const;
