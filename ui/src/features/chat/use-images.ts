/** Owns the images attached to the message that is being written. */
import { useCallback, useState } from 'react';
import { shrinkImage } from './shrink-image.ts';

/** The limit of a request. */
const MAX_IMAGES = 8;

type ImageFault = 'notImage' | 'tooMany' | 'noVision';

export interface AttachedImages {
  images: readonly string[];
  fault: ImageFault | null;
  isBusy: boolean;
  add: (files: readonly File[]) => void;
  remove: (index: number) => void;
  /** Replaces all attached images. */
  replace: (images: readonly string[]) => void;
}

/** `canSee` false: the model does not understand images, so none is accepted. */
export function useImages(canSee: boolean): AttachedImages {
  const [images, setImages] = useState<readonly string[]>([]);
  const [fault, setFault] = useState<ImageFault | null>(null);
  const [isBusy, setBusy] = useState(false);

  const add = useCallback(
    (files: readonly File[]) => {
      if (files.length === 0) return;
      if (!canSee) {
        setFault('noVision');
        return;
      }
      const take = async (): Promise<void> => {
        const made = await Promise.all(
          files.slice(0, MAX_IMAGES).map(async (file) => shrinkImage(file).catch(() => null)),
        );
        const whole = made.filter((url) => url !== null);
        if (whole.length < made.length) setFault('notImage');
        if (images.length + whole.length > MAX_IMAGES || files.length > MAX_IMAGES) setFault('tooMany');
        setImages((before) => [...before, ...whole].slice(0, MAX_IMAGES));
        setBusy(false);
      };
      setBusy(true);
      setFault(null);
      void take();
    },
    [canSee, images.length],
  );
  const remove = useCallback((index: number) => {
    setImages((before) => before.filter((_, place) => place !== index));
    setFault(null);
  }, []);
  const replace = useCallback((next: readonly string[]) => {
    setImages(next);
    setFault(null);
  }, []);
  return { images, fault, isBusy, add, remove, replace };
}
