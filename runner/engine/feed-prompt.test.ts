import { expect, it } from 'vitest';
import { nextPiece } from './feed-prompt.ts';

it.each([
  { piece: 16, tookMs: 1, next: 64 },
  { piece: 256, tookMs: 10, next: 512 },
  { piece: 128, tookMs: 300, next: 128 },
  { piece: 128, tookMs: 600, next: 64 },
  { piece: 128, tookMs: 60_000, next: 32 },
  { piece: 16, tookMs: 60_000, next: 16 },
])(
  'after $piece tokens in $tookMs ms the next piece has $next, of at most 512',
  ({ piece, tookMs, next }) => {
    expect(nextPiece(piece, tookMs, 512)).toBe(next);
  },
);

it('keeps within a batch smaller than the smallest piece', () => {
  expect(nextPiece(8, 1, 8)).toBe(8);
  expect(nextPiece(8, 10_000, 8)).toBe(8);
});
