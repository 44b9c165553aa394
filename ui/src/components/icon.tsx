/** The page's icons, drawn as strokes. They are decoration: a text always carries the meaning. */
const PATHS = {
  servers: 'M3 4h10v3.5H3zM3 8.5h10V12H3zM5.2 5.8h.1M5.2 10.3h.1',
  chat: 'M2.5 3.5h11v7.5H8L5 13.5V11H2.5z',
  prompts: 'M4 2.5h5.5L12.5 5.5v8H4zM9.5 2.5v3h3M6 8.5h4.5M6 11h3',
  gateway: 'M2.5 8h8M7.5 5L10.5 8l-3 3M6.5 4V2.5h7v11h-7V12',
  tunnels: 'M1.5 13h13M2.5 13V8a5.5 5.5 0 0 1 11 0v5M5.5 13V8.5a2.5 2.5 0 0 1 5 0V13',
  mqtt: 'M3.4 12.6h.1M3 8.5A4.5 4.5 0 0 1 7.5 13M3 4.2A8.8 8.8 0 0 1 11.8 13',
  system:
    'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  down: 'M4 6l4 4 4-4',
  arrowDown: 'M8 3v9M4.5 8.5L8 12l3.5-3.5',
  search: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.4 4.4 0 0 0 6.5 6.5z',
  auto: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 2.5v11',
  rocket:
    'M6 10L4.5 8.5C6 5 8.5 2.8 13 3c.2 4.5-2 7-5.5 8.5zM4.5 8.5L2.5 9M7.5 11.5L7 13.5M4 10.5C3 11 2.5 12 2.5 13.5 4 13.5 5 13 5.5 12',
  help: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM6.5 6.5a1.5 1.5 0 1 1 2 1.4c-.3.2-.5.5-.5.9M8 11h.1',
  plus: 'M8 3v10M3 8h10',
  list: 'M3 4.5h10M3 8h10M3 11.5h6',
  panel: 'M2.5 3.5h11v9h-11zM9.5 3.5v9',
  image: 'M2.5 3.5h11v9h-11zM5.5 6.5h.1M3 11.5l3.5-3 2.5 2 2-1.5 2.5 2',
  stop: 'M5 5h6v6H5z',
  send: 'M8 13V3.5M4 7l4-4 4 4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
