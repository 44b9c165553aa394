/** The frame: rail (a bar at the bottom on small screens), connection bar, the screen. All screens but the first are loaded when they are asked for. */
import { Suspense, lazy, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../components/icon.tsx';
import { useProcesses } from '../features/processes/process-queries.ts';
import { Brand } from './brand.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import { lazyScreen } from './lazy-screen.ts';
import type { PageParts } from './page-parts.ts';
import { RailFoot } from './rail-foot.tsx';
import { SCREENS, formatRoute, navigate, useRoute, type Route } from './router.ts';
import { ScreenSkeleton } from './screen-skeleton.tsx';
import { ServersScreen } from './servers-screen.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const ChatScreen = lazyScreen('chat', async () => (await import('./chat-screen.tsx')).ChatScreen);
const PromptsScreen = lazyScreen('chat', async () => (await import('./prompts-screen.tsx')).PromptsScreen);
const GatewayScreen = lazyScreen('gateway', async () => (await import('./gateway-screen.tsx')).GatewayScreen);
const SystemScreen = lazyScreen('system', async () => (await import('../features/system/system-screen.tsx')).SystemScreen);
const HelpDialog = lazy(async () => ({ default: (await import('./help-dialog.tsx')).HelpDialog }));

export function Shell({ parts }: { parts: PageParts }) {
  const { t } = useTranslation();
  const route = useRoute();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const shortcuts = useMemo(
    () => ({
      '1': () => navigate(SCREENS.servers),
      '2': () => navigate(SCREENS.chat),
      '3': () => navigate(SCREENS.prompts),
      '4': () => navigate(SCREENS.gateway),
      '5': () => navigate(SCREENS.system),
      '?': () => setHelpOpen(true),
    }),
    [],
  );
  useShortcuts(shortcuts);
  return (
    <div className="shell">
      <ConnectionBar live={parts.live} />
      <nav className="rail" aria-label={t('nav.label')}>
        <Brand />
        <RailLink screen="servers" route={route} note={<RunningCount />} />
        <RailLink screen="chat" route={route} />
        <RailLink screen="prompts" route={route} />
        <RailLink screen="gateway" route={route} />
        <RailLink screen="system" route={route} />
        <span className="rail-space" />
        <RailFoot parts={parts} onHelp={() => setHelpOpen(true)} />
      </nav>
      <Suspense fallback={<ScreenSkeleton />}>
        <Screen parts={parts} route={route} />
      </Suspense>
      {isHelpOpen && (
        <Suspense>
          <HelpDialog onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Screen({ parts, route }: { parts: PageParts; route: Route }) {
  switch (route.screen) {
    case 'servers':
      return <ServersScreen parts={parts} route={route} />;
    case 'chat':
      return <ChatScreen parts={parts} route={route} />;
    case 'prompts':
      return <PromptsScreen route={route} />;
    case 'gateway':
      return <GatewayScreen />;
    case 'system':
      return (
        <main className="screen">
          <SystemScreen />
        </main>
      );
  }
}

interface RailLinkProps {
  screen: Route['screen'];
  route: Route;
  note?: React.ReactNode;
}

function RailLink({ screen, route, note }: RailLinkProps) {
  const { t } = useTranslation();
  return (
    <a className="rail-link" href={formatRoute(SCREENS[screen])} aria-current={route.screen === screen ? 'page' : undefined}>
      <Icon name={screen} />
      <span>{t(`nav.${screen}`)}</span>
      {note}
    </a>
  );
}

function RunningCount() {
  const { t } = useTranslation();
  const count = useProcesses().data?.filter(({ pid }) => pid !== null).length ?? 0;
  return count === 0 ? null : (
    <b title={t('nav.running')}>
      {count}
      <span className="visually-hidden"> {t('nav.running')}</span>
    </b>
  );
}
