/** The Chat screen: joins endpoints, sessions, the conversation and its prompt, which do not know of one another. */
import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { use, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChatSide } from './chat-side.tsx';
import { ChatStart } from './chat-start.tsx';
import { CompareScreen } from './compare-screen.tsx';
import { KeptTexts } from './kept-texts.ts';
import type { PageParts } from './page-parts.ts';
import type { Route } from './router.ts';
import { SessionScreen } from './session-screen.tsx';
import { useShortcuts } from './use-shortcuts.ts';
import './chat-screen.css';

interface ChatScreenProps {
  parts: PageParts;
  route: Extract<Route, { screen: 'chat' }>;
}

const openStorage = (): Storage => localStorage;

export function ChatScreen({ parts, route }: ChatScreenProps) {
  const { t } = useTranslation();
  const hasSide = useMediaQuery('(min-width: 901px)', undefined, { getInitialValueInEffect: false }) ?? true;
  const streams = use(parts.chats());
  const [isSideOpen, setSideOpen] = useState(false);
  const [drafts] = useState(() => ({
    messages: new KeptTexts(openStorage, 'chat-drafts'),
    prompts: new KeptTexts(openStorage, 'prompt-drafts'),
    compare: new KeptTexts(openStorage, 'compare'),
  }));
  const shortcuts = useMemo(
    () => ({ '/': () => document.querySelector<HTMLInputElement>('#session-search')?.focus() }),
    [],
  );
  useShortcuts(shortcuts);
  const isChosen = route.sessionId !== null || route.compare;
  const side = (
    <ChatSide streams={streams} selectedId={route.sessionId} onChosen={() => setSideOpen(false)} />
  );
  return (
    <main className="screen chat-screen" aria-label={t('chat.title')}>
      {hasSide && (
        <aside className="chat-side" aria-label={t('sessions.title')}>
          {side}
        </aside>
      )}
      {!hasSide && isChosen && (
        <Drawer
          opened={isSideOpen}
          onClose={() => setSideOpen(false)}
          size={300}
          title={t('sessions.title')}
          closeButtonProps={{ 'aria-label': t('close') }}
          classNames={{ body: 'chat-drawer-body' }}
        >
          {side}
        </Drawer>
      )}
      {!isChosen && <h1 className="visually-hidden">{t('chat.title')}</h1>}
      {!isChosen && hasSide && <ChatStart />}
      {!isChosen && !hasSide && (
        <div className="chat-side">
          <ChatStart isBesideList />
          {side}
        </div>
      )}
      {route.compare && <CompareScreen streams={streams} drafts={drafts} />}
      {route.sessionId !== null && (
        <SessionScreen
          key={route.sessionId}
          id={route.sessionId}
          streams={streams}
          drafts={drafts}
          onShowSide={hasSide ? null : () => setSideOpen(true)}
        />
      )}
    </main>
  );
}
