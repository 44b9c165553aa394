/** The texts that come with the screens that show them, not with the first paint. A new screen's texts get a line in each language here. */
import type { Language } from './language.ts';

type Loader = () => Promise<object>;

/** A part is a namespace of i18next; a key that the first texts do not have is looked for in all of them. */
const LOADERS = {
  en: {
    chat: async () => (await import('./en-chat.ts')).enChat,
    gateway: async () => (await import('./en-gateway.ts')).enGateway,
    launcher: async () => (await import('./en-launcher.ts')).enLauncher,
    system: async () => (await import('./en-system.ts')).enSystem,
  },
  hr: {
    chat: async () => (await import('./hr-chat.ts')).hrChat,
    gateway: async () => (await import('./hr-gateway.ts')).hrGateway,
    launcher: async () => (await import('./hr-launcher.ts')).hrLauncher,
    system: async () => (await import('./hr-system.ts')).hrSystem,
  },
} satisfies Record<Language, Record<string, Loader>>;

export type TextPart = keyof (typeof LOADERS)['en'];

export const TEXT_PARTS = Object.keys(LOADERS.en) as readonly TextPart[];

export async function loadTextPart(language: Language, part: TextPart): Promise<object> {
  return LOADERS[language][part]();
}
