/** A table that scrolls in its own box where it is too wide for the page. */
import type { ReactNode } from 'react';

interface DataTableProps {
  caption: string;
  isCaptionShown?: boolean;
  columns: readonly { name: string; isNumber?: boolean; hint?: string }[];
  children: ReactNode;
}

export function DataTable({ caption, isCaptionShown = true, columns, children }: DataTableProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reached by the keyboard
    <section className="data-table" aria-label={caption} tabIndex={0}>
      <table>
        <caption className={isCaptionShown ? undefined : 'visually-hidden'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isNumber, hint }) => (
              <th key={name} scope="col" className={isNumber === true ? 'figure' : undefined} title={hint}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
