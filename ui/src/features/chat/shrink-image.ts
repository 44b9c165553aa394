/** Makes an image small enough to send: keeps it where it fits, else redraws it smaller as a JPEG, which every server reads. */
import { attempts, dataUrlBytes, fitSize, isSmallEnough, type Size } from './image-sizing.ts';

const KEPT_TYPES = new Set(['image/png', 'image/jpeg']);

/** Returns a data URL; null: the file is not an image, or cannot be made small enough. */
export async function shrinkImage(file: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return null;
  try {
    if (KEPT_TYPES.has(file.type) && isWithinLimits(bitmap)) {
      const url = await readDataUrl(file);
      if (isSmallEnough(url)) return url;
    }
    for (const { size, quality } of attempts(bitmap)) {
      const url = draw(bitmap, size, quality);
      if (dataUrlBytes(url) > 0 && isSmallEnough(url)) return url;
    }
    return null;
  } finally {
    bitmap.close();
  }
}

function isWithinLimits(size: Size): boolean {
  return fitSize(size).width === size.width && fitSize(size).height === size.height;
}

function draw(bitmap: ImageBitmap, size: Size, quality: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const pen = canvas.getContext('2d');
  if (pen === null) return '';
  // A JPEG has no transparency: without a background, transparent areas become black.
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, size.width, size.height);
  pen.drawImage(bitmap, 0, 0, size.width, size.height);
  return canvas.toDataURL('image/jpeg', quality);
}

async function readDataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : ''));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('The file cannot be read.')));
    reader.readAsDataURL(file);
  });
}
