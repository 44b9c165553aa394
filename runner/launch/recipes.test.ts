import { describe, expect, test } from 'vitest';
import { launchTargetSchema } from '#contract/launch-form';
import type { LaunchTarget, RecipeContext } from '#contract/launch-form';
import { buildCommand, ignoredFields, launchFaults } from './recipes.ts';

const linux: RecipeContext = {
  platform: 'linux',
  cores: 8,
  binaries: {
    llamaServer: '/usr/bin/llama-server',
    python: 'python3',
    node: '/usr/bin/node',
    engine: '/app/engine.ts',
    powershell: null,
  },
  freePort: 40_123,
};
const windows: RecipeContext = {
  ...linux,
  platform: 'win32',
  binaries: { ...linux.binaries, python: 'python', powershell: 'powershell' },
};

function server(
  recipe: 'llama-server' | 'llama_cpp.server' | 'embedded',
  form: Record<string, unknown>,
): LaunchTarget {
  return launchTargetSchema.parse({ recipe, form: { model: 'm.gguf', ...form } });
}
function script(path: string, form: Record<string, unknown> = {}): LaunchTarget {
  return launchTargetSchema.parse({ recipe: 'script', form: { path, ...form } });
}

const everything = {
  model: '/models/My Model.gguf',
  host: '0.0.0.0',
  port: 8000,
  context: 4096,
  gpuLayers: -1,
  threads: 8,
  parallel: 4,
  batchSize: 256,
  flashAttention: true,
  alias: 'qwen',
  apiKey: 'k',
  extraArgs: ['--metrics'],
};

describe('llama-server', () => {
  test('gets its own flag names, the extra arguments last', () => {
    expect(buildCommand(server('llama-server', { ...everything, mmproj: '/models/mm.gguf' }), linux)).toEqual(
      {
        cmd: '/usr/bin/llama-server',
        args: '-m|/models/My Model.gguf|--mmproj|/models/mm.gguf|--host|0.0.0.0|--port|8000|-c|4096|-ngl|-1|-t|8|--parallel|4|-b|256|-fa|on|--alias|qwen|--api-key|k|--metrics'.split(
          '|',
        ),
        env: {},
        cwd: null,
        shell: false,
        port: 8000,
        readyUrl: 'http://127.0.0.1:8000/health',
      },
    );
  });

  test('gets no flag for what the form leaves open, and the free port for "auto"', () => {
    const { args, port } = buildCommand(
      server('llama-server', { mmproj: '', alias: '', apiKey: '', threads: 0 }),
      linux,
    );
    expect(args).toEqual(['-m', 'm.gguf', '--host', '127.0.0.1', '--port', '40123']);
    expect(port).toBe(40_123);
  });

  test('keeps zeros that mean something', () => {
    expect(
      buildCommand(server('llama-server', { context: 0, gpuLayers: 0, flashAttention: false }), linux).args,
    ).toEqual(expect.arrayContaining(['-c', '0', '-ngl', '-fa', 'off']));
  });

  test('is the binary of the form where one is given, and then need not be installed', () => {
    const target = server('llama-server', { binary: '/opt/llama/llama-server' });
    const bare = { ...linux, binaries: { ...linux.binaries, llamaServer: null } };
    expect(buildCommand(target, bare).cmd).toBe('/opt/llama/llama-server');
    expect(launchFaults(target, bare)).toEqual([]);
  });

  test('that is not installed is a fault that names the ways out', () => {
    const [fault] = launchFaults(server('llama-server', {}), {
      ...linux,
      binaries: { ...linux.binaries, llamaServer: null },
    });
    expect(fault).toMatchObject({ code: 'SERVER_NOT_INSTALLED', field: 'recipe' });
    expect(fault?.message).toMatch(/LLAMA_SERVER.*embedded/);
  });

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:80/health'],
    ['0.0.0.0', 'http://127.0.0.1:80/health'],
    ['::', 'http://[::1]:80/health'],
    ['::1', 'http://[::1]:80/health'],
    ['fe80::2', 'http://[fe80::2]:80/health'],
    ['box.local', 'http://box.local:80/health'],
    ['127.0.0.1,10.0.0.5', 'http://127.0.0.1:80/health'],
    ['/run/llama.sock', null],
  ])('on host %s is asked at %s', (host, url) => {
    expect(buildCommand(server('llama-server', { host, port: 80 }), linux).readyUrl).toBe(url);
  });
});

describe('llama_cpp.server', () => {
  test('gets the names of its settings, unbuffered output, and no slots flag that it would refuse', () => {
    const target = server('llama_cpp.server', everything);
    expect(buildCommand(target, linux)).toEqual({
      cmd: 'python3',
      args: '-m|llama_cpp.server|--model|/models/My Model.gguf|--host|0.0.0.0|--port|8000|--n_ctx|4096|--n_gpu_layers|-1|--n_threads|8|--n_batch|256|--flash_attn|true|--model_alias|qwen|--api_key|k|--metrics'.split(
        '|',
      ),
      env: { PYTHONUNBUFFERED: '1' },
      cwd: null,
      shell: false,
      port: 8000,
      readyUrl: 'http://127.0.0.1:8000/v1/models',
    });
    expect(ignoredFields(target)).toEqual(['parallel']);
  });

  test.each([
    ['E:\\models\\llava-model.gguf', 'llava-1-5'],
    ['/models/llava-v1.6-7b.gguf', 'llava-1-6'],
    ['/models/Qwen2.5-VL-7B.gguf', 'qwen2.5-vl'],
    ['/models/MiniCPM-V-2_6.gguf', 'minicpm-v-2.6'],
  ])('with a projector for %s uses the chat format %s', (model, format) => {
    const { args } = buildCommand(server('llama_cpp.server', { model, mmproj: 'mm.gguf' }), linux);
    expect(args.slice(2, 8)).toEqual([
      '--model',
      model,
      '--clip_model_path',
      'mm.gguf',
      '--chat_format',
      format,
    ]);
  });

  test('leaves the chat format to the user who gives one', () => {
    const { args } = buildCommand(
      server('llama_cpp.server', { mmproj: 'mm.gguf', extraArgs: ['--chat_format', 'moondream'] }),
      linux,
    );
    expect(args.filter((arg) => arg === '--chat_format')).toHaveLength(1);
  });

  test('lets the form override the environment it sets', () => {
    expect(
      buildCommand(server('llama_cpp.server', { env: { PYTHONUNBUFFERED: '0', A: 'b' } }), linux).env,
    ).toEqual({
      PYTHONUNBUFFERED: '0',
      A: 'b',
    });
  });
});

