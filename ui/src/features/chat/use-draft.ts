/** Owns a text that is not sent yet; it survives a reload, in a store that app/ hands over. */
import { useEffect, useState } from 'react';

export interface TextStore {
  get(id: string): string | null;
  /** null: forget it. */
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
      // Another session or screen is shown at once: no time to wait.
      save();
    };
  }, [drafts, id, text]);
  return [text, setText];
}
