/** The MQTT screen: the broker, the workers behind it, what goes over it, and its settings. */
import '@mantine/core/styles/Pill.css';
import '@mantine/core/styles/PillsInput.css';
import { useTranslation } from 'react-i18next';
import { MqttPanel } from '../features/mqtt/mqtt-panel.tsx';
import { SCREENS, formatRoute } from './router.ts';
import './mqtt-screen.css';

export function MqttScreen() {
  const { t } = useTranslation();
  return (
    <main className="screen mqtt" aria-label={t('mqtt.title')}>
      <div className="row wrap">
        <div className="grow mqtt-head">
          <h1>{t('mqtt.title')}</h1>
          <div className="sub">{t('mqtt.intro')}</div>
        </div>
        <a href={formatRoute(SCREENS.connect)}>{t('mqtt.toConnect')}</a>
      </div>
      <MqttPanel pageHost={location.hostname} chatHref={formatRoute(SCREENS.chat)} />
    </main>
  );
}
