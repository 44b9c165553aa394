import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitBlocks } from './split-blocks.ts';

it.each([
  ['paragraphs', 'one\n\ntwo\n\nthree', ['one\n', 'two\n', 'three']],
  ['no empty line inside a fence', '```js\na\n\nb\n```\n\nafter', ['```js\na\n\nb\n```\n', 'after']],
  ['a fence that is not closed yet', 'a\n\n~~~\nb\n\nc', ['a\n', '~~~\nb\n\nc']],
  ['a longer fence around a shorter one', '````\n```\n\nx\n````\n\ny', ['````\n```\n\nx\n````\n', 'y']],
  [
    'a loose list with a paragraph in it',
    '1. a\n\n   more\n\n2. b\n\nend',
    ['1. a\n\n   more\n\n2. b\n', 'end'],
  ],
  ['a quotation of several paragraphs', '> a\n\n> b\n\nc', ['> a\n\n> b\n', 'c']],
  [
    'definitions, which reach across',
    'see [x]\n\n[x]: https://example.org',
    ['see [x]\n\n[x]: https://example.org'],
  ],
])('%s', (_, text, blocks) => expect(splitBlocks(text)).toEqual(blocks));

it('loses nothing', () => {
  const piece = fc.constantFrom(
    'a',
    '\n',
    '\n\n',
    '```',
    '~~~~',
    '- x',
    '  y',
    '> z',
    '1. q',
    '# h',
    '| t |',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      expect(splitBlocks(text).join('\n')).toBe(text);
    }),
  );
});

it('leaves finished blocks as they are while the last one grows', () => {
  const text = 'one\n\n```\ncode\n\nmore\n```\n\n- a\n\n- b\n\nend of it';
  let before: string[] = [];
  for (let length = 1; length <= text.length; length += 1) {
    const now = splitBlocks(text.slice(0, length));
    const kept = before.slice(0, -1).filter((block, index) => now[index] === block).length;
    expect(kept).toBeGreaterThanOrEqual(before.length - 2);
    before = now;
  }
});
