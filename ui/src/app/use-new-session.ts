/** Makes a session and goes to it. */
import { useCallback } from 'react';
import type { SessionInput } from '#contract/session';
import { useCreateSession } from '../features/sessions/session-queries.ts';
import { navigate } from './router.ts';

export function useNewSession() {
  const { mutate, isPending, error } = useCreateSession();
  const create = useCallback(
    (input: SessionInput) =>
      mutate(input, {
        onSuccess: ({ session }) => navigate({ screen: 'chat', sessionId: session.id, compare: false }),
      }),
    [mutate],
  );
  return { create, isPending, error };
}
