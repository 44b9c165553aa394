/** User templates: `{{input}}` is what the user typed, any other `{{name}}` a variable that the preset declares. Pure; the page uses it, too. */

const PLACE = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

/** Names in the order in which they first appear, `input` among them. */
export function namesInTemplate(template: string): string[] {
  return [...new Set([...template.matchAll(PLACE)].map((match) => match[1] ?? ''))];
}

/** What is wrong with a template, in words that name the variable; null: nothing. */
export function templateFault(template: string, variables: Readonly<Record<string, string>>): string | null {
  const names = namesInTemplate(template);
  if (!names.includes('input')) return 'must contain {{input}}, the place of what the user types';
  const unknown = names.filter((name) => name !== 'input' && !Object.hasOwn(variables, name));
  if (unknown.length === 0) return null;
  const list = unknown.map((name) => `{{${name}}}`).join(', ');
  return `uses ${list}, which no variable is named after. Declare it under variables, or remove it`;
}

/** The message as the model gets it. A value is put in as it is: places inside it are text. */
export function renderTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACE, (place, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? place) : place,
  );
}
