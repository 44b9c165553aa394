/** No session is chosen: one button for the first step. Beside the sessions on a small screen only while there is no server: there New is at hand. */
import { Button, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../components/error-note.tsx';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { byStatus, isUsable } from '../features/endpoints/endpoint-words.ts';
import { SCREENS, formatRoute } from './router.ts';
import { useNewSession } from './use-new-session.ts';

export function ChatStart({ isBesideList = false }: { isBesideList?: boolean }) {
  const { t } = useTranslation();
  const endpoints = useEndpoints();
  const { create, isPending, error } = useNewSession();
  const first = byStatus(endpoints.data ?? []).find(isUsable);
  if (isBesideList && (endpoints.isPending || first !== undefined)) return null;
  return (
    <div className="chat-start">
      {endpoints.isPending ? (
        <Skeleton height={110} width={420} maw="100%" />
      ) : (
        <div className="empty">
          <h2>{first === undefined ? t('chat.startNoServer') : t('chat.startTitle')}</h2>
          <div className="sub">
            {first === undefined ? t('chat.startNoServerText') : t('chat.startText', { name: first.name })}
          </div>
          {error !== null && <ErrorNote message={error.message} />}
          {first === undefined ? (
            <Button component="a" href={formatRoute(SCREENS.servers)} variant="filled" size="md">
              {t('chat.launchDemo')}
            </Button>
          ) : (
            <Button
              variant="filled"
              size="md"
              loading={isPending}
              onClick={() => create({ endpointId: first.id })}
            >
              {t('chat.startButton')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
