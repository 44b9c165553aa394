/** A user's message: its text and images, and editing it in place. */
import { Button, Textarea } from '@mantine/core';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '#contract/session';
import { CopyAction } from './copy-action.tsx';
import type { MessageActions } from './message-actions.ts';
import { isSendKey } from './send-key.ts';

interface UserMessageProps {
  message: Pick<Message, 'id' | 'content' | 'images' | 'sent'>;
  /** Number of messages after it, all of which are replaced when it is sent again. */
  countAfter: number;
  /** An answer is being written: editing is disabled meanwhile. */
  isBusy: boolean;
  actions: MessageActions | null;
}

export const UserMessage = memo(function UserMessage({
  message,
  countAfter,
  isBusy,
  actions,
}: UserMessageProps) {
  const { t } = useTranslation();
  const [isEditing, setEditing] = useState(false);
  if (isEditing && actions !== null && !isBusy) {
    return (
      <EditMessage
        content={message.content}
        countAfter={countAfter}
        onClose={() => setEditing(false)}
        onSend={(text) => {
          setEditing(false);
          actions.resend(message.id, text, message.images);
        }}
      />
    );
  }
  return (
    <article className="user-message" aria-label={t('chat.you')}>
      <div className="bubble">
        <MessageImages images={message.images} />
        {message.content !== '' && <div className="bubble-text">{message.content}</div>}
        {message.sent !== null && (
          <details className="sent-as">
            <summary>{t('chat.sentAs')}</summary>
            <div className="bubble-text mono">{message.sent}</div>
          </details>
        )}
      </div>
      {actions !== null && (
        <div className="message-tools">
          <button type="button" className="text-action" disabled={isBusy} onClick={() => setEditing(true)}>
            {t('chat.edit')}
          </button>
          <CopyAction text={message.content} label={t('chat.copyMessage')} />
        </div>
      )}
    </article>
  );
});

function MessageImages({ images }: { images: readonly string[] }) {
  const { t } = useTranslation();
  if (images.length === 0) return null;
  return (
    <div className="message-images">
      {images.map((image, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the images of a message never change
        <img key={index} src={image} alt={t('chat.attachedImage', { number: index + 1 })} />
      ))}
    </div>
  );
}

/** Focuses the field that the user opened, with the cursor at the end of the text. */
function focusAtEnd(field: HTMLTextAreaElement | null): void {
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

interface EditMessageProps {
  content: string;
  countAfter: number;
  onSend: (text: string) => void;
  onClose: () => void;
}

function EditMessage({ content, countAfter, onSend, onClose }: EditMessageProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(content);
  const canSend = text.trim() !== '';
  return (
    <form
      className="edit-message"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend(text);
      }}
    >
      <Textarea
        autosize
        minRows={2}
        maxRows={14}
        ref={focusAtEnd}
        aria-label={t('chat.editLabel')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          else if (isSendKey(event)) {
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }
        }}
      />
      <div className="row wrap">
        <span className="sub grow">{countAfter > 1 && t('chat.editReplaces', { count: countAfter })}</span>
        <Button size="xs" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button size="xs" type="submit" variant="filled" disabled={!canSend}>
          {t('chat.resend')}
        </Button>
      </div>
    </form>
  );
}
