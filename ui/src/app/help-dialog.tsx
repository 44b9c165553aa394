/** The list of keys. */
import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { RAIL } from './router.ts';

const KEYS = [
  { keys: ['/'], does: 'help.search' },
  { keys: ['l'], does: 'help.launcher' },
  { keys: ['Ctrl', 'Enter'], does: 'help.launch' },
  ...RAIL.map((screen, index) => ({ keys: [`${index + 1}`], does: `nav.${screen}` as const })),
  { keys: ['Esc'], does: 'help.escape' },
  { keys: ['?'], does: 'help.list' },
] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('help.title')}
      size="sm"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <dl className="key-list">
        {KEYS.map(({ keys, does }) => (
          <div key={does} className="row">
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd className="grow">{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
