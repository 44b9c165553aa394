/** The .bat/.sh panel: a script, its arguments, its folder. */
import { useTranslation } from 'react-i18next';
import { TextField } from '../../components/text-field.tsx';
import type { FieldsProps } from './launcher-fields.ts';

export function ScriptFields({ control, faults, platform }: FieldsProps & { platform: string }) {
  const { t } = useTranslation();
  const { script } = control.draft;
  const isWindows = platform === 'win32';
  return (
    <>
      <TextField
        name="path"
        label={t('fields.path')}
        value={script.path}
        fault={faults['path']}
        placeholder={isWindows ? 'C:\\stack\\start_agent_stack.bat' : '/home/me/start_agent_stack.sh'}
        description={isWindows ? t('form.scriptKindsWindows') : t('form.scriptKinds')}
        onChange={(path) => control.changeScript({ path })}
      />
      <TextField
        name="args"
        label={t('fields.args')}
        value={script.args}
        fault={faults['args']}
        onChange={(args) => control.changeScript({ args })}
      />
      <TextField
        name="cwd"
        label={t('fields.cwd')}
        value={script.cwd}
        fault={faults['cwd']}
        placeholder={t('form.scriptsFolder')}
        onChange={(cwd) => control.changeScript({ cwd })}
      />
    </>
  );
}
