/** Which keys send a message: Enter, also with Ctrl or Command. Shift+Enter is a new line, and Enter during composition belongs to the input method. */
import type { KeyboardEvent } from 'react';

export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing;
}
