/** Goes round: as the system, light, dark. Mantine keeps the choice. */
import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../components/icon.tsx';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

export function ThemeToggle() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = t('theme.label', { scheme: t(`theme.${colorScheme}`) });
  return (
    <ActionIcon aria-label={label} title={label} onClick={() => setColorScheme(NEXT[colorScheme])}>
      <Icon name={ICONS[colorScheme]} />
    </ActionIcon>
  );
}
