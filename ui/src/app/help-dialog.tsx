/** The list of keys. */
import { Kbd, Modal } from '@mantine/core';
import { en } from '../locales/en.ts';

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={en.help.title} size="sm" closeButtonProps={{ 'aria-label': en.close }}>
      <dl className="key-list">
        {en.help.keys.map(({ keys, does }) => (
          <div key={does} className="row">
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd className="grow">{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
