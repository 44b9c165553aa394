/** The form of the server recipes. */
import { Select, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { ServerDraft, ServerRecipe } from './launch-draft.ts';
import { useModels } from './launch-queries.ts';
import type { FieldsProps } from './launcher-fields.ts';
import { ModelPicker } from './model-picker.tsx';
import { describeModel } from './model-words.ts';
import { PresetChips } from './preset-chips.tsx';
import type { DraftOrder } from './use-launch-order.ts';

interface ServerFieldsProps extends FieldsProps {
  made: DraftOrder;
}

const RECIPES: ServerRecipe[] = ['llama-server', 'llama_cpp.server', 'embedded'];
type TextName = Exclude<keyof ServerDraft, 'isVision' | 'flashAttention'>;

export function ServerFields({ control, faults, made }: ServerFieldsProps) {
  const { t } = useTranslation();
  const { context, recipe, ignored } = made;
  const { server } = control.draft;
  const models = useModels().data?.models ?? [];
  const chosen = models.find(({ path }) => path === server.model);
  const field = (name: TextName) => ({
    name,
    label: t(`fields.${name}`),
    value: server[name],
    onChange: (value: string) => control.changeServer({ [name]: value }),
    fault: faults[name],
    ...(ignored.includes(name) &&
      server[name] !== '' && { description: t('form.ignored', { recipe: t(`recipes.${recipe}`) }) }),
  });
  const isAuto = /^\s*(auto)?\s*$/i.test(server.port);
  return (
    <>
      <Select
        label={t('fields.recipe')}
        data={RECIPES.map((value) => ({ value, label: t(`recipes.${value}`) }))}
        value={recipe}
        allowDeselect={false}
        onChange={(value) => control.change({ recipe: value })}
        error={faults['recipe'] ?? null}
      />
      <div className="field-with-note">
        <ModelPicker
          {...field('model')}
          models={models.filter(({ isProjector }) => !isProjector)}
          fault={faults['model']}
        />
        {chosen !== undefined && <div className="sub">{describeModel(chosen, t)}</div>}
      </div>
      <div className="fields-2">
        <TextField {...field('host')} placeholder="127.0.0.1" />
        <TextField
          {...field('port')}
          placeholder="auto"
          {...(isAuto && context !== null && { hint: t('form.portFree', { port: context.freePort }) })}
        />
      </div>
      <div className="fields-3">
        <TextField {...field('context')} isNumber placeholder={t('form.modelsOwn')} />
        <TextField
          {...field('gpuLayers')}
          isNumber
          placeholder={t('form.default')}
          {...(server.gpuLayers.trim() === '-1' && { hint: t('form.all') })}
        />
        <TextField {...field('parallel')} isNumber placeholder={t('form.default')} />
      </div>
      <div className="fields-3">
        <TextField
          {...field('threads')}
          isNumber
          placeholder={t('form.auto')}
          {...(server.threads.trim() === '0' && { hint: t('form.auto') })}
        />
        <TextField {...field('batchSize')} isNumber placeholder={t('form.default')} />
        <Select
          label={t('fields.flashAttention')}
          data={[...(['default', 'on', 'off'] as const)].map((value) => ({
            value,
            label: t(`flashAttention.${value}`),
          }))}
          value={server.flashAttention}
          allowDeselect={false}
          onChange={(value) =>
            control.changeServer({ flashAttention: value as ServerDraft['flashAttention'] })
          }
        />
      </div>
      <PresetChips control={control} recipe={recipe} />
      <Switch
        label={t('fields.vision')}
        checked={server.isVision}
        onChange={(event) => control.changeServer({ isVision: event.currentTarget.checked })}
        size="sm"
      />
      {server.isVision && (
        <ModelPicker
          {...field('mmproj')}
          models={models.filter(({ isProjector }) => isProjector)}
          fault={faults['mmproj']}
        />
      )}
      <TextField {...field('extraArgs')} placeholder="--cache-type-k q8_0" />
    </>
  );
}
