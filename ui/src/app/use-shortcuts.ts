/** The page's keys. While someone types in a field only those with Ctrl count. */
import { useEffect } from 'react';

/** What each key does: "/", "l", "1", "Ctrl+Enter" … */
export type Shortcuts = Readonly<Record<string, () => void>>;

export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const action = shortcuts[keyName(event)];
      if (action === undefined || event.defaultPrevented || event.altKey || event.metaKey) return;
      if (event.ctrlKey ? isInDialog(event.target) : isTyping(event.target)) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [shortcuts]);
}

function keyName(event: KeyboardEvent): string {
  return event.ctrlKey ? `Ctrl+${event.key}` : event.key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input, textarea, select') ||
    target.closest('[role="dialog"], [role="menu"]') !== null
  );
}

/** A dialog has the keys to itself; the sheet that holds the launcher is none. */
function isInDialog(target: EventTarget | null): boolean {
  const dialog = target instanceof HTMLElement ? target.closest('[role="dialog"]') : null;
  return dialog !== null && dialog.querySelector('form.launcher') === null;
}
