/** Where the cache keeps the tunnels; apart from what asks for them, so that the event stream can name them without it. */
export const tunnelsKey = ['tunnels'] as const;
