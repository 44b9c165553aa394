import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopDetector } from './stop-detector.ts';

function run(pieces: readonly string[], stops: readonly string[]): { text: string; isStopped: boolean } {
  const detector = new StopDetector(stops);
  let text = '';
  for (const piece of pieces) {
    const step = detector.push(piece);
    text += step.text;
    if (step.isStopped) return { text, isStopped: true };
  }
  return { text: text + detector.flush(), isStopped: false };
}

describe('StopDetector', () => {
  it.each([
    { pieces: ['hello'], stops: [], text: 'hello', isStopped: false },
    { pieces: ['pon', 'g'], stops: ['ng'], text: 'po', isStopped: true },
    { pieces: ['po', 'n', 'e'], stops: ['ng'], text: 'pone', isStopped: false },
    { pieces: ['a', 'a', 'b'], stops: ['aab'], text: '', isStopped: true },
    { pieces: ['a', 'a', 'a', 'b'], stops: ['aab'], text: 'a', isStopped: true },
    { pieces: ['x###y'], stops: ['y', '###'], text: 'x', isStopped: true },
    { pieces: ['end'], stops: [''], text: 'end', isStopped: false },
    { pieces: ['half of a st'], stops: ['stop'], text: 'half of a st', isStopped: false },
  ])('gives $text for $pieces with $stops', ({ pieces, stops, text, isStopped }) => {
    expect(run(pieces, stops)).toEqual({ text, isStopped });
  });

  it('cuts at the first stop string however the text is split, and gives nothing of it away before', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 12 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(short), fc.array(stop, { minLength: 1, maxLength: 3 }), (pieces, stops) => {
        const { text, isStopped } = run(pieces, stops);
        const whole = pieces.join('');
        expect(whole.startsWith(text)).toBe(true);
        expect(stops.some((one) => text.includes(one))).toBe(false);
        expect(isStopped).toBe(stops.some((one) => whole.includes(one)));
        if (!isStopped) expect(text).toBe(whole);
      }),
    );
  });
});
