/** The models that requests launch, and the room that they share. */
import { useTranslation } from 'react-i18next';
import { ModelRow } from './model-row.tsx';
import { ModelRoom } from './model-room.tsx';
import { useGatewayModels } from './model-queries.ts';
import { Section } from './section.tsx';

export function ModelList({ serversHref }: { serversHref: string }) {
  const { t } = useTranslation();
  const models = useGatewayModels();
  const list = models.data?.models ?? [];
  return (
    <Section
      title={t('gateway.models.title')}
      actions={
        models.data !== undefined &&
        list.length > 0 && <ModelRoom usedMb={models.data.usedMb} budgetMb={models.data.budgetMb} />
      }
      query={models}
      loadFailed={t('gateway.models.loadFailed')}
    >
      {models.data !== undefined && list.length === 0 && (
        <div className="empty">
          <strong>{t('gateway.models.none')}</strong>
          <div className="sub">
            {t('gateway.models.noneText')} <a href={serversHref}>{t('gateway.address.toServers')}</a>
          </div>
        </div>
      )}
      <ul className="gateway-list">
        {list.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </Section>
  );
}
