/** The settings of the MQTT mode: typed, tried, saved. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MqttSettings } from '#contract/mqtt';
import { ErrorNote } from '../../components/error-note.tsx';
import { BrokerFields } from './broker-fields.tsx';
import { useSaveMqttSettings, useTestMqtt } from './mqtt-queries.ts';
import { ShareFields } from './share-fields.tsx';
import {
  readSettingsDraft,
  toSettingsDraft,
  type SettingsDraft,
  type SettingsFaults,
} from './settings-draft.ts';
import { TestSteps } from './test-steps.tsx';

interface SettingsFormProps {
  settings: MqttSettings;
  hasPassword: boolean;
  fixed: readonly string[];
}

export interface FieldsProps {
  draft: SettingsDraft;
  faults: SettingsFaults;
  fixed: readonly string[];
  patch: (part: Partial<SettingsDraft>) => void;
}

const UNTOUCHED: SettingsFaults = {};

export function SettingsForm({ settings, hasPassword, fixed }: SettingsFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => toSettingsDraft(settings));
  const [isTried, setTried] = useState(false);
  const save = useSaveMqttSettings();
  const test = useTestMqtt();
  const { input, faults } = readSettingsDraft(draft, settings);
  const patch = (part: Partial<SettingsDraft>): void => {
    test.reset();
    save.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const fields = { draft, faults: isTried ? faults : UNTOUCHED, fixed, patch };
  const withInput = (run: (wanted: NonNullable<typeof input>) => void): void => {
    setTried(true);
    if (input !== null) run(input);
  };
  return (
    <section className="mqtt-section" aria-label={t('mqtt.form.title')}>
      <h2>{t('mqtt.form.title')}</h2>
      <form
        className="card mqtt-form"
        onSubmit={(event) => {
          event.preventDefault();
          withInput((wanted) => save.mutate(wanted, { onSuccess: () => patch({ password: '' }) }));
        }}
      >
        <BrokerFields {...fields} hasPassword={hasPassword} />
        <ShareFields {...fields} />
        {save.error !== null && <ErrorNote message={save.error.message} />}
        {test.error !== null && <ErrorNote message={test.error.message} />}
        {test.data !== undefined && <TestSteps test={test.data} />}
        <div className="row wrap mqtt-form-actions">
          <span className="sub grow">{t('mqtt.form.anew')}</span>
          {draft.broker === 'external' && (
            <Button loading={test.isPending} onClick={() => withInput((wanted) => test.mutate(wanted))}>
              {t('mqtt.form.test')}
            </Button>
          )}
          <Button
            type="submit"
            variant="filled"
            disabled={isTried && input === null}
            loading={save.isPending}
          >
            {t('mqtt.form.save')}
          </Button>
        </div>
      </form>
    </section>
  );
}
