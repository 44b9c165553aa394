/** Query keys of sessions; in a file of their own, so that the event stream can use them without loading the queries. */
export const sessionListKey = ['sessions'] as const;
export const sessionKey = (id: string) => ['session', id] as const;
