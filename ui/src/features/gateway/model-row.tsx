/** One model on demand: its state in a word, its facts, why it was not loaded; loads, unloads and pins it. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatCount } from '../../format/number.ts';
import { loadProblemWords } from '../../locales/runner-words.ts';
import { useLoadModel, usePinModel, useUnloadModel } from './model-queries.ts';
import { modelFacts, modelTone, type OnDemandModel } from './model-words.ts';

export function ModelRow({ model }: { model: OnDemandModel }) {
  const { t } = useTranslation();
  const nowMs = useNow();
  const [isAsking, setAsking] = useState(false);
  const load = useLoadModel();
  const unload = useUnloadModel();
  const pin = usePinModel();
  const { state, profileName: name, inFlight } = model;
  const error = load.error ?? unload.error ?? pin.error;
  return (
    <li className="card gateway-row">
      <div className="row wrap">
        <StateDot tone={modelTone(model)} />
        <h3 className="truncate" title={name}>
          {name}
        </h3>
        <span className="sub">{t(`gateway.models.states.${state}`)}</span>
        <span className="row gateway-model-tools">
          <Switch
            size="xs"
            label={t('gateway.models.pin')}
            aria-label={t('gateway.models.pinOf', { name })}
            title={t('gateway.models.pinHint')}
            checked={model.pinned}
            disabled={pin.isPending}
            onChange={(event) =>
              pin.mutate({ profileId: model.profileId, pinned: event.currentTarget.checked })
            }
          />
          {state === 'unloaded' ? (
            <Button
              size="xs"
              aria-label={t('gateway.models.loadOf', { name })}
              loading={load.isPending}
              onClick={() => load.mutate(model.profileId)}
            >
              {t('gateway.models.load')}
            </Button>
          ) : (
            <Button
              size="xs"
              aria-label={t('gateway.models.unloadOf', { name })}
              loading={unload.isPending}
              disabled={state === 'unloading'}
              onClick={() => (inFlight > 0 ? setAsking(true) : unload.mutate(model.id))}
            >
              {t('gateway.models.unload')}
            </Button>
          )}
        </span>
      </div>
      <div className="sub anywhere gateway-live-state">{modelFacts(model, nowMs, t)}</div>
      {model.problem !== null && state !== 'loading' && (
        <ErrorNote title={t('gateway.models.problem')} message={loadProblemWords(model) ?? ''} />
      )}
      {error !== null && <ErrorNote message={error.message} />}
      {isAsking && (
        <ConfirmDialog
          title={t('gateway.models.unloadTitle', { name })}
          confirmLabel={t('gateway.models.unload')}
          isBusy={unload.isPending}
          onConfirm={() => unload.mutate(model.id, { onSettled: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          {t('gateway.models.unloadText', { count: inFlight, shown: formatCount(inFlight) })}
        </ConfirmDialog>
      )}
    </li>
  );
}
