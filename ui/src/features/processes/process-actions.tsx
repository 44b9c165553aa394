/** The buttons of one process card; an error appears on the card, next to the button. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../../components/copy-text.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import type { LiveProcess } from './process-cache.ts';
import { useRestartProcess, useStopProcess } from './process-queries.ts';
import { isEnded } from './state-tone.ts';

const ForgetDialog = lazy(async () => ({ default: (await import('./forget-dialog.tsx')).ForgetDialog }));

interface ProcessActionsProps {
  process: LiveProcess;
  onShowLog: () => void;
}

export function ProcessActions({ process, onShowLog }: ProcessActionsProps) {
  const { t } = useTranslation();
  const stop = useStopProcess(process.id);
  const restart = useRestartProcess(process.id);
  const [isForgetting, setForgetting] = useState(false);
  const ended = isEnded(process.state);
  const isStopping = process.state === 'stopping' || stop.isPending;
  const named = (action: string): string => t('cards.named', { action, id: process.id });
  const error = restart.error ?? stop.error;
  return (
    <>
      {error !== null && <ErrorNote message={error.message} />}
      <div className="row card-actions">
        <Button
          size="xs"
          aria-label={named(ended ? t('cards.launchAgain') : t('cards.restart'))}
          loading={restart.isPending}
          disabled={isStopping && !restart.isPending}
          onClick={() => restart.mutate()}
        >
          {ended ? t('cards.launchAgain') : t('cards.restart')}
        </Button>
        {!ended && (
          <Button
            size="xs"
            data-danger
            aria-label={named(t('cards.stop'))}
            disabled={isStopping}
            onClick={() => stop.mutate()}
          >
            {isStopping ? t('cards.stopping') : t('cards.stop')}
          </Button>
        )}
        <Button size="xs" aria-label={named(t('cards.logs'))} onClick={onShowLog}>
          {t('cards.logs')}
        </Button>
        <span className="grow" />
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={named(t('cards.more'))}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void copyText(process.command)}>{t('cards.copyCommand')}</Menu.Item>
            {process.url !== null && process.state === 'ready' && (
              <Menu.Item component="a" href={process.url} target="_blank" rel="noreferrer">
                {t('cards.openUrl')}
              </Menu.Item>
            )}
            <Menu.Item disabled={!ended} color="red" onClick={() => setForgetting(true)}>
              {ended ? t('cards.forget') : t('cards.forgetAfterStop')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {isForgetting && (
        <Suspense>
          <ForgetDialog id={process.id} onClose={() => setForgetting(false)} />
        </Suspense>
      )}
    </>
  );
}
