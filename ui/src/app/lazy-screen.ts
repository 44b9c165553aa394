/** A screen, or a large part of one, that is loaded when it is first shown, together with its texts: neither is seen without the other. */
import { lazy, type ComponentType } from 'react';
import { addTextPart } from '../locales/i18n.ts';
import type { TextPart } from '../locales/text-parts.ts';

export function lazyScreen<Props>(part: TextPart, load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => {
    const [screen] = await Promise.all([load(), addTextPart(part)]);
    return { default: screen };
  });
}
