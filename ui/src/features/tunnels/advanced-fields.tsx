/** What most tunnels leave as it is; opens by itself where a fault is in it. */
import { PasswordInput, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { TunnelField } from './tunnel-draft.ts';
import { useFaultWords, useFields, type TunnelFieldsProps } from './tunnel-fields.tsx';

const FIELDS: readonly TunnelField[] = ['localHost', 'remoteHost', 'bindAddress', 'jumpHost', 'apiKey'];

interface AdvancedFieldsProps extends TunnelFieldsProps {
  /** Of the tunnel that is changed. */
  hasApiKey: boolean;
}

export function AdvancedFields({ draft, faults, onChange, hasApiKey }: AdvancedFieldsProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { direction } = draft;
  const isSsh = direction !== 'incoming';
  const field = useFields({ draft, faults, onChange });
  return (
    <details
      className="tunnel-more"
      open={isOpen || FIELDS.some((name) => faults[name] !== undefined)}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{t('tunnels.form.more')}</summary>
      <div className="tunnel-form">
        <div className="tunnel-pair">
          {direction === 'reverse' && (
            <TextField
              {...field('localHost')}
              label={t('tunnels.form.localHost')}
              description={t('tunnels.form.localHostHint')}
            />
          )}
          {direction === 'forward' && (
            <TextField
              {...field('remoteHost')}
              label={t('tunnels.form.remoteHost')}
              description={t('tunnels.form.remoteHostHint')}
            />
          )}
          <TextField
            {...field('bindAddress')}
            label={t('tunnels.form.bindAddress')}
            description={t('tunnels.form.bindAddressHint')}
          />
          {isSsh && (
            <TextField
              {...field('jumpHost')}
              label={t('tunnels.form.jumpHost')}
              description={t('tunnels.form.jumpHostHint')}
            />
          )}
          {/* The endpoint of a tunnel that leaves this machine is on the other one. */}
          {direction !== 'reverse' && <KeyField {...{ draft, faults, onChange, hasApiKey }} />}
        </div>
        {isSsh && (
          <>
            <Switch
              size="xs"
              label={t('tunnels.form.compression')}
              checked={draft.compression}
              onChange={(event) => onChange({ compression: event.currentTarget.checked })}
            />
            <Switch
              size="xs"
              label={t('tunnels.form.startWithRunner')}
              checked={draft.startWithRunner}
              onChange={(event) => onChange({ startWithRunner: event.currentTarget.checked })}
            />
          </>
        )}
      </div>
    </details>
  );
}

function KeyField({ draft, faults, onChange, hasApiKey }: AdvancedFieldsProps) {
  const { t } = useTranslation();
  const faultOf = useFaultWords(faults);
  return (
    <div className="tunnel-form">
      <PasswordInput
        name="apiKey"
        label={t('tunnels.form.apiKey')}
        placeholder={t(hasApiKey ? 'tunnels.form.keyStays' : 'tunnels.form.noKey')}
        value={draft.apiKey}
        disabled={draft.removesKey}
        autoComplete="new-password"
        error={faultOf('apiKey') ?? null}
        visibilityToggleButtonProps={{ 'aria-label': t('tunnels.form.showKey') }}
        onChange={(event) => onChange({ apiKey: event.currentTarget.value })}
      />
      {hasApiKey && (
        <Switch
          size="xs"
          label={t('tunnels.form.removeKey')}
          checked={draft.removesKey}
          onChange={(event) => onChange({ removesKey: event.currentTarget.checked, apiKey: '' })}
        />
      )}
    </div>
  );
}
