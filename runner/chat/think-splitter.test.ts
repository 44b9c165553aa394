import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ThinkSplitter } from './think-splitter.ts';

function splitAll(pieces: readonly string[]): { content: string; reasoning: string } {
  const splitter = new ThinkSplitter();
  const deltas = [...pieces.flatMap((piece) => splitter.split(piece)), ...splitter.end()];
  const textOf = (kind: string): string =>
    deltas.map((delta) => (delta.kind === kind && 'text' in delta ? delta.text : '')).join('');
  return { content: textOf('content'), reasoning: textOf('reasoning') };
}

it.each([
  { name: 'plain text', text: 'hello', content: 'hello', reasoning: '' },
  {
    name: 'thinking, then an answer',
    text: '<think>hm, well</think>\n\nyes',
    content: 'yes',
    reasoning: 'hm, well',
  },
  { name: 'blank lines before the tag', text: '\n<think>\nhm</think>yes', content: 'yes', reasoning: 'hm' },
  { name: 'thinking that never ends', text: '<think>hm', content: '', reasoning: 'hm' },
  {
    name: 'a tag in the middle is text',
    text: 'a <think>b</think>',
    content: 'a <think>b</think>',
    reasoning: '',
  },
  { name: 'text that begins like the tag', text: '<thin ice>', content: '<thin ice>', reasoning: '' },
  { name: 'only the beginning of a tag', text: '<thi', content: '<thi', reasoning: '' },
  { name: 'nothing behind the thinking', text: '<think>a</think>', content: '', reasoning: 'a' },
])('$name', ({ text, content, reasoning }) => {
  expect(splitAll([text])).toEqual({ content, reasoning });
});

it('gives the same however the text is cut', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(
        '<think>one </thi two</think>\n three <think>',
        'plain <',
        '  <think></think>x',
        '<think>a</think>\n\n',
      ),
      fc.array(fc.nat(40), { maxLength: 8 }),
      (text, places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), text.length];
        const pieces = cuts.slice(1).map((to, index) => text.slice(cuts[index], to));
        expect(splitAll(pieces)).toEqual(splitAll([text]));
      },
    ),
  );
});
