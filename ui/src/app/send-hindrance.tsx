/** Why nothing can be sent to a session's server, and what to do about it. */
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import type { Session } from '#contract/session';
import { isUsable } from '../features/endpoints/endpoint-words.ts';
import { problemWords } from '../locales/runner-words.ts';
import { SCREENS, formatRoute } from './router.ts';

export function isHindered(endpoint: Endpoint | null): boolean {
  return endpoint === null || !isUsable(endpoint);
}

export function SendHindrance({ session, endpoint }: { session: Session; endpoint: Endpoint | null }) {
  const { t } = useTranslation();
  const servers = <a href={formatRoute(SCREENS.servers)}>{t('chat.hindrance.toServers')}</a>;
  if (endpoint === null) {
    return (
      <div>
        <strong>
          {session.endpointId === null
            ? t('chat.hindrance.none')
            : t('chat.hindrance.gone', { name: session.endpointId })}
        </strong>{' '}
        {session.endpointId === null ? t('chat.hindrance.noneDo') : t('chat.hindrance.goneDo')} {servers}
      </div>
    );
  }
  if (endpoint.status === 'loading') {
    return (
      <div>
        <strong>{t('chat.hindrance.loading', { name: endpoint.name })}</strong>{' '}
        {t('chat.hindrance.loadingDo')}
      </div>
    );
  }
  return (
    <div>
      {/* The problem says itself what to do about it. */}
      <strong>{t('chat.hindrance.offline', { name: endpoint.name })}</strong> {problemWords(endpoint)}{' '}
      {t('chat.hindrance.offlineDo')} {endpoint.source === 'launched' && servers}
    </div>
  );
}