describe('embedded', () => {
  test('is the runner’s Node with the engine and llama-server’s flags', () => {
    const target = server('embedded', { ...everything, binary: '/opt/llama-server' });
    const { cmd, args, readyUrl } = buildCommand(target, linux);
    expect([cmd, ...args]).toEqual(
      '/usr/bin/node|/app/engine.ts|-m|/models/My Model.gguf|--host|0.0.0.0|--port|8000|-c|4096|-ngl|-1|-t|8|--parallel|4|-b|256|-fa|on|--alias|qwen|--api-key|k|--metrics'.split(
        '|',
      ),
    );
    expect(readyUrl).toBe('http://127.0.0.1:8000/health');
    expect(ignoredFields(target)).toEqual(['gpuLayers', 'binary']);
  });

  test('with a projector is a fault of that field', () => {
    expect(launchFaults(server('embedded', { mmproj: 'mm.gguf' }), linux)).toMatchObject([
      { code: 'INVALID_REQUEST', field: 'mmproj' },
    ]);
    expect(launchFaults(server('embedded', {}), linux)).toEqual([]);
  });
});

describe('script', () => {
  test('.bat runs by its own path in its own folder on Windows', () => {
    const target = script('E:\\UI REFACTOR\\start_agent_stack.bat', {
      args: ['--port', '5000'],
      env: { A: 'b' },
    });
    expect(launchFaults(target, windows)).toEqual([]);
    expect(buildCommand(target, windows)).toEqual({
      cmd: 'E:\\UI REFACTOR\\start_agent_stack.bat',
      args: ['--port', '5000'],
      env: { A: 'b' },
      cwd: 'E:\\UI REFACTOR',
      shell: false,
      port: 5000,
      readyUrl: null,
    });
  });

  test('.sh runs by bash, so that it needs no x bit', () => {
    const { cmd, args, cwd } = buildCommand(script('/srv/my stack/run.sh', { args: ['a b'] }), linux);
    expect([cmd, args, cwd]).toEqual(['bash', ['/srv/my stack/run.sh', 'a b'], '/srv/my stack']);
  });

  test('.ps1 runs by PowerShell where there is one', () => {
    const { cmd, args } = buildCommand(script('C:\\s\\run.PS1'), windows);
    expect([cmd, ...args]).toEqual([
      'powershell',
      '-NoProfile',
      '-ExecutionPolicy',
      'Bypass',
      '-File',
      'C:\\s\\run.PS1',
    ]);
  });

  test.each([
    ['stacks/run.sh', undefined, 'run.sh', 'stacks'],
    ['run.sh', undefined, 'run.sh', null],
    ['/run.sh', undefined, '/run.sh', '/'],
    ['stacks/run.sh', '/work', 'stacks/run.sh', '/work'],
    ['/a/run.sh', '', '/a/run.sh', '/a'],
  ])('%s with folder %s runs as %s in %s', (...[path, cwd, ...expected]) => {
    const { args, cwd: folder } = buildCommand(script(path ?? '', cwd === undefined ? {} : { cwd }), linux);
    expect([...args, folder]).toEqual(expected);
  });

  test.each([
    ['x.bat', linux, 'A .bat file needs Windows; this runner is on linux. Use a .sh script.'],
    ['x.CMD', linux, 'A .cmd file needs Windows; this runner is on linux. Use a .sh script.'],
    [
      'x.sh',
      windows,
      'A .sh file needs Linux or macOS; this runner is on Windows. Use a .bat or .ps1 script.',
    ],
    [
      'x.ps1',
      linux,
      'A .ps1 file needs PowerShell, and none was found on PATH. Install PowerShell or use a .sh script.',
    ],
    [
      'dir.sh/x',
      linux,
      'Only .bat, .cmd, .sh and .ps1 files are scripts; "x" is none of them. Launch other programs as a command.',
    ],
  ])('%s that the system cannot run is said so', (path, context, message) => {
    expect(launchFaults(script(path), context)).toMatchObject([
      { code: 'SCRIPT_UNSUPPORTED', field: 'path', message },
    ]);
  });
});

describe('command', () => {
  test('is what the user wrote, its port read from the arguments', () => {
    const target = launchTargetSchema.parse({
      recipe: 'command',
      form: { cmd: 'vllm', args: ['serve', '--port=9000'], cwd: '' },
    });
    expect(buildCommand(target, linux)).toEqual({
      cmd: 'vllm',
      args: ['serve', '--port=9000'],
      env: {},
      cwd: null,
      shell: false,
      port: 9000,
      readyUrl: null,
    });
    expect([launchFaults(target, linux), ignoredFields(target)]).toEqual([[], []]);
  });
});
