/** Texts with places for values, `{{name}}`: what the runner says goes over the wire as a text, and as a code with values for other languages. */
import { z } from 'zod';

/** What stands in a text, by name. */
export const textValuesSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type TextValues = z.infer<typeof textValuesSchema>;

type PlacesOf<Text extends string> = Text extends `${string}{{${infer Place}}}${infer Rest}`
  ? Place | PlacesOf<Rest>
  : never;

/** The values that a text needs: a text whose values are not all given does not compile. */
export type ValuesFor<Text extends string> = Record<PlacesOf<Text>, string | number>;

/** A value is put in as it is, whatever it holds; a place without a value stays. */
export function fillText(text: string, values: TextValues): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (place, name: string) => String(values[name] ?? place));
}
