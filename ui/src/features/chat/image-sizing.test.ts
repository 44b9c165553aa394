import { expect, it } from 'vitest';
import { attempts, dataUrlBytes, fitSize, isSmallEnough } from './image-sizing.ts';

it.each([
  [
    { width: 3000, height: 2000 },
    { width: 1536, height: 1024 },
  ],
  [
    { width: 800, height: 600 },
    { width: 800, height: 600 },
  ],
  [
    { width: 100, height: 9000 },
    { width: 17, height: 1536 },
  ],
  [
    { width: 1, height: 100_000 },
    { width: 1, height: 1536 },
  ],
])('fits %o into %o', (size, fitted) => expect(fitSize(size)).toEqual(fitted));

it('counts the bytes behind base64', () => {
  for (const bytes of [0, 1, 2, 3, 4, 1000])
    expect(dataUrlBytes(`data:image/png;base64,${btoa('x'.repeat(bytes))}`)).toBe(bytes);
});

it('knows what is small enough', () => {
  const url = (bytes: number): string => `data:image/jpeg;base64,${btoa('x'.repeat(bytes))}`;
  expect([isSmallEnough(url(1_500_000)), isSmallEnough(url(1_500_001))]).toEqual([true, false]);
});

it('reduces quality first, then size', () => {
  const tried = attempts({ width: 4000, height: 4000 });
  expect(tried.map(({ size }) => size.width)).toEqual([1536, 1536, 1536, 1024, 768, 512]);
  expect(tried[0]?.quality).toBeGreaterThan(tried[2]?.quality ?? 1);
});
