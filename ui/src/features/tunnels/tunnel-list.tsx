/** All tunnels, each on a card; or, without one, the first step. */
import { Button, Skeleton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { TunnelCard } from './tunnel-card.tsx';
import { TunnelDialog } from './tunnel-dialog.tsx';
import { useTunnels } from './tunnel-queries.ts';
import './tunnels.css';

interface TunnelListProps {
  /** Of a model server that runs here. */
  modelPort: number | null;
  hrefs: { chat: string; assistant: string };
  renderLog: (processId: string) => ReactNode;
}

export function TunnelList({ modelPort, hrefs, renderLog }: TunnelListProps) {
  const { t } = useTranslation();
  const tunnels = useTunnels();
  // By its id: the dialog shows the tunnel as it is now.
  const [editedId, setEditedId] = useState<string | null>(null);
  const [isAdding, setAdding] = useState(false);
  // One at a time: a page has one log filter.
  const [logId, setLogId] = useState<string | null>(null);
  const list = tunnels.data ?? [];
  const edited = list.find(({ id }) => id === editedId);
  const add = (
    <Button variant={list.length === 0 ? 'default' : 'filled'} onClick={() => setAdding(true)}>
      {t('tunnels.new')}
    </Button>
  );
  return (
    <>
      <div className="row wrap tunnels-head">
        <div className="grow">
          <h1>{t('tunnels.title')}</h1>
          <div className="sub">{t('tunnels.intro')}</div>
        </div>
        {list.length > 0 && (
          <div className="row wrap">
            <Button component="a" href={hrefs.assistant}>
              {t('tunnels.assistant')}
            </Button>
            {add}
          </div>
        )}
      </div>
      {tunnels.error !== null && (
        <ErrorNote title={t('tunnels.loadFailed')} message={tunnels.error.message}>
          <Button size="xs" loading={tunnels.isFetching} onClick={() => void tunnels.refetch()}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {tunnels.isPending && tunnels.error === null && <Skeleton height={180} />}
      {tunnels.data?.length === 0 && (
        <div className="empty">
          <strong>{t('tunnels.none')}</strong>
          <div className="sub">{t('tunnels.noneText')}</div>
          <div className="sub">{t('tunnels.noneHint')}</div>
          <div className="row wrap">
            <Button component="a" variant="filled" href={hrefs.assistant}>
              {t('tunnels.assistant')}
            </Button>
            {add}
          </div>
        </div>
      )}
      <ul className="tunnel-list">
        {list.map((tunnel) => (
          <TunnelCard
            key={tunnel.id}
            tunnel={tunnel}
            chatHref={hrefs.chat}
            log={tunnel.id === logId && tunnel.processId !== null ? renderLog(tunnel.processId) : null}
            onToggleLog={() => setLogId((open) => (open === tunnel.id ? null : tunnel.id))}
            onEdit={() => setEditedId(tunnel.id)}
          />
        ))}
      </ul>
      {isAdding && <TunnelDialog tunnel={null} modelPort={modelPort} onClose={() => setAdding(false)} />}
      {edited !== undefined && (
        <TunnelDialog tunnel={edited} modelPort={modelPort} onClose={() => setEditedId(null)} />
      )}
    </>
  );
}
