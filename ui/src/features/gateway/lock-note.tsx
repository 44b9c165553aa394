/** The alert over a gateway that knows no keys although there were some: what happened, and the ways on. Shows nothing where all is well. */
import { useTranslation } from 'react-i18next';
import { useGatewayModels } from './model-queries.ts';

export function LockNote() {
  const { t } = useTranslation();
  const locked = useGatewayModels().data?.locked ?? null;
  if (locked === null) return null;
  return (
    <div className="note note-bad gateway-lock" role="alert">
      <h2>{t(`gateway.lock.${locked}.title`)}</h2>
      <p>{t(`gateway.lock.${locked}.happened`)}</p>
      <ul>
        <li>{t('gateway.lock.makeKeys')}</li>
        <li>{t(`gateway.lock.${locked}.restore`)}</li>
        <li>{t(`gateway.lock.${locked}.open`)}</li>
      </ul>
    </div>
  );
}
