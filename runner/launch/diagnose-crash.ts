/** Says in words why a run crashed and what to do, from how it ended and its last lines. The known causes are in crash-causes.ts. */
import type { Diagnosis } from '#contract/process';
import { CAUSES_BY_LINE } from './crash-causes.ts';
import type { Crash } from './crash.ts';
import { causeByExit } from './exit-causes.ts';

/** null for a run that was stopped or ended well, and where nothing known is found. */
export function diagnoseCrash(crash: Crash): Diagnosis | null {
  if (crash.exit.reason === 'stopped' || crash.exit.reason === 'exited') return null;
  const text = crash.lastLines.join('\n');
  for (const { pattern, diagnose } of CAUSES_BY_LINE) {
    const match = pattern.exec(text);
    if (match !== null) return diagnose(match.groups ?? {}, crash);
  }
  return causeByExit(crash);
}
