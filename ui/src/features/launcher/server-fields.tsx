/** The form of the server recipes. */
import { Select, Switch } from '@mantine/core';
import { TextField } from '../../components/text-field.tsx';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
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
  const { context, recipe, ignored } = made;
  const { server } = control.draft;
  const models = useModels().data?.models ?? [];
  const chosen = models.find(({ path }) => path === server.model);
  const field = (name: TextName) => ({
    name,
    label: en.fields[name],
    value: server[name],
    onChange: (value: string) => control.changeServer({ [name]: value }),
    fault: faults[name],
    ...(ignored.includes(name) && server[name] !== '' && { description: fill(en.form.ignored, { recipe: en.recipes[recipe] }) }),
  });
  const isAuto = /^\s*(auto)?\s*$/i.test(server.port);
  return (
    <>
      <Select
        label={en.fields.recipe}
        data={RECIPES.map((value) => ({ value, label: en.recipes[value] }))}
        value={recipe}
        allowDeselect={false}
        onChange={(value) => control.change({ recipe: value })}
        error={faults['recipe'] ?? null}
      />
      <div className="field-with-note">
        <ModelPicker {...field('model')} models={models.filter(({ isProjector }) => !isProjector)} fault={faults['model']} />
        {chosen !== undefined && <div className="sub">{describeModel(chosen)}</div>}
      </div>
      <div className="fields-2">
        <TextField {...field('host')} placeholder="127.0.0.1" />
        <TextField
          {...field('port')}
          placeholder="auto"
          {...(isAuto && context !== null && { hint: fill(en.form.portFree, { port: context.freePort }) })}
        />
      </div>
      <div className="fields-3">
        <TextField {...field('context')} isNumber placeholder={en.form.modelsOwn} />
        <TextField
          {...field('gpuLayers')}
          isNumber
          placeholder={en.form.default}
          {...(server.gpuLayers.trim() === '-1' && { hint: en.form.all })}
        />
        <TextField {...field('parallel')} isNumber placeholder={en.form.default} />
      </div>
      <div className="fields-3">
        <TextField
          {...field('threads')}
          isNumber
          placeholder={en.form.auto}
          {...(server.threads.trim() === '0' && { hint: en.form.auto })}
        />
        <TextField {...field('batchSize')} isNumber placeholder={en.form.default} />
        <Select
          label={en.fields.flashAttention}
          data={[...(['default', 'on', 'off'] as const)].map((value) => ({ value, label: en.flashAttention[value] }))}
          value={server.flashAttention}
          allowDeselect={false}
          onChange={(value) => control.changeServer({ flashAttention: value as ServerDraft['flashAttention'] })}
        />
      </div>
      <PresetChips control={control} recipe={recipe} />
      <Switch
        label={en.fields.vision}
        checked={server.isVision}
        onChange={(event) => control.changeServer({ isVision: event.currentTarget.checked })}
        size="sm"
      />
      {server.isVision && (
        <ModelPicker {...field('mmproj')} models={models.filter(({ isProjector }) => isProjector)} fault={faults['mmproj']} />
      )}
      <TextField {...field('extraArgs')} placeholder="--cache-type-k q8_0" />
    </>
  );
}
