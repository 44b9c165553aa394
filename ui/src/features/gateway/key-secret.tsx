/** A new key's secret, shown this once: nothing but its own button closes the dialog. */
import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';

interface KeySecretProps {
  name: string;
  secret: string;
  onClose: () => void;
}

export function KeySecret({ name, secret, onClose }: KeySecretProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('gateway.secret.title', { name })}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <div className="gateway-form">
        <div className="note note-busy" role="alert">
          <div>
            <strong>{t('gateway.secret.warning')} </strong>
            {t('gateway.secret.text')}
          </div>
        </div>
        <div className="row gateway-url">
          <input
            className="grow gateway-secret"
            aria-label={t('gateway.secret.label')}
            readOnly
            value={secret}
            data-autofocus
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton text={secret} label={t('gateway.secret.copy')} />
        </div>
        <div className="dialog-actions">
          <Button variant="filled" onClick={onClose}>
            {t('gateway.secret.done')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
