/** The texts that load with their screens, after the first paint. A new screen's texts get a line in each language here. */
import type { Language } from './language.ts';

type Loader = () => Promise<object>;

/** Each part is a namespace of i18next; a key that the first texts lack is searched in all parts. */
const LOADERS = {
  en: {
    chat: async () => (await import('./en-chat.ts')).enChat,
    connect: async () => (await import('./en-connect.ts')).enConnect,
    gateway: async () => (await import('./en-gateway.ts')).enGateway,
    launcher: async () => (await import('./en-launcher.ts')).enLauncher,
    mqtt: async () => (await import('./en-mqtt.ts')).enMqtt,
    system: async () => (await import('./en-system.ts')).enSystem,
    tunnels: async () => (await import('./en-tunnels.ts')).enTunnels,
  },
  hr: {
    chat: async () => (await import('./hr-chat.ts')).hrChat,
    connect: async () => (await import('./hr-connect.ts')).hrConnect,
    gateway: async () => (await import('./hr-gateway.ts')).hrGateway,
    launcher: async () => (await import('./hr-launcher.ts')).hrLauncher,
    mqtt: async () => (await import('./hr-mqtt.ts')).hrMqtt,
    system: async () => (await import('./hr-system.ts')).hrSystem,
    tunnels: async () => (await import('./hr-tunnels-screen.ts')).hrTunnelsScreen,
  },
} satisfies Record<Language, Record<string, Loader>>;

export type TextPart = keyof (typeof LOADERS)['en'];

export const TEXT_PARTS = Object.keys(LOADERS.en) as readonly TextPart[];

export async function loadTextPart(language: Language, part: TextPart): Promise<object> {
  return LOADERS[language][part]();
}
