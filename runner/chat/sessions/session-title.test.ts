import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forkTitle, titleOf } from './session-title.ts';

it.each([
  ['Why is the sky blue?', 'Why is the sky blue?'],
  ['\n \n  Why\tis   it? \nBecause', 'Why is it?'],
  ['', ''],
  [' \n', ''],
  ['x'.repeat(60), 'x'.repeat(60)],
  ['x'.repeat(61), `${'x'.repeat(60)}…`],
  [`${'word '.repeat(11)}four five six`, `${'word '.repeat(11)}four…`],
  [`ab ${'x'.repeat(80)}`, `ab ${'x'.repeat(57)}…`],
  ['😀'.repeat(61), `${'😀'.repeat(60)}…`],
])('%j names a session %j', (message, title) => {
  expect(titleOf(message)).toBe(title);
});

it('a title is one well-formed line that a client may send back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (message) => {
      const title = titleOf(message);
      expect(title).toBe(title.trim());
      expect(title.length).toBeLessThanOrEqual(121);
      expect(title).not.toMatch(/[\n\r]/);
      expect(title.isWellFormed()).toBe(true);
    }),
  );
});

it('a fork says so, within the longest title that a client may send back', () => {
  expect(forkTitle('Sky')).toBe('Sky (fork)');
  expect(forkTitle('')).toBe('');
  expect(forkTitle('x'.repeat(200))).toBe(`${'x'.repeat(193)} (fork)`);
});
