/** The .bat/.sh panel: a script, its arguments, its folder. */
import { TextField } from '../../components/text-field.tsx';
import { en } from '../../locales/en.ts';
import type { FieldsProps } from './launcher-fields.ts';

export function ScriptFields({ control, faults, platform }: FieldsProps & { platform: string }) {
  const { script } = control.draft;
  const isWindows = platform === 'win32';
  return (
    <>
      <TextField
        name="path"
        label={en.fields.path}
        value={script.path}
        fault={faults['path']}
        placeholder={isWindows ? 'C:\\stack\\start_agent_stack.bat' : '/home/me/start_agent_stack.sh'}
        description={isWindows ? en.form.scriptKindsWindows : en.form.scriptKinds}
        onChange={(path) => control.changeScript({ path })}
      />
      <TextField
        name="args"
        label={en.fields.args}
        value={script.args}
        fault={faults['args']}
        onChange={(args) => control.changeScript({ args })}
      />
      <TextField
        name="cwd"
        label={en.fields.cwd}
        value={script.cwd}
        fault={faults['cwd']}
        placeholder={en.form.scriptsFolder}
        onChange={(cwd) => control.changeScript({ cwd })}
      />
    </>
  );
}
