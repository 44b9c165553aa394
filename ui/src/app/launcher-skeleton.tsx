/** Stands where the launcher will be while its program is loaded. */
import { useTranslation } from 'react-i18next';
import { FieldSkeletons } from '../features/launcher/field-skeletons.tsx';
// Here and not beside the launcher: in the first style sheet it comes after Mantine's, which it overrules.
import '../features/launcher/launcher.css';

export function LauncherSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="launcher" aria-busy="true">
      <div className="launcher-scroll">
        <h2>{t('empty.openLauncher')}</h2>
        <FieldSkeletons />
      </div>
    </div>
  );
}
