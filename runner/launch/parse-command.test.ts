import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { launchTargetSchema } from '#contract/launch-form';
import type { LaunchTarget, RecipeContext } from '#contract/launch-form';
import { parseCommand } from './parse-command.ts';
import { quoteCommand } from './quote-command.ts';
import { buildCommand } from './recipes.ts';

const context: RecipeContext = {
  platform: 'linux',
  cores: 8,
  binaries: {
    llamaServer: 'llama-server',
    python: 'python',
    node: 'node',
    engine: 'engine.ts',
    powershell: null,
  },
  freePort: 40_000,
};
const server = (recipe: string, form: Record<string, unknown>): LaunchTarget =>
  launchTargetSchema.parse({ recipe, form });
const command = (form: Record<string, unknown>): LaunchTarget =>
  launchTargetSchema.parse({ recipe: 'command', form });

test.each([
  [
    'llama-server -m models/your-model.gguf --host 0.0.0.0 --port 8080 -c 28192 -ngl 35 -t 8 --parallel 8',
    server('llama-server', {
      model: 'models/your-model.gguf',
      host: '0.0.0.0',
      port: 8080,
      context: 28192,
      gpuLayers: 35,
      threads: 8,
      parallel: 8,
    }),
  ],
  [
    './llama-server \\\n  -m "My Model.gguf" \\\n  -ngl -1',
    server('llama-server', { binary: './llama-server', model: 'My Model.gguf', gpuLayers: -1 }),
  ],
  [
    'llama-server -m a.gguf -ngl all -fa auto -fa --metrics --temp -1 -t 0',
    server('llama-server', {
      model: 'a.gguf',
      extraArgs: ['-ngl', 'all', '-fa', 'auto', '-fa', '--metrics', '--temp', '-1', '-t', '0'],
    }),
  ],
  ['llama-server -m a.gguf -c 1 --ctx-size 2', server('llama-server', { model: 'a.gguf', context: 2 })],
  ['llama-server -m a.gguf -fa on', server('llama-server', { model: 'a.gguf', flashAttention: true })],
  [
    'HF_TOKEN="a b" python3 -m llama_cpp.server --model E.gguf --n_ctx=4096 --flash_attn true --parallel 4',
    server('llama_cpp.server', {
      model: 'E.gguf',
      context: 4096,
      flashAttention: true,
      env: { HF_TOKEN: 'a b' },
      extraArgs: ['--parallel', '4'],
    }),
  ],
  [
    '"C:\\llama cpp\\llama-server.exe" -m E:\\models\\a.gguf --port 8000',
    server('llama-server', {
      binary: 'C:\\llama cpp\\llama-server.exe',
      model: 'E:\\models\\a.gguf',
      port: 8000,
    }),
  ],
  [
    "$env:A='it''s'; & 'C:\\x y\\llama-server.exe' -m `\n 'E:\\my models\\a.gguf'",
    server('llama-server', {
      binary: 'C:\\x y\\llama-server.exe',
      model: 'E:\\my models\\a.gguf',
      env: { A: "it's" },
    }),
  ],
  [
    'set A=b&& llama-server.exe -m a.gguf',
    server('llama-server', { binary: 'llama-server.exe', model: 'a.gguf', env: { A: 'b' } }),
  ],
  [
    '/opt/venv/bin/python -m llama_cpp.server --model a.gguf',
    server('llama_cpp.server', { binary: '/opt/venv/bin/python', model: 'a.gguf' }),
  ],
  ['llama-server --version', command({ cmd: 'llama-server', args: ['--version'] })],
  ['vllm serve "my model" --port 1', command({ cmd: 'vllm', args: ['serve', 'my model', '--port', '1'] })],
  ['a --b | tee "x y"', command({ cmd: 'a --b | tee "x y"', shell: true })],
  ['  ', null],
])('%j', (line, target) => {
  expect(parseCommand(line)).toEqual(target);
});

describe('every form survives the way through a line and back', () => {
  const odd = fc
    .array(
      fc.oneof(
        fc.constantFrom(...Array.from(' \t\n\'"`$%!^&|<>(){};,*?=\\/-ab1€’')),
        fc.string({ maxLength: 2 }),
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((parts) => `x${parts.join('').replaceAll(/[\0\r]/g, '')}`);
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const form = fc.record({
    model: odd,
    mmproj: optional(odd),
    host: fc.constantFrom('127.0.0.1', '0.0.0.0', '::'),
    port: fc.integer({ min: 1, max: 65_535 }),
    context: optional(fc.nat(10_000)),
    gpuLayers: optional(fc.integer({ min: -1, max: 99 })),
    threads: optional(fc.integer({ min: 1, max: 64 })),
    parallel: optional(fc.integer({ min: 1, max: 16 })),
    batchSize: optional(fc.integer({ min: 1, max: 512 })),
    flashAttention: optional(fc.boolean()),
    alias: optional(odd),
    apiKey: optional(odd),
    extraArgs: fc.array(
      odd.map((text) => `--${text}`),
      { maxLength: 3 },
    ),
    env: fc.dictionary(fc.constantFrom('A', 'B_C'), odd, { maxKeys: 2 }),
    binary: optional(odd.map((folder) => `/${folder}/llama-server`)),
  });

  test.each(['posix', 'cmd', 'powershell'] as const)('of %s', (shell) => {
    fc.assert(
      fc.property(form, (values) => {
        // A double quote cannot be in the name of a program on Windows.
        const program = shell === 'cmd' ? values.binary?.replaceAll(/["\n]/g, '') : values.binary;
        const built = buildCommand(server('llama-server', { ...values, binary: program }), context);
        const parsed = parseCommand(quoteCommand(built, shell), shell);
        expect(parsed?.recipe).toBe('llama-server');
        expect(parsed && buildCommand(parsed, context)).toEqual(built);
      }),
      { numRuns: 400 },
    );
  });

  test('of llama_cpp.server', () => {
    fc.assert(
      fc.property(form, ({ binary: _unused, mmproj: _moves, ...values }) => {
        const built = buildCommand(server('llama_cpp.server', values), context);
        const parsed = parseCommand(quoteCommand(built, 'posix'), 'posix');
        expect(parsed && buildCommand(parsed, context)).toEqual(built);
      }),
      { numRuns: 300 },
    );
  });
});
