/** Goes round: as the system, light, dark. Mantine keeps the choice. */
import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { Icon } from '../components/icon.tsx';
import { en } from '../locales/en.ts';
import { fill } from '../locales/fill.ts';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

export function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = fill(en.theme.label, { scheme: en.theme[colorScheme] });
  return (
    <ActionIcon aria-label={label} title={label} onClick={() => setColorScheme(NEXT[colorScheme])}>
      <Icon name={ICONS[colorScheme]} />
    </ActionIcon>
  );
}
