/** A part of the screen: its title, what can be done, its failure or its skeleton, else its content. */
import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';

interface SectionProps {
  title: string;
  actions?: ReactNode;
  /** What the content is made of. */
  query: { isPending: boolean; isFetching: boolean; error: Error | null; refetch: () => unknown };
  loadFailed: string;
  children: ReactNode;
}

export function Section({ title, actions, query, loadFailed, children }: SectionProps) {
  const { t } = useTranslation();
  return (
    <section className="gateway-section" aria-label={title}>
      <div className="row wrap gateway-section-head">
        <h2 className="grow">{title}</h2>
        {actions}
      </div>
      {query.error !== null && (
        <ErrorNote title={loadFailed} message={query.error.message}>
          <Button size="xs" loading={query.isFetching} onClick={() => void query.refetch()}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {query.isPending && query.error === null && <Skeleton height={72} />}
      {!query.isPending && children}
    </section>
  );
}
