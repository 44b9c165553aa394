/** Shows a failure where it happened: what happened, what to do, and a button for it where there is one. */
import type { ReactNode } from 'react';

interface ErrorNoteProps {
  title?: string;
  message: string;
  children?: ReactNode;
}

export function ErrorNote({ title, message, children }: ErrorNoteProps) {
  return (
    <div className="note note-bad" role="alert">
      <div>
        {title !== undefined && <strong>{title} </strong>}
        {message}
      </div>
      {children !== undefined && <div className="row">{children}</div>}
    </div>
  );
}
