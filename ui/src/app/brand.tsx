/** Mark and name. */
import { useTranslation } from 'react-i18next';

export function Brand() {
  const { t } = useTranslation();
  return (
    <div className="brand">
      <span className="brand-mark" aria-hidden="true">
        ▸_
      </span>
      <span className="brand-name">{t('brand')}</span>
    </div>
  );
}
