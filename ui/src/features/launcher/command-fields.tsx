/** Any program by hand: command, arguments, folder, shell, port. */
import { Switch } from '@mantine/core';
import { TextField } from '../../components/text-field.tsx';
import { en } from '../../locales/en.ts';
import type { FieldsProps } from './launcher-fields.ts';

export function CommandFields({ control, faults }: FieldsProps) {
  const { command } = control.draft;
  return (
    <>
      <TextField
        name="cmd"
        label={en.fields.cmd}
        value={command.cmd}
        fault={faults['cmd']}
        placeholder="python"
        onChange={(cmd) => control.changeCommand({ cmd })}
      />
      <TextField
        name="args"
        label={en.fields.args}
        value={command.args}
        fault={faults['args']}
        placeholder="-m http.server 8080"
        onChange={(args) => control.changeCommand({ args })}
      />
      <div className="fields-2">
        <TextField
          name="cwd"
          label={en.fields.cwd}
          value={command.cwd}
          fault={faults['cwd']}
          placeholder={en.form.runnersFolder}
          onChange={(cwd) => control.changeCommand({ cwd })}
        />
        <TextField
          name="port"
          label={en.fields.port}
          value={command.port}
          fault={faults['port']}
          isNumber
          placeholder={en.form.none}
          onChange={(port) => control.changeCommand({ port })}
        />
      </div>
      <Switch
        size="sm"
        label={en.fields.shell}
        checked={command.isShell}
        onChange={(event) => control.changeCommand({ isShell: event.currentTarget.checked })}
      />
    </>
  );
}
