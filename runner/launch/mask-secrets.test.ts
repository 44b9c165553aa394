import { expect, test } from 'vitest';
import { maskEnv, maskSecrets, maskText } from './mask-secrets.ts';

test.each([
  [
    ['--api-key', 's3'],
    ['--api-key', '***'],
  ],
  [
    ['--api_key', 's3'],
    ['--api_key', '***'],
  ],
  [['-api-key=s3'], ['-api-key=***']],
  [['--api-key=a=b c'], ['--api-key=***']],
  [
    ['--API-KEY', '-starts-with-a-dash'],
    ['--API-KEY', '***'],
  ],
  [
    ['--token', 's3', '--host', 'h'],
    ['--token', '***', '--host', 'h'],
  ],
  [
    ['--hf-token', 's3'],
    ['--hf-token', '***'],
  ],
  [
    ['-hft', 's3'],
    ['-hft', '***'],
  ],
  [
    ['--client-secret', 's3'],
    ['--client-secret', '***'],
  ],
  [
    ['--password', 's3'],
    ['--password', '***'],
  ],
  [['-ApiKey:s3'], ['-ApiKey:***']],
  [
    ['-e', 'HF_TOKEN=s3'],
    ['-e', 'HF_TOKEN=***'],
  ],
  [
    ['-H', 'Authorization: Bearer s3'],
    ['-H', 'Authorization: Bearer ***'],
  ],
  [
    ['-H', 'X-Api-Key: s3'],
    ['-H', 'X-Api-Key:***'],
  ],
  [['https://me:s3@host/x'], ['https://me:***@host/x']],
  [['mqtts://me:p@s3@host'], ['mqtts://me:***@host']],
  [['http://h/v1?api_key=s3&x=1'], ['http://h/v1?api_key=***&x=1']],
  [
    ['-c', 'llama-server --api-key "s 3" --port 1'],
    ['-c', 'llama-server --api-key *** --port 1'],
  ],
  [
    ['-c', 'cd /x; HF_TOKEN=s3 ./run.sh'],
    ['-c', 'cd /x; HF_TOKEN=*** ./run.sh'],
  ],
  [
    ['--config', '{"api_key": "s3", "n": 1}'],
    ['--config', '{"api_key": "***", "n": 1}'],
  ],
])('in %j the secret is hidden', (args, masked) => {
  expect(maskSecrets(args)).toEqual(masked);
});

test.each([
  [['--override-kv', 'tokenizer.ggml.add_bos_token=bool:false']],
  [['--keep', '5', '--max-tokens', '512', '--n-tokens', '3']],
  [['--api-key-file', '/etc/keys.txt', '--ssl-key-file', 'k.pem']],
  [['-m', 'E:\\models\\key-model.gguf', '--alias', 'token']],
  [['-ctk', 'q8_0', '--cache-type-k', 'f16']],
  [['http://127.0.0.1:8080/v1', 'user@host', 'C:\\a b\\c']],
])('%j holds no secret and is left as it is', (args) => {
  expect(maskSecrets(args)).toEqual(args);
});

test('variables with secret names are hidden, and secrets inside the values of others', () => {
  expect(
    maskEnv({
      HF_TOKEN: 's3',
      api_keys: 's3',
      PGPASSWORD: 's3',
      AWS_SECRET_ACCESS_KEY: 's3',
      PROXY: 'http://u:s3@p',
      MAX_TOKENS: '5',
      PATH: '/bin',
    }),
  ).toEqual({
    HF_TOKEN: '***',
    api_keys: '***',
    PGPASSWORD: '***',
    AWS_SECRET_ACCESS_KEY: '***',
    PROXY: 'http://u:***@p',
    MAX_TOKENS: '5',
    PATH: '/bin',
  });
});

test('a shell’s whole line is searched', () => {
  expect(maskText("$env:API_KEY='s3'; curl -H 'Authorization: Bearer s3' https://u:s3@h | tee x")).toBe(
    "$env:API_KEY=***; curl -H 'Authorization: Bearer ***' https://u:***@h | tee x",
  );
});

test('a very long text is masked in no time', () => {
  const startedAt = performance.now();
  maskText('a-'.repeat(200_000));
  maskText('http://'.repeat(50_000));
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
