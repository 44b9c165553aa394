/** The form for a message: text, images, the settings it is sent with, and Send. */
import { ActionIcon, Button, Textarea } from '@mantine/core';
import { useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../components/icon.tsx';
import { ComposerImages } from './composer-images.tsx';
import { isSendKey } from './send-key.ts';
import type { AttachedImages } from './use-images.ts';

interface ComposerProps {
  text: string;
  onText: (text: string) => void;
  /** Name of the server or model that gets the message. */
  name: string;
  images: AttachedImages | null;
  /** Why sending is blocked and what to do; null: it is not. */
  hindrance: ReactNode;
  isAnswering: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
  children?: ReactNode;
}

export function Composer({
  text,
  onText,
  name,
  images,
  hindrance,
  isAnswering,
  onSend,
  onStop,
  children,
}: ComposerProps) {
  const { t } = useTranslation();
  const hasContent = text.trim() !== '' || (images?.images.length ?? 0) > 0;
  const canSend = hasContent && hindrance === null && !isAnswering && images?.isBusy !== true;
  const send = (): void => {
    if (!canSend) return;
    onSend(text);
    onText('');
    images?.replace([]);
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {hindrance !== null && <div className="note note-busy composer-hindrance">{hindrance}</div>}
      {images !== null && <ComposerImages images={images} name={name} />}
      <div className="composer-line">
        <Textarea
          className="composer-text grow"
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={10}
          aria-label={t('chat.messageTo', { name })}
          placeholder={t('chat.messageTo', { name })}
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          onPaste={(event) => {
            const files = [...event.clipboardData.files];
            if (files.length === 0 || images === null) return;
            event.preventDefault();
            images.add(files);
          }}
          onKeyDown={(event) => {
            if (!isSendKey(event)) return;
            event.preventDefault();
            send();
          }}
        />
        {isAnswering ? (
          <Button size="md" leftSection={<Icon name="stop" size={14} />} onClick={onStop}>
            {t('chat.stop')}
          </Button>
        ) : (
          <Button type="submit" variant="filled" size="md" disabled={!canSend} title={t('chat.sendKeys')}>
            {t('chat.send')}
          </Button>
        )}
      </div>
      <div className="composer-foot">
        {images !== null && <AttachButton images={images} />}
        <div className="composer-chips">{children}</div>
      </div>
    </form>
  );
}

function AttachButton({ images }: { images: AttachedImages }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => {
          images.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <ActionIcon
        aria-label={t('chat.attach')}
        title={t('chat.attachHint')}
        loading={images.isBusy}
        onClick={() => picker.current?.click()}
      >
        <Icon name="image" />
      </ActionIcon>
    </>
  );
}
