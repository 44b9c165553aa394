/** Which broker: the runner's own or another one, and how to get in. */
import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { mqttBrokerKindSchema } from '#contract/mqtt';
import type { FieldsProps } from './settings-form.tsx';
import { SettingField } from './setting-field.tsx';

const URL_EXAMPLE = 'mqtts://broker.example:8883';
const CA_EXAMPLE = '/etc/ssl/broker-ca.pem';

export function BrokerFields(props: FieldsProps & { hasPassword: boolean }) {
  const { t } = useTranslation();
  const { draft, fixed, patch } = props;
  return (
    <fieldset className="mqtt-fields">
      <legend>{t('mqtt.form.broker')}</legend>
      <div className="mqtt-wide">
        <SegmentedControl
          size="xs"
          aria-label={t('mqtt.form.broker')}
          disabled={fixed.includes('broker')}
          data={mqttBrokerKindSchema.options.map((value) => ({
            value,
            label: t(`mqtt.form.kinds.${value}`),
          }))}
          value={draft.broker}
          onChange={(broker) => patch({ broker })}
        />
        <div className="sub">
          {fixed.includes('broker') ? t('mqtt.form.fixed') : t(`mqtt.form.kindHints.${draft.broker}`)}
        </div>
      </div>
      {draft.broker === 'external' ? <ExternalFields {...props} /> : <EmbeddedFields {...props} />}
    </fieldset>
  );
}

function ExternalFields({
  draft,
  faults,
  fixed,
  patch,
  hasPassword,
}: FieldsProps & { hasPassword: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <SettingField
        name="url"
        label={t('mqtt.form.url')}
        placeholder={URL_EXAMPLE}
        hint={t('mqtt.form.urlHint')}
        value={draft.url}
        fault={faults.url === undefined ? null : t('mqtt.form.faults.url')}
        isFixed={fixed.includes('url')}
        onChange={(url) => patch({ url })}
      />
      <SettingField
        name="username"
        label={t('mqtt.form.username')}
        value={draft.username}
        fault={faults.username === undefined ? null : t('mqtt.form.faults.username')}
        isFixed={fixed.includes('username')}
        onChange={(username) => patch({ username })}
      />
      <SettingField
        name="password"
        label={t('mqtt.form.password')}
        placeholder={hasPassword ? t('mqtt.form.passwordKept') : ''}
        hint={t('mqtt.form.passwordHint')}
        value={draft.password}
        fault={faults.password === undefined ? null : t('mqtt.form.faults.password')}
        isFixed={fixed.includes('password')}
        isSecret
        onChange={(password) => patch({ password })}
      />
      <SettingField
        name="caFile"
        label={t('mqtt.form.caFile')}
        placeholder={CA_EXAMPLE}
        hint={t('mqtt.form.caFileHint')}
        value={draft.caFile}
        fault={faults.caFile === undefined ? null : t('mqtt.form.faults.caFile')}
        isFixed={fixed.includes('caFile')}
        onChange={(caFile) => patch({ caFile })}
      />
    </>
  );
}

function EmbeddedFields({ draft, faults, fixed, patch }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <SettingField
        name="embeddedHost"
        label={t('mqtt.form.embeddedHost')}
        hint={t('mqtt.form.embeddedHostHint')}
        value={draft.embeddedHost}
        fault={faults.embeddedHost === undefined ? null : t('mqtt.form.faults.embeddedHost')}
        isFixed={fixed.includes('embeddedHost')}
        onChange={(embeddedHost) => patch({ embeddedHost })}
      />
      <SettingField
        name="embeddedPort"
        label={t('mqtt.form.embeddedPort')}
        hint={t('mqtt.form.embeddedPortHint')}
        value={draft.embeddedPort}
        fault={faults.embeddedPort === undefined ? null : t('mqtt.form.faults.embeddedPort')}
        isFixed={fixed.includes('embeddedPort')}
        isNumber
        onChange={(embeddedPort) => patch({ embeddedPort })}
      />
    </>
  );
}
