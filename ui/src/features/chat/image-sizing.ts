/** Arithmetic of attached images: how far to make one smaller, and whether it is small enough. */
const MAX_SIDE_PX = 1536;
const MAX_BYTES = 1_500_000;

export interface Size {
  width: number;
  height: number;
}

/** The same shape with no side above the limit; never larger than it was, never nothing. */
export function fitSize({ width, height }: Size, maxSide = MAX_SIDE_PX): Size {
  const scale = Math.min(1, maxSide / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Bytes that the base64 of a data URL stands for. */
export function dataUrlBytes(url: string): number {
  const data = url.slice(url.indexOf(',') + 1);
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((data.length * 3) / 4) - padding);
}

export function isSmallEnough(url: string): boolean {
  return dataUrlBytes(url) <= MAX_BYTES;
}

/** What to try, the best first: quality goes before size. */
export function attempts(size: Size): { size: Size; quality: number }[] {
  const full = fitSize(size);
  return [
    ...[0.9, 0.8, 0.65].map((quality) => ({ size: full, quality })),
    ...[1024, 768, 512].map((maxSide) => ({ size: fitSize(size, maxSide), quality: 0.7 })),
  ];
}
