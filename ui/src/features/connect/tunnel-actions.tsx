/** The buttons that create, test and start the plan's tunnel on this machine. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tunnel, TunnelInput } from '#contract/tunnel';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { tunnelStepWords } from '../../locales/tunnel-words.ts';
import { useCreateTunnel, useStartTunnel, type useTestTunnel } from './connect-queries.ts';

interface TunnelActionsProps {
  input: TunnelInput;
  /** null: it does not exist yet. */
  tunnel: Tunnel | null;
  test: ReturnType<typeof useTestTunnel>;
  tunnelsHref: string;
}

export function TunnelActions({ input, tunnel, test, tunnelsHref }: TunnelActionsProps) {
  const { t } = useTranslation();
  const create = useCreateTunnel();
  const start = useStartTunnel();
  const isIncoming = input.direction === 'incoming';
  const error = create.error ?? start.error ?? test.error;
  return (
    <div className="connect-actions">
      <div className="row wrap">
        {tunnel === null && (
          <Button variant="filled" size="xs" loading={create.isPending} onClick={() => create.mutate(input)}>
            {t(isIncoming ? 'connect.actions.watch' : 'connect.actions.create')}
          </Button>
        )}
        {(tunnel?.state === 'stopped' || tunnel?.state === 'down') && (
          <Button
            variant="filled"
            size="xs"
            loading={start.isPending}
            onClick={() => start.mutate(tunnel.id)}
          >
            {t('connect.actions.start')}
          </Button>
        )}
        {tunnel === null && !isIncoming && (
          <Button size="xs" loading={test.isPending} onClick={() => test.mutate(input)}>
            {t('connect.actions.test')}
          </Button>
        )}
        {tunnel !== null && <a href={tunnelsHref}>{t('connect.actions.toTunnels')}</a>}
      </div>
      {error !== null && <ErrorNote message={error.message} />}
      {tunnel === null && !isIncoming && test.data !== undefined && (
        <ul className="connect-test" aria-label={t('connect.actions.test')}>
          {test.data.steps.map((step) => (
            <li key={step.step} className="row">
              <StateDot tone={step.ok ? 'ok' : 'bad'} />
              <span className="sub">{tunnelStepWords(step)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
