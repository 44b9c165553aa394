/** The Tunnels screen: joins the tunnels with the log console and the ports of the servers that run here. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { LogConsole } from '../features/logs/log-console.tsx';
import { useProcesses } from '../features/processes/process-queries.ts';
import { TunnelList } from '../features/tunnels/tunnel-list.tsx';
import type { PageParts } from './page-parts.ts';
import { SCREENS, formatRoute } from './router.ts';
import './tunnels-screen.css';
import { useShortcuts } from './use-shortcuts.ts';

const HREFS = { chat: formatRoute(SCREENS.chat), assistant: formatRoute(SCREENS.connect) };
const stay = (): void => undefined;

export function TunnelsScreen({ parts }: { parts: PageParts }) {
  const { t } = useTranslation();
  const status = useSyncExternalStore(parts.live.subscribe, parts.live.status);
  const servers = useProcesses().data;
  const modelPort = servers?.find(({ pid, port }) => pid !== null && port !== null)?.port ?? null;
  const shortcuts = useMemo(
    () => ({ '/': () => document.querySelector<HTMLInputElement>('#log-filter')?.focus() }),
    [],
  );
  useShortcuts(shortcuts);
  const isLive = status.kind === 'live';
  const renderLog = useCallback(
    (id: string) => (
      <LogConsole store={parts.logs} sources={[id]} source={id} isLive={isLive} onSource={stay} />
    ),
    [parts.logs, isLive],
  );
  return (
    <main className="screen tunnels" aria-label={t('tunnels.title')}>
      <TunnelList modelPort={modelPort} hrefs={HREFS} renderLog={renderLog} />
    </main>
  );
}
