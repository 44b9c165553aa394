/** Thumbnails of the attached images, each with a button that removes it, and why an image was rejected. */
import { useTranslation } from 'react-i18next';
import type { AttachedImages } from './use-images.ts';

export function ComposerImages({ images, name }: { images: AttachedImages; name: string }) {
  const { t } = useTranslation();
  return (
    <>
      {images.fault !== null && (
        <div className="note note-busy" role="alert">
          {t(`chat.imageFaults.${images.fault}`, { name })}
        </div>
      )}
      {images.images.length > 0 && (
        <ul className="composer-images" aria-label={t('chat.images')}>
          {images.images.map((image, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the same image may be attached twice
            <li key={index}>
              <img src={image} alt={t('chat.attachedImage', { number: index + 1 })} />
              <button
                type="button"
                aria-label={t('chat.removeImage', { number: index + 1 })}
                onClick={() => images.remove(index)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
