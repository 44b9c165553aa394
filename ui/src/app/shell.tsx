/** The frame: rail (a bar at the bottom on small screens), connection bar, the screen. */
import { ActionIcon } from '@mantine/core';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { StreamStatus } from '../api/event-stream.ts';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/state-dot.tsx';
import { useNow } from '../components/use-now.ts';
import { useProcesses } from '../features/processes/process-queries.ts';
import { SystemScreen } from '../features/system/system-screen.tsx';
import { useHealth } from '../features/system/system-query.ts';
import { formatDuration } from '../format/duration.ts';
import { en } from '../locales/en.ts';
import { fill } from '../locales/fill.ts';
import { Brand } from './brand.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import { HelpDialog } from './help-dialog.tsx';
import type { PageParts } from './page-parts.ts';
import { navigate, useRoute, type Route } from './router.ts';
import { ServersScreen } from './servers-screen.tsx';
import { ThemeToggle } from './theme-toggle.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const SERVERS: Route = { screen: 'servers', processId: null, logId: null };
const SYSTEM: Route = { screen: 'system' };

export function Shell({ parts }: { parts: PageParts }) {
  const route = useRoute();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const shortcuts = useMemo(() => ({ '1': () => navigate(SERVERS), '2': () => navigate(SYSTEM), '?': () => setHelpOpen(true) }), []);
  useShortcuts(shortcuts);
  return (
    <div className="shell">
      <ConnectionBar live={parts.live} />
      <nav className="rail" aria-label={en.nav.label}>
        <Brand />
        <RailLink href="#/servers" isOn={route.screen === 'servers'} icon="servers" label={en.nav.servers} note={<RunningCount />} />
        <RailLink href="#/system" isOn={route.screen === 'system'} icon="system" label={en.nav.system} note={null} />
        <span className="rail-space" />
        <RailFoot parts={parts} onHelp={() => setHelpOpen(true)} />
      </nav>
      {route.screen === 'servers' ? (
        <ServersScreen parts={parts} route={route} />
      ) : (
        <main className="screen">
          <SystemScreen />
        </main>
      )}
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

interface RailLinkProps {
  href: string;
  isOn: boolean;
  icon: 'servers' | 'system';
  label: string;
  note: React.ReactNode;
}

function RailLink({ href, isOn, icon, label, note }: RailLinkProps) {
  return (
    <a className="rail-link" href={href} aria-current={isOn ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {note}
    </a>
  );
}

function RunningCount() {
  const count = useProcesses().data?.filter(({ pid }) => pid !== null).length ?? 0;
  return count === 0 ? null : (
    <b title={en.nav.running}>
      {count}
      <span className="visually-hidden"> {en.nav.running}</span>
    </b>
  );
}

function RailFoot({ parts, onHelp }: { parts: PageParts; onHelp: () => void }) {
  const { data: health } = useHealth();
  const status = useSyncExternalStore(parts.live.subscribe, parts.live.status);
  const nowMs = useNow(1000);
  return (
    <div className="rail-foot">
      <div className="row rail-runner" title={health === undefined ? undefined : fill(en.nav.runnerVersion, { version: health.version })}>
        <StateDot tone={status.kind === 'live' ? 'ok' : isFirstTry(status) ? 'busy' : 'bad'} />
        <span className="truncate">{runnerWords(status, health === undefined ? null : nowMs - health.upSinceMs)}</span>
      </div>
      <div className="row rail-tools">
        <span className="grow truncate rail-host">{location.host}</span>
        <ActionIcon aria-label={en.help.title} title={en.help.title} onClick={onHelp}>
          <Icon name="help" />
        </ActionIcon>
        <ThemeToggle />
      </div>
    </div>
  );
}

function isFirstTry(status: StreamStatus): boolean {
  return status.kind === 'connecting' && status.attempt === 0;
}

function runnerWords(status: StreamStatus, upMs: number | null): string {
  if (isFirstTry(status)) return en.connection.connecting;
  if (status.kind !== 'live') return en.nav.runnerAway;
  return upMs === null ? en.nav.runnerLive : fill(en.nav.runner, { up: formatDuration(upMs) });
}
