/** What is compared: two sides, each a server with a preset, and the session that its answers are in. */
import { z } from 'zod';

const sideSchema = z.object({
  endpointId: z.string().nullable(),
  presetId: z.string().nullable(),
  sessionId: z.string().nullable(),
});
export type CompareSideState = z.infer<typeof sideSchema>;

const sidesSchema = z.tuple([sideSchema, sideSchema]);
export type CompareSides = z.infer<typeof sidesSchema>;

const EMPTY_SIDE: CompareSideState = { endpointId: null, presetId: null, sessionId: null };

export function loadSides(text: string | null): CompareSides {
  try {
    return sidesSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return [EMPTY_SIDE, EMPTY_SIDE];
  }
}

/** A side that nobody chose a server for gets one: the first to answer, and another one for the second where there are two. */
export function withDefaults(sides: CompareSides, onlineIds: readonly string[]): CompareSides {
  const [first, second] = sides;
  const [one = null, other = one] = onlineIds;
  return [
    { ...first, endpointId: first.endpointId ?? one },
    { ...second, endpointId: second.endpointId ?? other },
  ];
}

/** The same choices with no session yet. */
export function startedOver(sides: CompareSides): CompareSides {
  const [first, second] = sides;
  return [
    { ...first, sessionId: null },
    { ...second, sessionId: null },
  ];
}
