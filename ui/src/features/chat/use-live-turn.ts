/** The turn in progress of a session; dropped as soon as the stored messages contain its answer. */
import { useEffect, useSyncExternalStore } from 'react';
import type { Message } from '#contract/session';
import type { ChatStreams, LiveTurn } from './chat-streams.ts';
import { isStored, streamToFollow } from './turn-state.ts';

export function useLiveTurn(
  streams: ChatStreams,
  sessionId: string,
  messages: readonly Message[],
): LiveTurn | null {
  const turn = useSyncExternalStore(streams.subscribe, () => streams.turn(sessionId));
  const isOver = turn !== null && isStored(turn, messages);
  useEffect(() => {
    if (isOver) streams.drop(sessionId);
  }, [isOver, sessionId, streams]);
  // The answer was begun in another tab, or before a reload: follow it.
  const found = turn === null ? streamToFollow(messages) : null;
  const streamId = found?.streamId ?? null;
  useEffect(() => {
    if (streamId === null) return;
    const toFollow = streamToFollow(messages);
    if (toFollow !== null) streams.follow(sessionId, toFollow.streamId, toFollow.idsBefore);
  }, [messages, sessionId, streamId, streams]);
  return isOver ? null : turn;
}
