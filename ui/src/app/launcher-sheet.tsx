/** The launcher on small screens: a sheet from below. */
import { Drawer } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LauncherPanel, type LauncherPanelProps } from './launcher-panel.tsx';

interface LauncherSheetProps extends LauncherPanelProps {
  isOpen: boolean;
  onClose: () => void;
}

export function LauncherSheet({ isOpen, onClose, ...panel }: LauncherSheetProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="bottom"
      size="92%"
      title={t('form.sheet')}
      closeButtonProps={{ 'aria-label': t('close') }}
      classNames={{ body: 'sheet-body', header: 'sheet-header', title: 'visually-hidden' }}
    >
      <LauncherPanel {...panel} />
    </Drawer>
  );
}
