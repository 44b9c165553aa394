import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinArgs, splitArgs } from './split-args.ts';

test.each([
  ['--parallel 4  --batch-size 256', ['--parallel', '4', '--batch-size', '256']],
  ['', []],
  ['  \n\t ', []],
  ['a\nb', ['a', 'b']],
  ['"a b" \'c d\'', ['a b', 'c d']],
  ['--x="a b"c', ['--x=a bc']],
  ['""', ['']],
  ["'' x", ['', 'x']],
  ['E:\\models\\a.gguf', ['E:\\models\\a.gguf']],
  ['"E:\\my models\\a.gguf"', ['E:\\my models\\a.gguf']],
  ['\\\\server\\share', ['\\\\server\\share']],
  ['"C:\\my dir\\\\" next', ['C:\\my dir\\', 'next']],
  ['"say \\"hi\\""', ['say "hi"']],
  ['say\\"hi', ['say"hi']],
  ['--kwargs \'{"a": "b c"}\'', ['--kwargs', '{"a": "b c"}']],
  ["don't", ["don't"]],
  ['5" x', ['5"', 'x']],
  ['"\'"', ["'"]],
])('%j is %j', (text, args) => {
  expect(splitArgs(text)).toEqual(args);
});

const part = fc.oneof(
  fc.constantFrom(' ', '\n', '"', "'", '\\', '\\\\', '\\"', 'a', '-', '{', 'ž'),
  fc.string({ unit: 'binary', maxLength: 2 }),
);
const args = fc.array(
  fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  { maxLength: 5 },
);

test('what is joined is split into the same again', () => {
  fc.assert(
    fc.property(args, (list) => {
      expect(splitArgs(joinArgs(list))).toEqual(list);
    }),
    { numRuns: 3_000 },
  );
});

test('plain arguments are joined without quotes', () => {
  expect(joinArgs(['--numa', 'distribute', 'C:\\a\\', 'a b', ''])).toBe('--numa distribute C:\\a\\ "a b" ""');
});
