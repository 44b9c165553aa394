/** Keeps the log at its end while following; otherwise keeps the top line in place while lines are added or dropped. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { LogView } from './log-view.ts';

interface LogScrollOptions {
  view: LogView;
  isFollowing: boolean;
  onFollow: (isOn: boolean) => void;
}

const ROW_PX = 20;
const HEAD_PX = 30;
/** Firefox limits an element to about 17.8 million pixels: only the newest rows are rendered, but all are searched. */
const MAX_DRAWN_ROWS = 850_000;

export function useLogScroll({ view, isFollowing, onFollow }: LogScrollOptions) {
  const box = useRef<HTMLDivElement>(null);
  // Refs, not state: a render with older state must not undo what the reader just did.
  const following = useRef(isFollowing);
  const lastTop = useRef(0);
  const anchor = useRef({ seq: -1, index: 0 });
  const count = Math.min(view.count, MAX_DRAWN_ROWS);
  const left = view.count - count;
  // oxlint-disable-next-line react/incompatible-library -- nothing is memoised here: every change of the view renders again
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => view.seqAt(left + index),
    overscan: 12,
    paddingStart: HEAD_PX,
    paddingEnd: 8,
  });

  const onScroll = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 2;
    const isUpwards = element.scrollTop < lastTop.current;
    if (isAtEnd !== following.current && (isAtEnd || isUpwards)) {
      following.current = isAtEnd;
      onFollow(isAtEnd);
    }
    lastTop.current = element.scrollTop;
    const first = virtualizer.getVirtualItems().find(({ end }) => end > element.scrollTop);
    if (first !== undefined)
      anchor.current = { seq: view.seqAt(left + first.index), index: left + first.index };
  }, [left, onFollow, view, virtualizer]);

  useLayoutEffect(() => {
    following.current = isFollowing;
  }, [isFollowing]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { seq, index } = anchor.current;
    const now = view.indexOf(seq);
    if (following.current) element.scrollTop = element.scrollHeight;
    else if (seq !== -1 && now !== index) {
      element.scrollTop += (now - index) * ROW_PX;
      anchor.current = { seq, index: now };
    }
    lastTop.current = element.scrollTop;
  });

  /** Call after rows were inserted before all others: moves the remembered place with them. */
  const shift = useCallback((rows: number) => {
    anchor.current = { ...anchor.current, seq: anchor.current.seq + rows };
  }, []);

  return { box, virtualizer, left, onScroll, shift };
}
