/** The buttons of one process card; a refusal is shown on the card, where the button was. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { copyText } from '../../components/copy-text.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import { ForgetDialog } from './forget-dialog.tsx';
import type { LiveProcess } from './process-cache.ts';
import { useRestartProcess, useStopProcess } from './process-queries.ts';
import { isEnded } from './state-words.ts';

interface ProcessActionsProps {
  process: LiveProcess;
  onShowLog: () => void;
}

export function ProcessActions({ process, onShowLog }: ProcessActionsProps) {
  const stop = useStopProcess(process.id);
  const restart = useRestartProcess(process.id);
  const [isForgetting, setForgetting] = useState(false);
  const ended = isEnded(process.state);
  const isStopping = process.state === 'stopping' || stop.isPending;
  const named = (action: string): string => fill(en.cards.named, { action, id: process.id });
  const error = restart.error ?? stop.error;
  return (
    <>
      {error !== null && <ErrorNote message={error.message} />}
      <div className="row card-actions">
        <Button
          size="xs"
          aria-label={named(ended ? en.cards.launchAgain : en.cards.restart)}
          loading={restart.isPending}
          disabled={isStopping && !restart.isPending}
          onClick={() => restart.mutate()}
        >
          {ended ? en.cards.launchAgain : en.cards.restart}
        </Button>
        {!ended && (
          <Button size="xs" data-danger aria-label={named(en.cards.stop)} disabled={isStopping} onClick={() => stop.mutate()}>
            {isStopping ? en.cards.stopping : en.cards.stop}
          </Button>
        )}
        <Button size="xs" aria-label={named(en.cards.logs)} onClick={onShowLog}>
          {en.cards.logs}
        </Button>
        <span className="grow" />
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={named(en.cards.more)}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void copyText(process.command)}>{en.cards.copyCommand}</Menu.Item>
            {process.url !== null && process.state === 'ready' && (
              <Menu.Item component="a" href={process.url} target="_blank" rel="noreferrer">
                {en.cards.openUrl}
              </Menu.Item>
            )}
            <Menu.Item disabled={!ended} color="red" onClick={() => setForgetting(true)}>
              {ended ? en.cards.forget : en.cards.forgetAfterStop}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {isForgetting && <ForgetDialog id={process.id} onClose={() => setForgetting(false)} />}
    </>
  );
}
