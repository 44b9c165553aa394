/** What to run and to put where, for a tunnel: each text with a button that copies it. */
import { Button, Modal, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tunnel, TunnelSetup } from '#contract/tunnel';
import { CopyButton } from '../../components/copy-button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { tunnelNoteWords } from '../../locales/tunnel-words.ts';
import { useTunnelSetup } from './tunnel-queries.ts';

export function SetupDialog({ tunnel, onClose }: { tunnel: Tunnel; onClose: () => void }) {
  const { t } = useTranslation();
  const { config } = tunnel;
  const setup = useTunnelSetup(tunnel.id);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('tunnels.setupDialog.title', { name: config.name })}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <div className="tunnel-form">
        {setup.error !== null && (
          <ErrorNote title={t('tunnels.setupDialog.loadFailed')} message={setup.error.message}>
            <Button size="xs" loading={setup.isFetching} onClick={() => void setup.refetch()}>
              {t('retry')}
            </Button>
          </ErrorNote>
        )}
        {setup.isPending && setup.error === null && <Skeleton height={160} />}
        {setup.data !== undefined && <SetupTexts setup={setup.data} config={config} />}
      </div>
    </Modal>
  );
}

function SetupTexts({ setup, config }: { setup: TunnelSetup; config: Tunnel['config'] }) {
  const { t } = useTranslation();
  const isIncoming = config.direction === 'incoming';
  const keyTitle = isIncoming
    ? t('tunnels.setupDialog.keyHere')
    : t('tunnels.setupDialog.key', { host: config.host });
  return (
    <>
      {setup.authorizedKeysLine === null ? (
        <div className="note note-busy">
          {t(isIncoming ? 'tunnels.setupDialog.noKeyIncoming' : 'tunnels.setupDialog.noKey')}
        </div>
      ) : (
        <SetupText title={keyTitle} hint={t('tunnels.setupDialog.keyText')} text={setup.authorizedKeysLine} />
      )}
      {setup.notes.length > 0 && (
        <section className="tunnel-setup" aria-label={t('tunnels.setupDialog.notes')}>
          <h3>{t('tunnels.setupDialog.notes')}</h3>
          <ul className="sub">
            {setup.notes.map((note) => (
              <li key={note.code}>{tunnelNoteWords(note)}</li>
            ))}
          </ul>
        </section>
      )}
      {setup.command !== null && (
        <SetupText
          title={t('tunnels.setupDialog.command')}
          hint={t('tunnels.setupDialog.commandText')}
          text={setup.command}
        />
      )}
      {setup.systemdUnit !== null && (
        <SetupText title={t('tunnels.setupDialog.unit')} text={setup.systemdUnit} />
      )}
    </>
  );
}

function SetupText({ title, hint, text }: { title: string; hint?: string; text: string }) {
  const { t } = useTranslation();
  return (
    <section className="tunnel-setup" aria-label={title}>
      <div className="row">
        <h3 className="grow">{title}</h3>
        <CopyButton text={text} label={t('tunnels.setupDialog.copy', { what: title })} />
      </div>
      {hint !== undefined && <div className="sub">{hint}</div>}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reached by the keyboard */}
      <pre className="tunnel-code" tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </section>
  );
}
