import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenText } from './token-text.ts';

/** A tokenizer whose tokens are byte strings, as byte-level vocabularies have them. */
function decode(tokens: readonly Uint8Array[]): string {
  return Buffer.concat(tokens).toString('utf8');
}

function pieces(tokens: readonly Uint8Array[]): string[] {
  const text = new TokenText<Uint8Array>(decode, []);
  return [...tokens.map((token) => text.push(token)), text.flush()];
}

describe('TokenText', () => {
  it('holds the bytes of a character back until it is whole', () => {
    const bytes = [...Buffer.from('a😀b')].map((byte) => Uint8Array.of(byte));
    expect(pieces(bytes)).toEqual(['a', '', '', '', '😀', 'b', '']);
  });

  it('gives what precedes an unfinished character at once', () => {
    const [start, end] = [Buffer.from('aé').subarray(0, 2), Buffer.from('é').subarray(1)];
    expect(pieces([start, end])).toEqual(['a', 'é', '']);
  });

  it('gives an unfinished character at the end as a replacement character', () => {
    expect(pieces([Uint8Array.of(0xf0, 0x9f)])).toEqual(['', '\uFFFD']);
  });

  it('gives the same text as the whole, whatever the tokens are, and only whole characters of valid text', () => {
    const anyTokens = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 }), { maxLength: 30 });
    fc.assert(
      fc.property(anyTokens, (tokens) => {
        expect(pieces(tokens).join('')).toBe(decode(tokens));
      }),
    );
    const anyText = fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(anyText, ([text, size]) => {
        const bytes = Buffer.from(text);
        const tokens = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        const given = pieces(tokens);
        expect(given.join('')).toBe(bytes.toString());
        expect(given.every((piece) => piece.isWellFormed())).toBe(true);
      }),
    );
  });

  it('passes the tokens before the new ones, for tokenizers that mind the start of a text', () => {
    const seen: string[][] = [];
    const text = new TokenText<string>(
      (tokens, recent) => {
        seen.push([...recent]);
        return tokens.join('');
      },
      ['p'],
    );
    text.push('a');
    text.push('b');
    expect(seen).toEqual([['p'], ['p', 'a']]);
  });
});
