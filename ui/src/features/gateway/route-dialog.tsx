/** Adds a model name of the gateway's own, or changes where one leads. */
import { Button, Modal, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRoute } from '#contract/gateway';
import { ErrorNote } from '../../components/error-note.tsx';
import { modelNames } from './client-example.ts';
import { useSaveRoute } from './gateway-queries.ts';
import { readRouteDraft, toRouteDraft, type RouteDraft, type RouteFaults } from './route-draft.ts';
import { RouteTargets } from './route-targets.tsx';

interface RouteDialogProps {
  /** null: a new one. */
  route: GatewayRoute | null;
  routes: readonly GatewayRoute[];
  endpoints: readonly Endpoint[];
  onClose: () => void;
}

const UNTOUCHED: RouteFaults = { targets: {} };
const MODEL_FAULTS = {
  none: 'gateway.routeForm.faults.name',
  taken: 'gateway.routeForm.faults.taken',
} as const;

export function RouteDialog({ route, routes, endpoints, onClose }: RouteDialogProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => toRouteDraft(route));
  const [isTried, setTried] = useState(false);
  const save = useSaveRoute();
  const taken = route === null ? routes.map(({ model }) => model) : [];
  const { route: input, faults } = readRouteDraft(draft, taken);
  const shown = isTried ? faults : UNTOUCHED;
  const patch = (part: Partial<RouteDraft>): void => setDraft((before) => ({ ...before, ...part }));
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        route === null ? t('gateway.routes.addTitle') : t('gateway.routes.editTitle', { name: route.model })
      }
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="gateway-form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (input !== null) save.mutate(input, { onSuccess: onClose });
        }}
      >
        {route === null && (
          <TextInput
            name="model"
            label={t('gateway.routeForm.name')}
            description={t('gateway.routeForm.nameHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            classNames={{ input: 'mono' }}
            value={draft.model}
            maxLength={256}
            data-autofocus
            autoComplete="off"
            spellCheck={false}
            error={shown.model === undefined ? null : t(MODEL_FAULTS[shown.model])}
            onChange={(event) => patch({ model: event.currentTarget.value })}
          />
        )}
        <RouteTargets
          targets={draft.targets}
          faults={shown.targets}
          endpoints={endpoints}
          onChange={(targets) => patch({ targets })}
        />
        <TagsInput
          name="fallback"
          label={t('gateway.routeForm.fallback')}
          description={t('gateway.routeForm.fallbackHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={draft.fallback.length === 0 ? t('gateway.routeForm.fallbackPlaceholder') : ''}
          data={modelNames(routes, endpoints).filter((name) => name !== draft.model.trim())}
          value={draft.fallback}
          maxTags={10}
          error={shown.fallback === undefined ? null : t(`gateway.routeForm.faults.${shown.fallback}`)}
          onChange={(fallback) => patch({ fallback })}
        />
        {shown.leadsNowhere === true && <ErrorNote message={t('gateway.routeForm.faults.leadsNowhere')} />}
        {save.error !== null && <ErrorNote message={save.error.message} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={isTried && input === null}
            loading={save.isPending}
          >
            {t('gateway.routeForm.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
