/** What a tunnel must know: its name, the other machine, the ports. */
import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { TunnelDraft, TunnelFaults, TunnelField } from './tunnel-draft.ts';

export interface TunnelFieldsProps {
  draft: TunnelDraft;
  faults: TunnelFaults;
  onChange: (part: Partial<TunnelDraft>) => void;
}

export function TunnelFields(props: TunnelFieldsProps) {
  const { t } = useTranslation();
  const { draft, faults, onChange } = props;
  const faultOf = useFaultWords(faults);
  return (
    <>
      <TextInput
        name="name"
        label={t('tunnels.form.name')}
        description={t('tunnels.form.nameHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={draft.name}
        maxLength={80}
        data-autofocus
        autoComplete="off"
        error={faultOf('name') ?? null}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      {draft.direction === 'incoming' ? <IncomingFields {...props} /> : <SshFields {...props} />}
    </>
  );
}

function SshFields({ draft, faults, onChange }: TunnelFieldsProps) {
  const { t } = useTranslation();
  const field = useFields({ draft, faults, onChange });
  return (
    <>
      <div className="tunnel-host">
        <TextField
          {...field('host')}
          label={t('tunnels.form.host')}
          description={t('tunnels.form.hostHint')}
        />
        <TextField
          {...field('user')}
          label={t('tunnels.form.user')}
          description={t('tunnels.form.userHint')}
        />
        <TextField {...field('port')} label={t('tunnels.form.port')} isNumber />
      </div>
      <TextField
        {...field('identityFile')}
        label={t('tunnels.form.identityFile')}
        description={t('tunnels.form.identityFileHint')}
      />
      <div className="tunnel-pair">
        {draft.direction === 'forward' ? (
          <>
            <TextField {...field('remotePort')} label={t('tunnels.form.forward.remotePort')} isNumber />
            <TextField {...field('localPort')} label={t('tunnels.form.forward.localPort')} isNumber />
          </>
        ) : (
          <>
            <TextField {...field('localPort')} label={t('tunnels.form.reverse.localPort')} isNumber />
            <TextField {...field('remotePort')} label={t('tunnels.form.reverse.remotePort')} isNumber />
          </>
        )}
      </div>
    </>
  );
}

function IncomingFields({ draft, faults, onChange }: TunnelFieldsProps) {
  const { t } = useTranslation();
  const field = useFields({ draft, faults, onChange });
  return (
    <>
      <TextField
        {...field('remotePort')}
        label={t('tunnels.form.incoming.remotePort')}
        description={t('tunnels.form.incomingHint')}
        isNumber
      />
      <TextField
        {...field('publicKey')}
        label={t('tunnels.form.publicKey')}
        description={t('tunnels.form.publicKeyHint')}
        lines={3}
      />
    </>
  );
}

/** What every field of the draft has in common. */
export function useFields({ draft, faults, onChange }: TunnelFieldsProps) {
  const faultOf = useFaultWords(faults);
  return (name: TunnelField) => ({
    name,
    value: draft[name],
    fault: faultOf(name),
    onChange: (value: string) => onChange({ [name]: value }),
  });
}

export function useFaultWords(faults: TunnelFaults): (field: TunnelField) => string | undefined {
  const { t } = useTranslation();
  return (field) => {
    const fault = faults[field];
    if (fault === undefined) return undefined;
    if (fault === 'missing') return t('tunnels.form.missing');
    if (field === 'port' || field === 'localPort' || field === 'remotePort')
      return t('tunnels.form.wrongPort');
    return t(`tunnels.form.faults.${field}`);
  };
}
