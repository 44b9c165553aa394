/** The Croatian texts for why a model could not be loaded for a request, by code. */
import type { RunnerTexts } from './runner-texts.ts';

export const hrLoadProblems: Pick<RunnerTexts, 'loadProblems'> = {
  loadProblems: {
    'load-see-log': 'Pogledajte zapisnik njegova procesa.',
    'load-file-missing': 'Nema datoteke iz njegova profila: modela ili projektora.',
    'load-not-installed': 'Poslužiteljski program iz njegova profila nije instaliran.',
    'load-other-process': 'Pod njegovom oznakom radi proces druge vrste.',
    'load-not-allowed': 'Runner ne smije pokrenuti njegov poslužiteljski program (RUNNER_ALLOWED_COMMANDS).',
    'load-port-taken': 'Port postavljen u njegovu profilu je zauzet.',
    'load-not-launched': 'Nije se mogao pokrenuti; razlog je u zapisniku runnera.',
  },
};
