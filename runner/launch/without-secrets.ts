/** A launch target as it may leave the machine: in an exported profile there is no key, token or password. */
import type { LaunchTarget } from '#contract/launch-form';
import { dropSecrets, isSecretName, maskText } from './mask-secrets.ts';

/** Secret fields, flags and variables are left out; what is secret inside another text is replaced by `***`. */
export function withoutSecrets(target: LaunchTarget): LaunchTarget {
  const env = withoutSecretVariables(target.form.env);
  switch (target.recipe) {
    case 'script':
      return { ...target, form: { ...target.form, args: dropSecrets(target.form.args), env } };
    case 'command':
      return {
        ...target,
        form: { ...target.form, cmd: maskText(target.form.cmd), args: dropSecrets(target.form.args), env },
      };
    case 'llama-server':
    case 'llama_cpp.server':
    case 'embedded': {
      const { apiKey: _secret, ...form } = target.form;
      return { ...target, form: { ...form, extraArgs: dropSecrets(form.extraArgs), env } };
    }
  }
  return target satisfies never;
}

function withoutSecretVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !isSecretName(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, maskText(value)]));
}
