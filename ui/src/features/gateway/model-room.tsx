/** How much memory the loaded models take, of what they may where that is limited. */
import { useTranslation } from 'react-i18next';
import { megabyteWords } from './model-words.ts';

export function ModelRoom({ usedMb, budgetMb }: { usedMb: number; budgetMb: number | null }) {
  const { t } = useTranslation();
  const used = megabyteWords(usedMb);
  if (budgetMb === null)
    return <span className="sub gateway-room">{t('gateway.models.used', { used })}</span>;
  return (
    <span className="row sub gateway-room">
      <span>{t('gateway.models.usedOf', { used, budget: megabyteWords(budgetMb) })}</span>
      <span className="room-bar" aria-hidden="true" data-full={usedMb > budgetMb || undefined}>
        <i style={{ width: `${Math.min(100, (usedMb / budgetMb) * 100)}%` }} />
      </span>
    </span>
  );
}
