/** No language lacks a text, and each text has the same values in all languages. */
import { describe, expect, it } from 'vitest';
import { allTexts } from './all-texts.ts';
import { en } from './en.ts';
import { languageFor, loadLanguage, saveLanguage } from './language.ts';
import { makeT } from './make-t.ts';
import { loadTextPart } from './text-parts.ts';

const SOURCES = Object.entries(
  import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
);
const SOURCE_TEXTS = new Map(SOURCES);
const TEXTS = { en: flatten(allTexts.en), hr: flatten(allTexts.hr) };
const CATEGORIES = {
  en: new Intl.PluralRules('en').resolvedOptions(),
  hr: new Intl.PluralRules('hr').resolvedOptions(),
};
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Texts that are the same in both languages, with the reason. */
const SAME_IN_BOTH: Record<string, string> = {
  brand: 'the name of the product',
  'nav.mqtt': 'the name of a protocol',
  'mqtt.title': 'the name of a protocol',
  'tunnels.way.port': 'one word in both languages',
  'tunnels.facts.ms': 'a unit',
  'tunnels.chart.answer': 'a unit',
  'connect.fields.sshPort': 'the same term in both languages',
  'tunnels.form.port': 'one word in both languages',
  'recipes.llama-server': 'the name of a program',
  'recipes.llama_cpp.server': 'the name of a program',
  'system.llamaServer': 'the name of a program',
  'system.runner': 'the name of a part of the product',
  'shells.posix': 'the name of a shell',
  'shells.cmd': 'the name of a shell',
  'shells.powershell': 'the name of a shell',
  'fields.model': 'one word in both languages',
  'fields.port': 'one word in both languages',
  'fields.cmd': 'one word in both languages',
  'fields.flashAttention': 'a technical term',
  'form.launchKeys': 'keys as they are printed on the keyboard',
  'form.auto': 'what is typed into the field',
  'endpoints.slotCount_one': 'one word in both languages',
  'figures.port': 'one word in both languages',
  'figures.pid': 'a technical term',
  'figures.cpu': 'a technical term',
  'figures.memory': 'a technical term',
  'log.stderr': 'a technical term',
  'preview.missing.model': 'one word in both languages',
  'preview.missing.cmd': 'one word in both languages',
  'runs.signal': 'one word in both languages',
  'prompts.auto': 'a short word in both languages',
  'prompts.samplerFields.top_p': 'a technical term',
  'prompts.samplerFields.top_k': 'a technical term',
  'prompts.samplerFields.min_p': 'a technical term',
  'chat.prompt': 'a technical term',
  'chat.tokens_one': 'one word in both languages',
  'chat.rate': 'a unit',
  'chat.seconds': 'a unit',
  'chat.promptPercent': 'a technical term and a unit',
  'chat.meta.model': 'one word in both languages',
  'endpoints.context': 'a technical term',
  'endpoints.latency': 'a unit',
  'endpoints.model': 'one word in both languages',
  'gateway.keys.usedTokens_one': 'one word in both languages',
  'gateway.live.tokens_one': 'one word in both languages',
  'gateway.usage.model': 'one word in both languages',
  'gateway.latest.status': 'one word in both languages',
  'gateway.latest.speed': 'a unit',
  'gateway.latest.ms': 'a unit',
  'gateway.latest.seconds': 'a unit',
};

function flatten(texts: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(texts) as [string, unknown][]) {
    const key = `${prefix}${name}`;
    if (typeof value === 'string') flat.set(key, value);
    else if (typeof value === 'object' && value !== null)
      for (const [inner, text] of flatten(value, `${key}.`)) flat.set(inner, text);
    else throw new Error(`${key} is neither a text nor a section`);
  }
  return flat;
}

/** A source file with all files that it imports, directly or indirectly. */
function withImports(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = [
    ...(SOURCE_TEXTS.get(file) ?? '').matchAll(
      /^(?:import|export) (?!type )(?:[^;]*? from )?'(\.[^']+\.tsx?)'/gm,
    ),
  ];
  // Resolved as URLs, because paths contain "..".
  const paths = imports.map(([, path = '']) => `..${new URL(path, `http://x/${file.slice(3)}`).pathname}`);
  return [file, ...paths.flatMap((path) => withImports(path, seen))];
}

const stem = (key: string): string => key.replace(PLURAL, '');
const places = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name ?? ''))].toSorted();
const hasWords = (text: string): boolean => /\p{L}/u.test(text.replaceAll(/\{\{.*?\}\}/g, ''));

