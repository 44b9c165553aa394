/** The Gateway screen: the address for clients, who may use it, what names lead where, and what is asked of it. */
import '@mantine/core/styles/Checkbox.css';
import '@mantine/core/styles/Pill.css';
import '@mantine/core/styles/PillsInput.css';
import { useTranslation } from 'react-i18next';
import { AddressBox } from '../features/gateway/address-box.tsx';
import { KeyList } from '../features/gateway/key-list.tsx';
import { LiveRequests } from '../features/gateway/live-requests.tsx';
import { LockNote } from '../features/gateway/lock-note.tsx';
import { ModelList } from '../features/gateway/model-list.tsx';
import { RouteList } from '../features/gateway/route-list.tsx';
import { UsageSection } from '../features/gateway/usage-section.tsx';
import { SCREENS, formatRoute } from './router.ts';
import './gateway-screen.css';

/** As for every request of the page: the runner may sit below a base path. */
const pageUrl = (): string => new URL('.', document.baseURI).href;

export function GatewayScreen() {
  const { t } = useTranslation();
  return (
    <main className="screen gateway" aria-label={t('gateway.title')}>
      <div>
        <h1>{t('gateway.title')}</h1>
        <div className="sub">{t('gateway.intro')}</div>
      </div>
      <LockNote />
      <AddressBox pageUrl={pageUrl()} serversHref={formatRoute(SCREENS.servers)} />
      <KeyList />
      <ModelList serversHref={formatRoute(SCREENS.servers)} />
      <div className="gateway-columns">
        <RouteList />
        <LiveRequests />
      </div>
      <UsageSection />
    </main>
  );
}
