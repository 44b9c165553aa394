/** The Croatian texts of the System screen. */
export const hrSystem = {
  system: {
    title: 'Sustav',
    loadFailed: 'Učitavanje podataka o sustavu nije uspjelo.',
    cpu: 'Procesor',
    cores_one: '{{count}} jezgra',
    cores_few: '{{count}} jezgre',
    cores_other: '{{count}} jezgri',
    load: 'Opterećenje',
    memory: 'Memorija',
    available: 'slobodno {{available}} od {{total}}',
    used: 'Zauzeto',
    gpu: 'Grafika',
    noGpu: 'Nije pronađena grafička kartica: modeli rade na procesoru.',
    llamaServer: 'llama-server',
    noLlamaServer:
      'Nije pronađen. Instalirajte llama.cpp ili postavite LLAMA_SERVER na njegovu putanju; ugrađeni poslužitelj radi i bez njega.',
    runner: 'Runner',
    version: 'Verzija {{version}} na sustavu {{platform}}',
    faults: 'Nečitljive datoteke',
    noFaults: 'Nema ih: runner je pri pokretanju pročitao sve svoje datoteke.',
  },
} as const;
