/** The assistant that connects two machines. */
import { useTranslation } from 'react-i18next';
import { ConnectPanel } from '../features/connect/connect-panel.tsx';
import { SCREENS, formatRoute } from './router.ts';
import './connect-screen.css';

const HREFS = {
  servers: formatRoute(SCREENS.servers),
  tunnels: formatRoute(SCREENS.tunnels),
  mqtt: formatRoute(SCREENS.mqtt),
  gateway: formatRoute(SCREENS.gateway),
};

export function ConnectScreen() {
  const { t } = useTranslation();
  return (
    <main className="screen connect" aria-label={t('connect.title')}>
      <div>
        <h1>{t('connect.title')}</h1>
        <div className="sub">{t('connect.intro')}</div>
      </div>
      <ConnectPanel pageHost={location.hostname} hrefs={HREFS} />
    </main>
  );
}
