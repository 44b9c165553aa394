import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasEscapes, parseAnsi, stripAnsi } from './ansi.ts';

const ESC = '\u001b';

it.each([
  ['plain', 'hello', [{ text: 'hello' }]],
  [
    '16 colours and reset',
    `${ESC}[31mred${ESC}[0m.`,
    [{ text: 'red', colour: 'var(--ansi-1)' }, { text: '.' }],
  ],
  ['bright colours', `${ESC}[92mgo${ESC}[39m.`, [{ text: 'go', colour: 'var(--ansi-10)' }, { text: '.' }]],
  ['background', `${ESC}[44mx${ESC}[49my`, [{ text: 'x', background: 'var(--ansi-4)' }, { text: 'y' }]],
  ['256 colours: cube', `${ESC}[38;5;208mo`, [{ text: 'o', colour: 'rgb(255 135 0)' }]],
  ['256 colours: grey', `${ESC}[38;5;232mo`, [{ text: 'o', colour: 'rgb(8 8 8)' }]],
  [
    '256 colours: the first 16 follow the theme',
    `${ESC}[48;5;9mo`,
    [{ text: 'o', background: 'var(--ansi-9)' }],
  ],
  ['truecolour', `${ESC}[1;38;2;1;2;300mt`, [{ text: 't', isBold: true, colour: 'rgb(1 2 255)' }]],
  ['colon form', `${ESC}[38:5:208mo`, [{ text: 'o', colour: 'rgb(255 135 0)' }]],
  ['empty parameters reset', `${ESC}[1mb${ESC}[mn`, [{ text: 'b', isBold: true }, { text: 'n' }]],
  [
    'several at once',
    `${ESC}[1;4;33mx`,
    [{ text: 'x', isBold: true, isUnderlined: true, colour: 'var(--ansi-3)' }],
  ],
  [
    'weights end',
    `${ESC}[1;2;3mx${ESC}[22;23my`,
    [{ text: 'x', isBold: true, isDim: true, isItalic: true }, { text: 'y' }],
  ],
  ['inverse', `${ESC}[7;32mx`, [{ text: 'x', colour: 'var(--log)', background: 'var(--ansi-2)' }]],
  [
    'cursor and erase codes vanish',
    `a${ESC}[2K${ESC}[1Gb${ESC}[?25lc`,
    [{ text: 'a' }, { text: 'b' }, { text: 'c' }],
  ],
  [
    'a title and a hyperlink vanish',
    `${ESC}]0;title\u0007x${ESC}]8;;http://a${ESC}\\y`,
    [{ text: 'x' }, { text: 'y' }],
  ],
  ['an unfinished code vanishes', `x${ESC}[38;5`, [{ text: 'x' }]],
  ['tabs stay, other controls go', 'a\tb\u0008c', [{ text: 'a\tb' }, { text: 'c' }]],
])('%s', (_name, text, spans) => {
  expect(parseAnsi(text)).toEqual(spans);
  expect(
    parseAnsi(text)
      .map((span) => span.text)
      .join(''),
  ).toBe(stripAnsi(text));
});

it('never leaves an escape character and never loses plain text', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(ESC, `${ESC}[`, `${ESC}[31m`, `${ESC}]0;`, '\u0007', `${ESC}\\`, ';', 'm'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      expect(hasEscapes(stripAnsi(text))).toBe(false);
      expect(
        parseAnsi(text)
          .map((span) => span.text)
          .join(''),
      ).toBe(stripAnsi(text));
      if (!hasEscapes(text)) expect(stripAnsi(text)).toBe(text);
    }),
  );
});
