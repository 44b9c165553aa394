/** One tunnel: its state, what it does, its problem, its figures, and what can be done to it. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tunnel } from '#contract/tunnel';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { ProbeChart } from './probe-chart.tsx';
import { RemoveTunnel } from './remove-tunnel.tsx';
import { SetupDialog } from './setup-dialog.tsx';
import { toTunnelDraft } from './tunnel-draft.ts';
import { TunnelFacts } from './tunnel-facts.tsx';
import { TunnelProblemNote } from './tunnel-problem.tsx';
import { useTunnelAction } from './tunnel-queries.ts';
import { tunnelTone } from './tunnel-words.ts';
import { wayOf } from './tunnel-way.ts';
import { WayDrawing } from './way-drawing.tsx';

interface TunnelCardProps {
  tunnel: Tunnel;
  chatHref: string;
  /** Its log, while that is open. */
  log: ReactNode;
  onToggleLog: () => void;
  onEdit: () => void;
}

export function TunnelCard({ tunnel, chatHref, log, onToggleLog, onEdit }: TunnelCardProps) {
  const { t } = useTranslation();
  const [asks, setAsks] = useState<'setup' | 'remove' | null>(null);
  const action = useTunnelAction(tunnel.id);
  const { config, state, problem, probes } = tunnel;
  const isLogOpen = log !== null;
  return (
    <li className="card tunnel" data-log={isLogOpen || undefined}>
      <div className="row">
        <StateDot tone={tunnelTone(tunnel)} />
        <h2 className="truncate" title={config.name}>
          {config.name}
        </h2>
        <span className="tunnel-state grow">{t(`tunnels.states.${state}`)}</span>
        <Menu position="bottom-end" width={170}>
          <Menu.Target>
            <ActionIcon size={24} aria-label={t('tunnels.actionsOf', { name: config.name })}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onEdit}>{t('tunnels.edit')}</Menu.Item>
            <Menu.Item data-danger onClick={() => setAsks('remove')}>
              {t('tunnels.remove')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <WayDrawing way={wayOf(toTunnelDraft(tunnel))} />
      <div className="tunnel-news" aria-live="polite">
        {problem !== null && (
          <TunnelProblemNote
            tunnel={tunnel}
            problem={problem}
            action={action}
            onEdit={onEdit}
            onSetup={() => setAsks('setup')}
          />
        )}
      </div>
      {action.error !== null && <ErrorNote message={action.error.message} />}
      <TunnelFacts tunnel={tunnel} chatHref={chatHref} />
      {probes.length > 0 && <ProbeChart probes={probes} />}
      <TunnelButtons
        tunnel={tunnel}
        action={action}
        isLogOpen={isLogOpen}
        onToggleLog={onToggleLog}
        onSetup={() => setAsks('setup')}
      />
      {isLogOpen && <div className="tunnel-log">{log}</div>}
      {asks === 'setup' && <SetupDialog tunnel={tunnel} onClose={() => setAsks(null)} />}
      {asks === 'remove' && <RemoveTunnel tunnel={tunnel} onClose={() => setAsks(null)} />}
    </li>
  );
}

interface TunnelButtonsProps {
  tunnel: Tunnel;
  action: ReturnType<typeof useTunnelAction>;
  isLogOpen: boolean;
  onToggleLog: () => void;
  onSetup: () => void;
}

function TunnelButtons({ tunnel, action, isLogOpen, onToggleLog, onSetup }: TunnelButtonsProps) {
  const { t } = useTranslation();
  const { config, state, processId } = tunnel;
  const named = (words: string): string => t('tunnels.named', { action: words, name: config.name });
  const busy = action.isPending ? action.variables : null;
  const toggle = state === 'stopped' ? 'start' : 'stop';
  const isStanding = state === 'up' || state === 'degraded';
  return (
    <div className="row wrap tunnel-buttons">
      <Button
        size="xs"
        aria-label={named(t(`tunnels.${toggle}`))}
        loading={busy === toggle}
        onClick={() => action.mutate(toggle)}
      >
        {t(`tunnels.${toggle}`)}
      </Button>
      <Button
        size="xs"
        aria-label={named(t('tunnels.probe'))}
        // One that only ends here can be asked for at any time.
        disabled={!isStanding && !(config.direction === 'incoming' && state !== 'stopped')}
        loading={busy === 'probe'}
        onClick={() => action.mutate('probe')}
      >
        {t('tunnels.probe')}
      </Button>
      <Button size="xs" aria-label={named(t('tunnels.setup'))} onClick={onSetup}>
        {t('tunnels.setup')}
      </Button>
      {processId !== null && (
        <Button
          size="xs"
          aria-label={named(t('tunnels.log'))}
          aria-expanded={isLogOpen}
          onClick={onToggleLog}
        >
          {t('tunnels.log')}
        </Button>
      )}
    </div>
  );
}
