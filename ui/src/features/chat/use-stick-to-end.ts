/** Keeps a scrolling list at its end while it grows, until the reader scrolls up. */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** A distance below this counts as at the end. */
const NEAR_PX = 48;

interface StickToEnd {
  box: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  toEnd: () => void;
}

export function useStickToEnd(): StickToEnd {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const isSticking = useRef(true);
  const lastTop = useRef(0);

  const toEnd = useCallback(() => {
    isSticking.current = true;
    setAtEnd(true);
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, []);

  useEffect(() => {
    const scrolled = box.current;
    if (scrolled === null || content.current === null) return undefined;
    const onScroll = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = scrolled;
      const isNear = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      // Only the reader scrolls up; a growing list never does.
      if (isNear) isSticking.current = true;
      else if (scrollTop < lastTop.current) isSticking.current = false;
      lastTop.current = scrollTop;
      setAtEnd(isNear || isSticking.current);
    };
    const growth = new ResizeObserver(() => {
      if (isSticking.current) scrolled.scrollTop = scrolled.scrollHeight;
      else onScroll();
    });
    scrolled.addEventListener('scroll', onScroll, { passive: true });
    growth.observe(content.current);
    growth.observe(scrolled);
    return () => {
      scrolled.removeEventListener('scroll', onScroll);
      growth.disconnect();
    };
  }, []);

  return { box, content, isAtEnd, toEnd };
}
