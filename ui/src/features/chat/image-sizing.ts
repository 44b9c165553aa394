/** Sizes of attached images: how far to shrink one, and whether it is small enough. */
const MAX_SIDE_PX = 1536;
const MAX_BYTES = 1_500_000;

export interface Size {
  width: number;
  height: number;
}

/** Scales a size so that no side exceeds the limit; never enlarges it, and no side becomes 0. */
export function fitSize({ width, height }: Size, maxSide = MAX_SIDE_PX): Size {
  const scale = Math.min(1, maxSide / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Number of bytes that a data URL encodes in base64. */
export function dataUrlBytes(url: string): number {
  const data = url.slice(url.indexOf(',') + 1);
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((data.length * 3) / 4) - padding);
}

export function isSmallEnough(url: string): boolean {
  return dataUrlBytes(url) <= MAX_BYTES;
}

/** Sizes and qualities to try, best first: quality is reduced before size. */
export function attempts(size: Size): { size: Size; quality: number }[] {
  const full = fitSize(size);
  return [
    ...[0.9, 0.8, 0.65].map((quality) => ({ size: full, quality })),
    ...[1024, 768, 512].map((maxSide) => ({ size: fitSize(size, maxSide), quality: 0.7 })),
  ];
}
