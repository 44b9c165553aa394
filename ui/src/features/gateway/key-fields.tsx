/** The fields of a key: its name, what it opens, its limits, its last day. */
import { Checkbox, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { gatewayRouteGroupSchema } from '#contract/gateway';
import { formatCount } from '../../format/number.ts';
import { type KeyDraft, type KeyFaults, type KeyLimit } from './key-draft.ts';

interface KeyFieldsProps {
  draft: KeyDraft;
  faults: { [field in keyof KeyFaults]: true | undefined };
  models: readonly string[];
  /** As a date field has it. */
  today: string;
  onChange: (part: Partial<KeyDraft>) => void;
}

const LIMITS: readonly KeyLimit[] = ['requestsPerMinute', 'tokensPerMinute', 'tokenQuota'];
const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];

export function KeyFields({ draft, faults, models, today, onChange }: KeyFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        name="name"
        label={t('gateway.keyForm.name')}
        description={t('gateway.keyForm.nameHint')}
        inputWrapperOrder={HINT_BELOW}
        value={draft.name}
        maxLength={80}
        data-autofocus
        autoComplete="off"
        error={faults.name === undefined ? null : t('gateway.keyForm.faults.name')}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <TagsInput
        name="models"
        label={t('gateway.keyForm.models')}
        description={t('gateway.keyForm.modelsHint')}
        inputWrapperOrder={HINT_BELOW}
        placeholder={draft.models.length === 0 ? t('gateway.keyForm.modelsPlaceholder') : ''}
        data={[...models]}
        value={draft.models}
        maxTags={100}
        error={faults.models === undefined ? null : t('gateway.keyForm.faults.models')}
        onChange={(names) => onChange({ models: names })}
      />
      <RouteBoxes routes={draft.routes} onChange={(routes) => onChange({ routes })} />
      <div className="gateway-limits">
        {LIMITS.map((limit) => (
          <TextInput
            key={limit}
            name={limit}
            label={t(`gateway.keyForm.${limit}`)}
            placeholder={t('gateway.keyForm.noLimit')}
            classNames={{ input: 'mono' }}
            inputMode="numeric"
            autoComplete="off"
            value={draft[limit]}
            error={
              faults[limit] === undefined
                ? null
                : t('gateway.keyForm.faults.limit', { max: formatCount(1_000_000_000) })
            }
            onChange={(event) => onChange({ [limit]: event.currentTarget.value })}
          />
        ))}
      </div>
      <TextInput
        name="expiresOn"
        type="date"
        label={t('gateway.keyForm.expires')}
        description={t('gateway.keyForm.expiresHint')}
        inputWrapperOrder={HINT_BELOW}
        min={today}
        value={draft.expiresOn}
        error={faults.expiresOn === undefined ? null : t('gateway.keyForm.faults.expires')}
        onChange={(event) => onChange({ expiresOn: event.currentTarget.value })}
      />
    </>
  );
}

function RouteBoxes({
  routes,
  onChange,
}: {
  routes: KeyDraft['routes'];
  onChange: (routes: KeyDraft['routes']) => void;
}) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('gateway.keyForm.routes')}
      description={t('gateway.keyForm.routesHint')}
      inputWrapperOrder={HINT_BELOW}
      value={routes}
      onChange={(values) =>
        onChange(gatewayRouteGroupSchema.options.filter((group) => values.includes(group)))
      }
    >
      <div className="row wrap gateway-boxes">
        {gatewayRouteGroupSchema.options.map((group) => (
          <Checkbox
            key={group}
            size="xs"
            iconColor="var(--accent-ink)"
            value={group}
            label={t(`gateway.keys.routeGroups.${group}`)}
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}
