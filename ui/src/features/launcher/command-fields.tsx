/** Any program by hand: command, arguments, folder, shell, port. */
import { parseCommand } from '#launch/parse-command';
import { Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { FieldsProps } from './launcher-fields.ts';
import { toDraft } from './target-draft.ts';

export function CommandFields({ control, faults }: FieldsProps) {
  const { t } = useTranslation();
  const { command } = control.draft;
  /** A whole command line fills the fields; that of a known server fills the form. */
  const paste = (text: string): boolean => {
    const target = /\S\s+\S/.test(text) ? parseCommand(text) : null;
    if (target !== null)
      control.replace(({ id, restart }) => toDraft({ target, processId: id, restart, profileId: null }));
    return target !== null;
  };
  return (
    <>
      <TextField
        name="cmd"
        label={t('fields.cmd')}
        value={command.cmd}
        fault={faults['cmd']}
        placeholder="python"
        description={t('form.pasteHint')}
        onPaste={paste}
        onChange={(cmd) => control.changeCommand({ cmd })}
      />
      <TextField
        name="args"
        label={t('fields.args')}
        value={command.args}
        fault={faults['args']}
        placeholder="-m http.server 8080"
        onChange={(args) => control.changeCommand({ args })}
      />
      <div className="fields-2">
        <TextField
          name="cwd"
          label={t('fields.cwd')}
          value={command.cwd}
          fault={faults['cwd']}
          placeholder={t('form.runnersFolder')}
          onChange={(cwd) => control.changeCommand({ cwd })}
        />
        <TextField
          name="port"
          label={t('fields.port')}
          value={command.port}
          fault={faults['port']}
          isNumber
          placeholder={t('form.none')}
          onChange={(port) => control.changeCommand({ port })}
        />
      </div>
      <Switch
        size="sm"
        label={t('fields.shell')}
        checked={command.isShell}
        onChange={(event) => control.changeCommand({ isShell: event.currentTarget.checked })}
      />
    </>
  );
}
