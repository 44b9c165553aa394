/** Stands where the fields of the launcher will be. */
import { Skeleton } from '@mantine/core';

export function FieldSkeletons() {
  return (
    <div className="launcher-skeletons" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((index) => (
        <div key={index}>
          <Skeleton height={12} width="30%" mb={7} />
          <Skeleton height={34} />
        </div>
      ))}
    </div>
  );
}