describe.each(['en', 'hr'] as const)('the texts in %s', (language) => {
  const texts = TEXTS[language];

  it('have exactly one form for each plural category of the language', () => {
    const byStem = Map.groupBy(
      [...texts.keys()].filter((key) => PLURAL.test(key)),
      stem,
    );
    for (const [name, keys] of byStem) {
      expect
        .soft(keys.toSorted(), name)
        .toEqual(CATEGORIES[language].pluralCategories.map((category) => `${name}_${category}`).toSorted());
    }
  });

  it('are never empty', () => {
    expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('are all found by their keys', () => {
    const t = makeT(allTexts[language], language) as (key: string, values: object) => string;
    for (const [key, text] of texts) expect.soft(t(key, { skipInterpolation: true }), key).toBe(text);
  });
});

describe('English and Croatian', () => {
  it('have the same keys', () => {
    expect(new Set([...TEXTS.hr.keys()].map(stem))).toEqual(new Set([...TEXTS.en.keys()].map(stem)));
  });

  it('have the same placeholders', () => {
    for (const [key, text] of TEXTS.hr) {
      const english = TEXTS.en.get(key) ?? TEXTS.en.get(`${stem(key)}_other`) ?? '';
      expect.soft(places(text), key).toEqual(places(english));
    }
  });

  it('differ, unless there is a reason', () => {
    const same = [...TEXTS.hr]
      .filter(([key, text]) => hasWords(text) && TEXTS.en.get(key) === text)
      .map(([key]) => key);
    expect(same.filter((key) => !(key in SAME_IN_BOTH))).toEqual([]);
    expect(Object.keys(SAME_IN_BOTH).filter((key) => !same.includes(key))).toEqual([]);
  });

  it('count correctly', () => {
    const t = makeT(allTexts.hr, 'hr');
    const hits = [1, 2, 5, 11, 21, 104].map((count) => t('log.hits', { count, shown: count }));
    expect(hits).toEqual([
      '1 pogodak',
      '2 pogotka',
      '5 pogodaka',
      '11 pogodaka',
      '21 pogodak',
      '104 pogotka',
    ]);
  });
});

describe('the sources of the page', () => {
  it('use only texts that exist', () => {
    const known = new Set([...TEXTS.en.keys()].flatMap((key) => [key, stem(key)]));
    const asked = SOURCES.flatMap(([file, text]) =>
      [...text.matchAll(/(?<![\w.])t\('([^']+)'/g)].map(([, key = '']) => ({ file, key })),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter(({ key }) => !known.has(key))).toEqual([]);
  });

  it.each([
    ['main.tsx', []],
    ['app/chat-screen.tsx', ['chat']],
    ['app/prompts-screen.tsx', ['chat']],
    ['app/gateway-screen.tsx', ['gateway']],
    ['app/tunnels-screen.tsx', ['tunnels']],
    ['app/mqtt-screen.tsx', ['mqtt']],
    ['app/connect-screen.tsx', ['connect']],
    ['features/system/system-screen.tsx', ['system']],
    ['app/launcher-panel.tsx', ['launcher']],
    ['app/launcher-sheet.tsx', ['launcher']],
    ['app/help-dialog.tsx', []],
    ['app/token-screen.tsx', []],
  ] as const)('use only texts that are loaded with them: %s', async (file, parts) => {
    const loaded = await Promise.all(parts.map(async (part) => loadTextPart('en', part)));
    const sections = new Set([en, ...loaded].flatMap((texts) => Object.keys(texts)));
    const asked = withImports(`../${file}`).flatMap((source) =>
      [...(SOURCE_TEXTS.get(source) ?? '').matchAll(/(?<![\w.])t\(['`](\w+)/g)].map(([, section = '']) => ({
        source,
        section,
      })),
    );
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter(({ section }) => !sections.has(section))).toEqual([]);
  });

  it('have no literal texts in JSX', () => {
    const words =
      /(?<!=)>\s*([^<>{}()=;]*\p{L}{2,}[^<>{}()=;]*?)\s*<\/|(?:aria-label|title|label|placeholder|alt)="([^"]*\p{L}{3,}[^"]*)"/gu;
    const found = SOURCES.filter(([file]) => file.endsWith('.tsx')).flatMap(([file, text]) =>
      [...text.matchAll(words)].map(([, inner, attribute]) => `${file}: ${inner ?? attribute ?? ''}`),
    );
    expect(
      found.filter((text) => !/placeholder|: (?:python|-m http\.server|127|auto|--cache|CUDA)/.test(text)),
    ).toEqual([]);
  });
});

describe('the language', () => {
  it.each([
    [['hr'], 'hr'],
    [['hr-HR', 'en'], 'hr'],
    [['bs-BA'], 'hr'],
    [['sr-Latn-RS', 'en'], 'hr'],
    [['sr-RS'], 'en'],
    [['de-DE', 'hr', 'en'], 'hr'],
    [['en-US', 'hr'], 'en'],
    [['de'], 'en'],
    [['not a tag', 'hr'], 'hr'],
    [[], 'en'],
  ] as const)('for a browser that prefers %j is %s', (wanted, language) => {
    expect(languageFor(wanted)).toBe(language);
  });

  it('that was chosen is saved; a blocked storage saves nothing and throws nothing', () => {
    const stored = new Map<string, string>();
    saveLanguage(() => ({ setItem: (key, value) => void stored.set(key, value) }), 'hr');
    expect(loadLanguage(() => ({ getItem: (key) => stored.get(key) ?? null }))).toBe('hr');
    expect(loadLanguage(() => ({ getItem: () => 'xx' }))).toBeNull();
    const closed = (): never => {
      throw new Error('denied');
    };
    expect(loadLanguage(closed)).toBeNull();
    expect(() => saveLanguage(closed, 'en')).not.toThrow();
  });
});
