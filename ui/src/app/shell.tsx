/** The frame: rail (a bar at the bottom on small screens), connection bar, the screen. All screens but the first are loaded when they are asked for. */
import { Suspense, lazy, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from './brand.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import { lazyScreen } from './lazy-screen.ts';
import type { PageParts } from './page-parts.ts';
import { RailFoot } from './rail-foot.tsx';
import { RailLinks } from './rail-links.tsx';
import { RAIL, SCREENS, navigate, useRoute, type Route } from './router.ts';
import { ScreenSkeleton } from './screen-skeleton.tsx';
import { ServersScreen } from './servers-screen.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const ChatScreen = lazyScreen('chat', async () => (await import('./chat-screen.tsx')).ChatScreen);
const PromptsScreen = lazyScreen('chat', async () => (await import('./prompts-screen.tsx')).PromptsScreen);
const GatewayScreen = lazyScreen('gateway', async () => (await import('./gateway-screen.tsx')).GatewayScreen);
const TunnelsScreen = lazyScreen('tunnels', async () => (await import('./tunnels-screen.tsx')).TunnelsScreen);
const MqttScreen = lazyScreen('mqtt', async () => (await import('./mqtt-screen.tsx')).MqttScreen);
const ConnectScreen = lazyScreen('connect', async () => (await import('./connect-screen.tsx')).ConnectScreen);
const SystemScreen = lazyScreen(
  'system',
  async () => (await import('../features/system/system-screen.tsx')).SystemScreen,
);
const HelpDialog = lazy(async () => ({ default: (await import('./help-dialog.tsx')).HelpDialog }));

export function Shell({ parts }: { parts: PageParts }) {
  const { t } = useTranslation();
  const route = useRoute();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const shortcuts = useMemo(
    () => ({
      ...Object.fromEntries(RAIL.map((screen, index) => [`${index + 1}`, () => navigate(SCREENS[screen])])),
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
        <RailLinks route={route} />
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
    case 'tunnels':
      return <TunnelsScreen parts={parts} />;
    case 'mqtt':
      return <MqttScreen />;
    case 'connect':
      return <ConnectScreen />;
    case 'system':
      return (
        <main className="screen">
          <SystemScreen />
        </main>
      );
  }
}
