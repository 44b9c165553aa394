/** Where the cache keeps sessions; apart from what asks for them, so that the event stream can name them without it. */
export const sessionListKey = ['sessions'] as const;
export const sessionKey = (id: string) => ['session', id] as const;
