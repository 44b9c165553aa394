/** What goes over the broker: local models for others, models of others here, the older topics, telemetry. */
import { MultiSelect, Switch, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMqttEndpoints } from './mqtt-queries.ts';
import type { FieldsProps } from './settings-form.tsx';
import { SettingField } from './setting-field.tsx';

const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];

export function ShareFields(props: FieldsProps) {
  const { t } = useTranslation();
  const { draft, faults, fixed, patch } = props;
  return (
    <>
      <WorkerFields {...props} />
      <fieldset className="mqtt-fields">
        <legend>{t('mqtt.form.others')}</legend>
        <Switch
          className="mqtt-wide"
          label={t('mqtt.form.client')}
          description={t('mqtt.form.clientHint')}
          checked={draft.isClient}
          onChange={(event) => patch({ isClient: event.currentTarget.checked })}
        />
        <Switch
          label={t('mqtt.form.telemetry')}
          description={t('mqtt.form.telemetryHint')}
          checked={draft.isTelemetry}
          onChange={(event) => patch({ isTelemetry: event.currentTarget.checked })}
        />
        <Switch
          label={t('mqtt.form.homeAssistant')}
          description={t('mqtt.form.homeAssistantHint')}
          checked={draft.isHomeAssistant}
          disabled={!draft.isTelemetry}
          onChange={(event) => patch({ isHomeAssistant: event.currentTarget.checked })}
        />
        <SettingField
          name="prefix"
          label={t('mqtt.form.prefix')}
          hint={t('mqtt.form.prefixHint')}
          value={draft.prefix}
          fault={faults.prefix === undefined ? null : t('mqtt.form.faults.prefix')}
          isFixed={fixed.includes('prefix')}
          onChange={(prefix) => patch({ prefix })}
        />
        <TagsInput
          name="projects"
          label={t('mqtt.form.projects')}
          description={fixed.includes('projects') ? t('mqtt.form.fixed') : t('mqtt.form.projectsHint')}
          inputWrapperOrder={HINT_BELOW}
          placeholder={draft.projects.length === 0 ? t('mqtt.form.projectsPlaceholder') : ''}
          disabled={fixed.includes('projects')}
          value={draft.projects}
          maxTags={64}
          error={faults.projects === undefined ? null : t('mqtt.form.faults.prefix')}
          onChange={(projects) => patch({ projects })}
        />
      </fieldset>
    </>
  );
}

function WorkerFields({ draft, faults, fixed, patch }: FieldsProps) {
  const { t } = useTranslation();
  const endpoints = useMqttEndpoints().data ?? [];
  const served = endpoints
    .filter(({ source }) => source !== 'mqtt')
    .map(({ id, name }) => ({ value: id, label: name }));
  // One that was chosen stays to be seen when it is gone.
  const gone = draft.endpoints
    .filter((id) => !served.some(({ value }) => value === id))
    .map((id) => ({ value: id, label: id }));
  const isFixed = fixed.includes('worker.isEnabled');
  return (
    <fieldset className="mqtt-fields">
      <legend>{t('mqtt.form.worker')}</legend>
      <Switch
        className="mqtt-wide"
        label={t('mqtt.form.isWorker')}
        description={isFixed ? t('mqtt.form.fixed') : t('mqtt.form.isWorkerHint')}
        checked={draft.isWorker}
        disabled={isFixed}
        onChange={(event) => patch({ isWorker: event.currentTarget.checked })}
      />
      <MultiSelect
        name="endpoints"
        label={t('mqtt.form.endpoints')}
        description={t('mqtt.form.endpointsHint')}
        inputWrapperOrder={HINT_BELOW}
        placeholder={draft.endpoints.length === 0 ? t('mqtt.form.allEndpoints') : ''}
        data={[...served, ...gone]}
        value={draft.endpoints}
        disabled={!draft.isWorker}
        onChange={(chosen) => patch({ endpoints: chosen })}
      />
      <SettingField
        name="queueLimit"
        label={t('mqtt.form.queueLimit')}
        hint={t('mqtt.form.queueLimitHint')}
        value={draft.queueLimit}
        fault={faults.queueLimit === undefined ? null : t('mqtt.form.faults.queueLimit')}
        isFixed={false}
        isNumber
        onChange={(queueLimit) => patch({ queueLimit })}
      />
    </fieldset>
  );
}
