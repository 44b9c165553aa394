/** What is seldom needed, folded away: key, alias, environment, restart policy. Unfolds by itself where a fault is in it. */
import { PasswordInput, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { LaunchDraft } from './launch-draft.ts';
import type { FieldsProps } from './launcher-fields.ts';

const POLICIES = ['never', 'on-failure', 'always'] as const;
const INSIDE = ['alias', 'apiKey', 'binary', 'env'];

export function MoreFields({ control, faults }: FieldsProps) {
  const { t } = useTranslation();
  const { draft } = control;
  const isServer = draft.tab === 'form';
  return (
    <details className="more" open={INSIDE.some((name) => faults[name] !== undefined) || undefined}>
      <summary>{t('form.more')}</summary>
      <div className="more-body">
        <Select
          label={t('fields.restart')}
          data={POLICIES.map((value) => ({ value, label: t(`policies.${value}`) }))}
          value={draft.restart}
          allowDeselect={false}
          onChange={(value) => control.change({ restart: value as LaunchDraft['restart'] })}
        />
        {isServer && <ServerExtras control={control} faults={faults} />}
        <EnvField control={control} faults={faults} />
      </div>
    </details>
  );
}

function ServerExtras({ control, faults }: FieldsProps) {
  const { t } = useTranslation();
  const { server } = control.draft;
  return (
    <>
      <div className="fields-2">
        <TextField
          name="alias"
          label={t('fields.alias')}
          value={server.alias}
          fault={faults['alias']}
          onChange={(alias) => control.changeServer({ alias })}
        />
        <PasswordInput
          name="apiKey"
          label={t('fields.apiKey')}
          value={server.apiKey}
          error={faults['apiKey'] ?? null}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('form.showKey') }}
          onChange={(event) => control.changeServer({ apiKey: event.currentTarget.value })}
        />
      </div>
      <TextField
        name="binary"
        label={t('fields.binary')}
        value={server.binary}
        fault={faults['binary']}
        placeholder={t('form.foundByRunner')}
        onChange={(binary) => control.changeServer({ binary })}
      />
    </>
  );
}

function EnvField({ control, faults }: FieldsProps) {
  const { t } = useTranslation();
  const { tab, server, script, command } = control.draft;
  const value = tab === 'form' ? server.env : tab === 'script' ? script.env : command.env;
  const change = (env: string): void => {
    if (tab === 'form') control.changeServer({ env });
    else if (tab === 'script') control.changeScript({ env });
    else control.changeCommand({ env });
  };
  return (
    <TextField
      name="env"
      label={t('fields.env')}
      value={value}
      fault={faults['env']}
      lines={3}
      placeholder="CUDA_VISIBLE_DEVICES=0"
      onChange={change}
    />
  );
}
