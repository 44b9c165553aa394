/** Which keys send a message: Enter, also with Ctrl or Command; with Shift it is a new line, and while an input method composes it is its own. */
import type { KeyboardEvent } from 'react';

export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing;
}
