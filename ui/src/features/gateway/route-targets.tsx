/** The servers behind a model name: each with its model, weight and priority. */
import { ActionIcon, Autocomplete, Button, Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { Icon } from '../../components/icon.tsx';
import { newTarget, type RouteFaults, type TargetDraft } from './route-draft.ts';

interface RouteTargetsProps {
  targets: readonly TargetDraft[];
  faults: RouteFaults['targets'];
  endpoints: readonly Endpoint[];
  onChange: (targets: TargetDraft[]) => void;
}

export function RouteTargets({ targets, faults, endpoints, onChange }: RouteTargetsProps) {
  const { t } = useTranslation();
  const change = (key: number, part: Partial<TargetDraft>): void =>
    onChange(targets.map((target) => (target.key === key ? { ...target, ...part } : target)));
  return (
    <fieldset className="gateway-target-list">
      <legend>{t('gateway.routeForm.targets')}</legend>
      <div className="sub">
        {t(endpoints.length === 0 ? 'gateway.routeForm.noEndpoints' : 'gateway.routeForm.targetsHint')}
      </div>
      {targets.map((target, index) => (
        <TargetRow
          key={target.key}
          target={target}
          number={index + 1}
          faults={faults[target.key] ?? {}}
          endpoints={endpoints}
          onChange={(part) => change(target.key, part)}
          onRemove={() => onChange(targets.filter(({ key }) => key !== target.key))}
        />
      ))}
      <Button size="xs" className="gateway-add" onClick={() => onChange([...targets, newTarget(targets)])}>
        {t('gateway.routeForm.addTarget')}
      </Button>
    </fieldset>
  );
}

interface TargetRowProps {
  target: TargetDraft;
  number: number;
  faults: RouteFaults['targets'][number];
  endpoints: readonly Endpoint[];
  onChange: (part: Partial<TargetDraft>) => void;
  onRemove: () => void;
}

function TargetRow({ target, number, faults, endpoints, onChange, onRemove }: TargetRowProps) {
  const { t } = useTranslation();
  const endpoint = endpoints.find(({ id }) => id === target.endpointId);
  const choices = endpoints.map(({ id, name }) => ({ value: id, label: name }));
  // One that is gone is shown as such: to drop it in silence would change the route.
  if (endpoint === undefined && target.endpointId !== null) {
    choices.push({ value: target.endpointId, label: t('gateway.routes.gone', { id: target.endpointId }) });
  }
  return (
    <fieldset className="gateway-target" aria-label={t('gateway.routeForm.targetOf', { number })}>
      <Select
        className="gateway-target-wide"
        label={t('gateway.routeForm.endpoint')}
        placeholder={t('gateway.routeForm.endpointPlaceholder')}
        data={choices}
        value={target.endpointId}
        allowDeselect={false}
        error={faults?.endpointId === true ? t('gateway.routeForm.faults.endpoint') : null}
        onChange={(endpointId) => onChange({ endpointId, model: '' })}
      />
      <Autocomplete
        className="gateway-target-wide"
        label={t('gateway.routeForm.model')}
        placeholder={endpoint?.model ?? t('gateway.routes.ownModel')}
        classNames={{ input: 'mono' }}
        data={endpoint?.models ?? []}
        value={target.model}
        spellCheck={false}
        onChange={(model) => onChange({ model })}
      />
      <TextInput
        label={t('gateway.routeForm.weight')}
        classNames={{ input: 'mono' }}
        inputMode="decimal"
        autoComplete="off"
        value={target.weight}
        error={faults?.weight === true ? t('gateway.routeForm.faults.weight') : null}
        onChange={(event) => onChange({ weight: event.currentTarget.value })}
      />
      <TextInput
        label={t('gateway.routeForm.priority')}
        classNames={{ input: 'mono' }}
        inputMode="numeric"
        autoComplete="off"
        value={target.priority}
        error={faults?.priority === true ? t('gateway.routeForm.faults.priority') : null}
        onChange={(event) => onChange({ priority: event.currentTarget.value })}
      />
      <ActionIcon
        className="gateway-target-remove"
        aria-label={t('gateway.routeForm.removeTarget', { number })}
        onClick={onRemove}
      >
        <Icon name="close" size={13} />
      </ActionIcon>
    </fieldset>
  );
}
