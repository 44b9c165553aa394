/** The launcher: form, preview and Launch. What it makes of the form is in draft-target.ts. */
import { SegmentedControl, Skeleton } from '@mantine/core';
import { useRef, useState, type ReactNode } from 'react';
import { TextField } from '../../components/text-field.tsx';
import { en } from '../../locales/en.ts';
import { CommandFields } from './command-fields.tsx';
import type { FieldFaults } from './draft-target.ts';
import { LaunchBar } from './launch-bar.tsx';
import type { LaunchDraft } from './launch-draft.ts';
import { useLaunch } from './launch-queries.ts';
import { MoreFields } from './more-fields.tsx';
import { ScriptFields } from './script-fields.tsx';
import { ServerFields } from './server-fields.tsx';
import type { DraftControl } from './use-launch-draft.ts';
import type { DraftOrder } from './use-launch-order.ts';
import './launcher.css';

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
      aria-label={en.form.title}
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
          <h2 className="grow">{en.form.title}</h2>
          {profiles}
        </div>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={en.form.kind}
          data={TABS.map((value) => ({ value, label: en.tabs[value] }))}
          value={draft.tab}
          onChange={(value) => control.change({ tab: value })}
        />
        {made.isLoading ? (
          <FieldSkeletons />
        ) : (
          <>
            {draft.tab === 'form' && <ServerFields control={control} faults={faults} made={made} />}
            {draft.tab === 'script' && <ScriptFields control={control} faults={faults} platform={made.context?.platform ?? ''} />}
            {draft.tab === 'command' && <CommandFields control={control} faults={faults} />}
            <TextField
              name="id"
              label={en.fields.id}
              value={draft.id}
              placeholder={made.suggestedId}
              fault={idFault(draft.id.trim() || made.suggestedId)}
              onChange={(value) => control.change({ id: value })}
            />
            <MoreFields control={control} faults={faults} />
          </>
        )}
      </div>
      <LaunchBar target={made.previewTarget} context={made.context} error={launch.error} isBusy={launch.isPending} save={save} />
    </form>
  );
}

function idFault(id: string): string | undefined {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(id) ? undefined : en.faults.id;
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

function FieldSkeletons() {
  return (
    <div className="launcher-skeletons" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((index) => (
        <div key={index}>
          <Skeleton height={12} width="30%" mb={7} />
          <Skeleton height={34} />
        </div>
      ))}
    </div>
  );
}
