/** What a client types to reach the gateway, in three lines; and the names it may ask for. Pure. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRoute } from '#contract/gateway';

export const EXAMPLE_LANGUAGES = [
  { value: 'curl', label: 'curl' },
  { value: 'python', label: 'Python' },
  { value: 'node', label: 'Node' },
] as const;
export type ExampleLanguage = (typeof EXAMPLE_LANGUAGES)[number]['value'];

export interface ExampleParts {
  baseUrl: string;
  model: string;
  /** false: the gateway is open, but the SDKs want some text all the same. */
  needsKey: boolean;
}

export function clientExample(language: ExampleLanguage, { baseUrl, model, needsKey }: ExampleParts): string {
  const key = needsKey ? 'YOUR_API_KEY' : 'none';
  const url = JSON.stringify(baseUrl);
  const name = JSON.stringify(model);
  switch (language) {
    case 'curl': {
      const body = `{"model": ${name}, "messages": [{"role": "user", "content": "Hello"}]}`;
      const authorization = needsKey ? `-H "Authorization: Bearer ${key}" ` : '';
      return [
        `curl ${baseUrl}/chat/completions \\`,
        `  ${authorization}-H "Content-Type: application/json" \\`,
        `  -d '${body.replaceAll("'", String.raw`'\''`)}'`,
      ].join('\n');
    }
    case 'python':
      return [
        'from openai import OpenAI',
        `client = OpenAI(base_url=${url}, api_key="${key}")`,
        `print(client.chat.completions.create(model=${name}, messages=[{"role": "user", "content": "Hello"}]))`,
      ].join('\n');
    case 'node':
      return [
        'import OpenAI from "openai";',
        `const client = new OpenAI({ baseURL: ${url}, apiKey: "${key}" });`,
        `console.log(await client.chat.completions.create({ model: ${name}, messages: [{ role: "user", content: "Hello" }] }));`,
      ].join('\n');
  }
}

/** Names that a request may use now: the gateway's own first, then what endpoints serve that are online or launched by a request. A file goes by its name, as `tiny-chat`. */
export function modelNames(routes: readonly GatewayRoute[], endpoints: readonly Endpoint[]): string[] {
  const usable = endpoints.filter(({ status, onDemand }) => status === 'online' || onDemand === true);
  const served = usable.flatMap(({ id, model, models }) => {
    const names = model === null ? models : [model, ...models];
    return names.length === 0 ? [id] : names.map(shortName);
  });
  return [...new Set([...routes.map(({ model }) => model), ...served])];
}

/** A slash belongs to names of Hugging Face, too: only files are cut there, as the gateway does. */
function shortName(model: string): string {
  if (!/\.gguf$/i.test(model)) return model;
  return (model.split(/[\\/]/).at(-1) ?? model).replace(/\.gguf$/i, '');
}
