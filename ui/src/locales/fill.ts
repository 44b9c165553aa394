/** Puts values into the `{{name}}` places of a text; the compiler knows which names a text has. */
type Names<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}` ? Name | Names<Rest> : never;

export function fill<T extends string>(text: T, values: Record<Names<T>, string | number>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String((values as Record<string, string | number>)[name] ?? ''));
}

/** Picks the form for a number; the text may hold `{{count}}`. */
export function plural(forms: { one: string; other: string }, count: number, shown: string = String(count)): string {
  return (count === 1 ? forms.one : forms.other).replaceAll('{{count}}', shown);
}
