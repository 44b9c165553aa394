/** Makes a tunnel or changes one; what is typed can be tried before it is kept. */
import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tunnel } from '#contract/tunnel';
import { ErrorNote } from '../../components/error-note.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { DirectionChoice } from './direction-choice.tsx';
import { TestResult } from './test-result.tsx';
import {
  newTunnelDraft,
  readTunnelDraft,
  toTunnelChange,
  toTunnelDraft,
  type TunnelDraft,
} from './tunnel-draft.ts';
import { TunnelFields } from './tunnel-fields.tsx';
import { useChangeTunnel, useCreateTunnel, useTestTunnel } from './tunnel-queries.ts';
import { wayOf } from './tunnel-way.ts';
import { WayDrawing } from './way-drawing.tsx';

interface TunnelDialogProps {
  /** null: a new one. */
  tunnel: Tunnel | null;
  /** Of a model server that runs here. */
  modelPort: number | null;
  onClose: () => void;
}

export function TunnelDialog({ tunnel, modelPort, onClose }: TunnelDialogProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() =>
    tunnel === null ? newTunnelDraft(modelPort) : toTunnelDraft(tunnel),
  );
  const [isTried, setTried] = useState(false);
  const create = useCreateTunnel();
  const change = useChangeTunnel();
  const test = useTestTunnel();
  const { input, faults } = readTunnelDraft(draft);
  const error = create.error ?? change.error;
  // What nobody has sent yet is no fault to be told of.
  const fields = {
    draft,
    faults: isTried ? faults : {},
    onChange: (part: Partial<TunnelDraft>) => setDraft((before) => ({ ...before, ...part })),
  };
  // A result is of what was typed then.
  const isTestOfThis = JSON.stringify(test.variables) === JSON.stringify(input);
  const runs = tunnel !== null && tunnel.state !== 'stopped' && tunnel.config.direction !== 'incoming';
  const save = (): void => {
    setTried(true);
    if (input === null) return;
    if (tunnel === null) create.mutate(input, { onSuccess: onClose });
    else change.mutate({ id: tunnel.id, change: toTunnelChange(input, draft) }, { onSuccess: onClose });
  };
  const tryIt = (): void => {
    setTried(true);
    if (input !== null) test.mutate(input);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={tunnel === null ? t('tunnels.newTitle') : t('tunnels.editTitle', { name: tunnel.config.name })}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="tunnel-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {tunnel === null && (
          <DirectionChoice
            direction={draft.direction}
            onChange={(direction) => fields.onChange({ direction })}
          />
        )}
        <TunnelFields {...fields} />
        <WayDrawing way={wayOf(draft)} />
        <AdvancedFields {...fields} hasApiKey={tunnel?.hasApiKey === true} />
        {runs && <div className="sub">{t('tunnels.form.testStands')}</div>}
        {test.isPending && (
          <output className="sub">
            {t('tunnels.form.testing')}
            <span className="busy-bar tunnel-busy" />
          </output>
        )}
        {isTestOfThis && test.data !== undefined && <TestResult test={test.data} />}
        {isTestOfThis && test.error !== null && <ErrorNote message={test.error.message} />}
        {error !== null && <ErrorNote message={error.message} />}
        <div className="dialog-actions tunnel-actions">
          <Button onClick={tryIt} disabled={runs || (isTried && input === null)} loading={test.isPending}>
            {t('tunnels.form.test')}
          </Button>
          <span className="grow" />
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={(isTried && input === null) || test.isPending}
            loading={create.isPending || change.isPending}
          >
            {t(tunnel === null ? 'tunnels.form.create' : 'tunnels.form.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
