import { expect, it } from 'vitest';
import { tunnelNote, tunnelProblem, tunnelStepText } from '#contract/tunnel-problem';
import { hrRunner } from './hr-runner.ts';
import { tunnelNoteWords, tunnelProblemWords, tunnelStepWords } from './tunnel-words.ts';

const problem = { ...tunnelProblem('connection-refused', { host: 'b', port: 22 }), at: '' };
const step = { step: 'connect' as const, ok: true, ms: 1, ...tunnelStepText('connected', { host: 'b' }) };
const note = tunnelNote('key-place', { host: 'b' });

it('translates the runner’s reports into the page’s language', () => {
  expect(tunnelProblemWords(problem, hrRunner).message).toBe(
    'b je odbio vezu na port 22: ondje ne sluša nijedan sshd.',
  );
  expect(tunnelStepWords(step, hrRunner)).toBe('Prijava na b je uspjela.');
  expect(tunnelNoteWords(note, hrRunner)).toContain('na računalu b.');
});

it('keeps the runner’s text in English, and for an unknown code', () => {
  expect(tunnelProblemWords(problem, null).message).toBe(problem.message);
  expect(tunnelProblemWords({ ...problem, code: 'newer' }, hrRunner)).toEqual({
    message: problem.message,
    suggestion: problem.suggestion,
  });
  expect(tunnelStepWords({ ...step, code: 'toString' }, hrRunner)).toBe(step.message);
  expect(tunnelNoteWords(note, null)).toBe(note.text);
});
