/** All processes as cards, with own states for loading, failure and an empty list. */
import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import type { LiveProcess } from './process-cache.ts';
import { ProcessCard } from './process-card.tsx';
import { useProcesses } from './process-queries.ts';
import './process-cards.css';

interface ProcessCardsProps {
  selectedId: string | null;
  /** Shown while there are no processes. */
  empty: ReactNode;
  onShowLog: (id: string) => void;
  onApplyFix: (process: LiveProcess) => void;
}

export function ProcessCards({ selectedId, empty, onShowLog, onApplyFix }: ProcessCardsProps) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useProcesses();
  return (
    <section className="cards" aria-label={t('cards.title')} aria-busy={data === undefined && error === null}>
      {data === undefined && error === null && <CardSkeletons />}
      {data === undefined && error !== null && (
        <ErrorNote title={t('cards.loadFailed')} message={error.message}>
          <Button size="xs" loading={isFetching} onClick={() => void refetch()}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {data?.length === 0 && empty}
      {data?.map((process) => (
        <ProcessCard
          key={process.id}
          process={process}
          isSelected={process.id === selectedId}
          onShowLog={onShowLog}
          onApplyFix={onApplyFix}
        />
      ))}
    </section>
  );
}

function CardSkeletons() {
  return [0, 1].map((index) => (
    <div key={index} className="card" aria-hidden="true">
      <Skeleton height={16} width="55%" />
      <Skeleton height={12} width="80%" />
      <Skeleton height={24} width="65%" />
    </div>
  ));
}
