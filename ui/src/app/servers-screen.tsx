/** The Servers screen: joins launcher, process cards and log console, which do not know of one another. */
import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Suspense, useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../components/icon.tsx';
import { useLaunchDraft } from '../features/launcher/use-launch-draft.ts';
import { LogConsole } from '../features/logs/log-console.tsx';
import { ProcessCards } from '../features/processes/process-cards.tsx';
import { useProcesses } from '../features/processes/process-queries.ts';
import { EmptyServers } from './empty-servers.tsx';
import { LauncherSkeleton } from './launcher-skeleton.tsx';
import { lazyScreen } from './lazy-screen.ts';
import type { PageParts } from './page-parts.ts';
import { navigate, type Route } from './router.ts';
import { useApplyFix } from './use-apply-fix.ts';
import { useShortcuts } from './use-shortcuts.ts';

const LauncherPanel = lazyScreen(
  'launcher',
  async () => (await import('./launcher-panel.tsx')).LauncherPanel,
);
const LauncherSheet = lazyScreen(
  'launcher',
  async () => (await import('./launcher-sheet.tsx')).LauncherSheet,
);

interface ServersScreenProps {
  parts: PageParts;
  route: Extract<Route, { screen: 'servers' }>;
}

const showLog = (logId: string | null): void => navigate({ screen: 'servers', processId: null, logId });
const showProcess = (processId: string): void => navigate({ screen: 'servers', processId, logId: null });

/** On a small screen the log lies below the cards. */
function showLogInSight(id: string): void {
  showLog(id);
  document.querySelector('.log-console')?.scrollIntoView({ block: 'nearest' });
}

export function ServersScreen({ parts, route }: ServersScreenProps) {
  const { t } = useTranslation();
  const control = useLaunchDraft();
  const processes = useProcesses().data;
  const ids = useMemo(() => processes?.map(({ id }) => id) ?? [], [processes]);
  const status = useSyncExternalStore(parts.live.subscribe, parts.live.status);
  const isNarrow =
    useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [sheet, setSheet] = useState<'never' | 'open' | 'closed'>('never');

  const openLauncher = useCallback(() => {
    setSheet('open');
    // The sheet is drawn first, then there is something to focus.
    requestAnimationFrame(() =>
      document.querySelector<HTMLInputElement>('.launcher input:not([type="radio"])')?.focus(),
    );
  }, []);
  const applyFix = useApplyFix(control, openLauncher);
  const shortcuts = useMemo(
    () => ({
      '/': () => document.querySelector<HTMLInputElement>('#log-filter')?.focus(),
      l: openLauncher,
      'Ctrl+Enter': () => document.querySelector<HTMLFormElement>('form.launcher')?.requestSubmit(),
    }),
    [openLauncher],
  );
  useShortcuts(shortcuts);

  const panel = {
    control,
    takenIds: ids,
    onLaunched: (id: string): void => {
      setSheet('closed');
      showProcess(id);
    },
  };

  return (
    <main className="servers">
      {isNarrow ? (
        sheet !== 'never' && (
          <Suspense>
            <LauncherSheet isOpen={sheet === 'open'} onClose={() => setSheet('closed')} {...panel} />
          </Suspense>
        )
      ) : (
        <div className="servers-launcher">
          <Suspense fallback={<LauncherSkeleton />}>
            <LauncherPanel {...panel} />
          </Suspense>
        </div>
      )}
      <div className="servers-work">
        {isNarrow && (
          <div className="servers-open">
            <Button
              variant="filled"
              size="md"
              fullWidth
              leftSection={<Icon name="rocket" />}
              onClick={openLauncher}
            >
              {t('empty.openLauncher')}
            </Button>
          </div>
        )}
        <ProcessCards
          selectedId={route.processId}
          empty={<EmptyServers onLaunched={showProcess} onOpenLauncher={openLauncher} />}
          onShowLog={showLogInSight}
          onApplyFix={applyFix}
        />
        <LogConsole
          store={parts.logs}
          sources={ids}
          source={route.logId}
          isLive={status.kind === 'live'}
          onSource={showLog}
        />
      </div>
    </main>
  );
}
