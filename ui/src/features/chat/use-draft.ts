/** Owns a text that is not sent yet; the caller's store keeps it over a reload. */
import { useEffect, useState } from 'react';

export interface TextStore {
  get(id: string): string | null;
  /** null deletes the entry. */
  set(id: string, text: string | null): void;
}

export function useDraft(id: string, drafts: TextStore): [string, (text: string) => void] {
  const [text, setText] = useState(() => drafts.get(id) ?? '');
  useEffect(() => {
    const save = (): void => drafts.set(id, text === '' ? null : text);
    const timer = setTimeout(save, 200);
    addEventListener('pagehide', save);
    return () => {
      clearTimeout(timer);
      removeEventListener('pagehide', save);
      // The component is about to unmount: the timer would be too late.
      save();
    };
  }, [drafts, id, text]);
  return [text, setText];
}
