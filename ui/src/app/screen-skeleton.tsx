/** Stands where a screen will be while its program is loaded; keeps the layout. */
import { Skeleton } from '@mantine/core';

export function ScreenSkeleton() {
  return (
    <main className="screen screen-skeleton" aria-busy="true">
      <Skeleton height={20} width={160} />
      <Skeleton height={120} />
      <Skeleton height={120} />
    </main>
  );
}
