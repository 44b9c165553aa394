/** The problem of a tunnel on its card, with the buttons that mend it and when it is tried again. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tunnel, TunnelProblem } from '#contract/tunnel';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { remedyOf } from './problem-help.ts';
import { ProblemWords } from './problem-words.tsx';
import type { useTunnelAction } from './tunnel-queries.ts';
import { momentOf } from './tunnel-words.ts';

interface TunnelProblemNoteProps {
  tunnel: Tunnel;
  problem: TunnelProblem;
  action: ReturnType<typeof useTunnelAction>;
  onEdit: () => void;
  onSetup: () => void;
}

export function TunnelProblemNote({ tunnel, problem, action, onEdit, onSetup }: TunnelProblemNoteProps) {
  const { t } = useTranslation();
  const [isForgetting, setForgetting] = useState(false);
  const { config, state, nextTryAt } = tunnel;
  const remedy = remedyOf(problem);
  // One that ends here is only watched: it comes when the other machine does.
  const isTried = state === 'down' && config.direction !== 'incoming';
  return (
    <ProblemWords
      problem={problem}
      isFailure={state === 'down'}
      aside={t('tunnels.problem.since', { at: momentOf(problem.at) })}
    >
      {(remedy !== null || isTried) && (
        <div className="row wrap">
          {remedy === 'forget' && (
            <Button size="xs" onClick={() => setForgetting(true)}>
              {t('tunnels.problem.forget')}
            </Button>
          )}
          {remedy === 'setup' && (
            <Button size="xs" onClick={onSetup}>
              {t('tunnels.problem.showSetup')}
            </Button>
          )}
          {remedy === 'edit' && (
            <Button size="xs" onClick={onEdit}>
              {t('tunnels.problem.change')}
            </Button>
          )}
          {isTried && (
            <>
              <Button
                size="xs"
                loading={action.isPending && action.variables === 'start'}
                onClick={() => action.mutate('start')}
              >
                {t('tunnels.problem.tryNow')}
              </Button>
              <span>
                {nextTryAt === null
                  ? t('tunnels.problem.noTry')
                  : t('tunnels.problem.nextTry', { at: momentOf(nextTryAt) })}
              </span>
            </>
          )}
        </div>
      )}
      {isForgetting && (
        <ConfirmDialog
          title={t('tunnels.problem.forgetTitle', {
            host: config.direction === 'incoming' ? '' : config.host,
          })}
          confirmLabel={t('tunnels.problem.forgetConfirm')}
          isBusy={action.isPending}
          onConfirm={() => action.mutate('forget', { onSettled: () => setForgetting(false) })}
          onClose={() => setForgetting(false)}
        >
          {t('tunnels.problem.forgetText')}
        </ConfirmDialog>
      )}
    </ProblemWords>
  );
}
