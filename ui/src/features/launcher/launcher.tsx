/** The launcher: form, preview and Launch. What it makes of the form is in draft-target.ts. */
import { SegmentedControl } from '@mantine/core';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import { CommandFields } from './command-fields.tsx';
import type { FieldFaults } from './draft-target.ts';
import { FieldSkeletons } from './field-skeletons.tsx';
import { LaunchBar } from './launch-bar.tsx';
import type { LaunchDraft } from './launch-draft.ts';
import { useLaunch } from './launch-queries.ts';
import { MoreFields } from './more-fields.tsx';
import { ScriptFields } from './script-fields.tsx';
import { ServerFields } from './server-fields.tsx';
import type { DraftControl } from './use-launch-draft.ts';
import type { DraftOrder } from './use-launch-order.ts';

interface LauncherProps {
  control: DraftControl;
  /** What the draft comes to. */
  made: DraftOrder;
  /** Stands beside the title. */
  profiles: ReactNode;
  /** Stands left of Launch. */
  save: ReactNode;
  onLaunched: (id: string) => void;
}

const TABS = ['form', 'script', 'command'] as const;

export function Launcher({ control, made, profiles, save, onLaunched }: LauncherProps) {
  const { t } = useTranslation();
  const { draft } = control;
  const launch = useLaunch();
  const [hasTried, setHasTried] = useState(false);
  const root = useRef<HTMLFormElement>(null);
  const faults = { ...made.warnings, ...(hasTried ? made.faults : withoutEmpty(made.faults, draft)) };

  const submit = (): void => {
    setHasTried(true);
    if (made.order === null) {
      focusFirstFault(root.current, made.faults);
      return;
    }
    launch.mutate(made.order, {
      onSuccess: (answer) => {
        setHasTried(false);
        control.change({ id: '' });
        onLaunched(answer.id);
      },
    });
  };

  return (
    <form
      ref={root}
      className="launcher"
      aria-label={t('form.title')}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onChange={() => {
        if (launch.isError) launch.reset();
      }}
    >
      <div className="launcher-scroll">
        <div className="row">
          <h2 className="grow">{t('form.title')}</h2>
          {profiles}
        </div>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t('form.kind')}
          data={TABS.map((value) => ({ value, label: t(`tabs.${value}`) }))}
          value={draft.tab}
          onChange={(value) => control.change({ tab: value })}
        />
        {made.isLoading ? (
          <FieldSkeletons />
        ) : (
          <>
            {draft.tab === 'form' && <ServerFields control={control} faults={faults} made={made} />}
            {draft.tab === 'script' && (
              <ScriptFields control={control} faults={faults} platform={made.context?.platform ?? ''} />
            )}
            {draft.tab === 'command' && <CommandFields control={control} faults={faults} />}
            <TextField
              name="id"
              label={t('fields.id')}
              value={draft.id}
              placeholder={made.suggestedId}
              fault={isId(draft.id.trim() || made.suggestedId) ? undefined : t('faults.id')}
              onChange={(value) => control.change({ id: value })}
            />
            <MoreFields control={control} faults={faults} />
          </>
        )}
      </div>
      <LaunchBar
        target={made.previewTarget}
        context={made.context}
        error={launch.error}
        isBusy={launch.isPending}
        save={save}
      />
    </form>
  );
}

function isId(text: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(text);
}

/** Before the first try an empty field is not wrong yet. */
function withoutEmpty(faults: FieldFaults, draft: LaunchDraft): FieldFaults {
  const form: Record<string, unknown> = draft.tab === 'form' ? draft.server : draft[draft.tab];
  return Object.fromEntries(Object.entries(faults).filter(([field]) => form[field] !== ''));
}

function focusFirstFault(root: HTMLFormElement | null, faults: FieldFaults): void {
  const fields = [...(root?.querySelectorAll<HTMLInputElement>('input[name], textarea[name]') ?? [])];
  fields.find(({ name }) => faults[name] !== undefined)?.focus();
}
