import { expect, test } from 'vitest';
import { launchTargetSchema } from '#contract/launch-form';
import { withoutSecrets } from './without-secrets.ts';

const SECRET = 's3cret';

test.each([
  {
    recipe: 'llama-server',
    form: {
      model: 'm.gguf',
      apiKey: SECRET,
      extraArgs: ['--metrics', '--hf-token', SECRET, `--api-key=${SECRET}`],
      env: { HF_TOKEN: SECRET, A: 'b' },
    },
  },
  {
    recipe: 'script',
    form: { path: 'x.sh', args: ['--password', SECRET, '-v'], env: { PROXY: `http://u:${SECRET}@h` } },
  },
  {
    recipe: 'command',
    form: { cmd: `x --token ${SECRET} -v`, args: ['-H', `Authorization: Bearer ${SECRET}`], shell: true },
  },
])('nothing secret is left of %j, and it is still a target', (given) => {
  const clean = withoutSecrets(launchTargetSchema.parse(given));
  expect(JSON.stringify(clean)).not.toContain(SECRET);
  expect(launchTargetSchema.parse(clean)).toEqual(clean);
});

test('what is not secret stays', () => {
  const given = {
    recipe: 'llama-server',
    form: {
      model: 'm.gguf',
      apiKey: SECRET,
      extraArgs: ['--metrics', '--api-key', SECRET, '--keep', '5'],
      env: { A: 'b' },
    },
  };
  const { form } = withoutSecrets(launchTargetSchema.parse(given));
  expect(form).toEqual({
    model: 'm.gguf',
    host: '127.0.0.1',
    port: 'auto',
    extraArgs: ['--metrics', '--keep', '5'],
    env: { A: 'b' },
  });
});
