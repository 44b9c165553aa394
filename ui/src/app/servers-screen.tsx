/** The Servers screen: joins launcher, profiles, process cards and log console, which do not know of one another. */
import { Button, Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { Icon } from '../components/icon.tsx';
import { Launcher } from '../features/launcher/launcher.tsx';
import { toDraft } from '../features/launcher/target-draft.ts';
import { useLaunchDraft } from '../features/launcher/use-launch-draft.ts';
import { useLaunchOrder } from '../features/launcher/use-launch-order.ts';
import { LogConsole } from '../features/logs/log-console.tsx';
import { ProcessCards } from '../features/processes/process-cards.tsx';
import { useProcesses } from '../features/processes/process-queries.ts';
import { ProfilesMenu } from '../features/profiles/profiles-menu.tsx';
import { SaveProfile } from '../features/profiles/save-profile.tsx';
import { en } from '../locales/en.ts';
import { EmptyServers } from './empty-servers.tsx';
import type { PageParts } from './page-parts.ts';
import { navigate, type Route } from './router.ts';
import { useApplyFix } from './use-apply-fix.ts';
import { useShortcuts } from './use-shortcuts.ts';

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
  const control = useLaunchDraft();
  const processes = useProcesses().data;
  const ids = useMemo(() => processes?.map(({ id }) => id) ?? [], [processes]);
  const status = useSyncExternalStore(parts.live.subscribe, parts.live.status);
  const isNarrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [isSheetOpen, setSheetOpen] = useState(false);

  const openLauncher = useCallback(() => {
    setSheetOpen(true);
    // The sheet is drawn first, then there is something to focus.
    requestAnimationFrame(() => document.querySelector<HTMLInputElement>('.launcher input:not([type="radio"])')?.focus());
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

  const made = useLaunchOrder(control.draft, ids);
  const form =
    made.order === null ? null : { target: made.order.target, processId: made.order.id, restart: { policy: made.order.restart } };
  const launcher = (
    <Launcher
      control={control}
      made={made}
      profiles={
        <ProfilesMenu
          loadedId={control.draft.profileId}
          onLoad={({ id, target, processId, restart }) =>
            control.replace(toDraft({ target, processId, restart: restart.policy, profileId: id }))
          }
        />
      }
      save={<SaveProfile form={form} loadedId={control.draft.profileId} onSaved={(profileId) => control.change({ profileId })} />}
      onLaunched={(id) => {
        setSheetOpen(false);
        showProcess(id);
      }}
    />
  );

  return (
    <main className="servers">
      {isNarrow ? (
        <Drawer
          opened={isSheetOpen}
          onClose={() => setSheetOpen(false)}
          position="bottom"
          size="92%"
          title={en.form.sheet}
          closeButtonProps={{ 'aria-label': en.close }}
          classNames={{ body: 'sheet-body', header: 'sheet-header', title: 'visually-hidden' }}
        >
          {launcher}
        </Drawer>
      ) : (
        <div className="servers-launcher">{launcher}</div>
      )}
      <div className="servers-work">
        {isNarrow && (
          <div className="servers-open">
            <Button variant="filled" size="md" fullWidth leftSection={<Icon name="rocket" />} onClick={openLauncher}>
              {en.form.title}
            </Button>
          </div>
        )}
        <ProcessCards
          selectedId={route.processId}
          empty={<EmptyServers onLaunched={showProcess} onOpenLauncher={openLauncher} />}
          onShowLog={showLogInSight}
          onApplyFix={applyFix}
        />
        <LogConsole store={parts.logs} sources={ids} source={route.logId} isLive={status.kind === 'live'} onSource={showLog} />
      </div>
    </main>
  );
}
