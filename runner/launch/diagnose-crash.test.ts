import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '#contract/process';
import { fillText } from '#contract/text-values';
import { CAUSE_TEXTS } from './cause-texts.ts';
import type { Crash } from './crash.ts';
import { diagnoseCrash } from './diagnose-crash.ts';

const crashed = { code: 1, signal: null, reason: 'crashed' } as const;

function diagnose(lines: string, rest: Partial<Crash> = {}) {
  return diagnoseCrash({ recipe: 'llama-server', exit: crashed, lastLines: lines.split('\n'), ...rest });
}

/** As a page in another language says it: by code and values alone. */
function inOtherWords(diagnosis: Diagnosis | null): string {
  const texts: Partial<Record<string, { cause: string }>> = CAUSE_TEXTS;
  return fillText(texts[diagnosis?.code ?? '']?.cause ?? '', diagnosis?.values ?? {});
}

const MISSING_NEW = `0.00.013.425 I srv    load_model: loading model 'nope.gguf'
0.00.013.525 E gguf_init_from_file: failed to open GGUF file 'nope.gguf' (No such file or directory)
0.00.013.611 E llama_model_load: error loading model: llama_model_loader: failed to load model from nope.gguf
0.00.013.655 E common_fit_params: encountered an error while trying to fit params to free device memory: failed to load model
0.00.013.669 I srv    operator(): operator(): cleaning up before exit...
0.00.014.111 E srv  llama_server: exiting due to model loading error`;
const MISSING_OLD = `gguf_init_from_file: failed to open GGUF file 'models/7B/ggml-model-f16.gguf'
llama_model_load: error loading model: llama_model_loader: failed to load model from models/7B/ggml-model-f16.gguf
terminate called without an active exception`;
const NOT_GGUF = `0.00.018.454 E gguf_init_from_reader: invalid magic characters: 'this', expected 'GGUF'
0.00.018.580 E llama_model_load: error loading model: llama_model_loader: failed to load model from junk.gguf`;
const TRUNCATED = `llama_model_load: error loading model: tensor 'blk.0.ffn_down.weight' data is not within the file bounds, model is corrupted or incomplete
llama_model_load_from_file_impl: failed to load model`;
const BAD_MMPROJ = `0.00.016.316 E mtmd_get_memory_usage: error: Failed to load CLIP model from tiny-random.gguf

0.00.016.339 E srv    load_model: [mtmd] failed to get memory usage of mmproj
0.00.023.738 E srv    load_model: failed to load multimodal model, 'tiny-random.gguf'`;
const BAD_VALUE = `                                        (env: LLAMA_ARG_CHAT_TEMPLATE_FILE)


to show complete usage, run with -h`;
const BAD_VALUE_WHOLE = `error while handling argument "-fa": expected value for argument

usage:
-fa,   --flash-attn [on|off|auto]       set Flash Attention use ('on', 'off', or 'auto', default: 'auto')
                                        (env: LLAMA_ARG_FLASH_ATTN)


to show complete usage, run with -h`;
const CUDA = `ggml_backend_cuda_buffer_type_alloc_buffer: allocating 21504.00 MiB on device 0: cudaMalloc failed: out of memory
alloc_tensor_range: failed to allocate CUDA0 buffer of size 22548578304
llama_model_load: error loading model: unable to allocate CUDA0 buffer
llama_model_load_from_file_impl: failed to load model`;
const PYTHON_BIND = `ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use`;

describe('the messages of real servers', () => {
  test.each([
    [MISSING_NEW, 'There is no model file at nope.gguf.', {}],
    [MISSING_OLD, 'There is no model file at models/7B/ggml-model-f16.gguf.', {}],
    ['ValueError: Model path does not exist: /x y/m.gguf', 'There is no model file at /x y/m.gguf.', {}],
    [NOT_GGUF, 'The model file is not a GGUF file.', {}],
    ['load_model: Invalid GGUF magic. Expected "GGUF" but got "{', 'The model file is not a GGUF file.', {}],
    [
      "error loading model: ENOENT: no such file or directory, access '/nope.gguf'",
      'There is no model file at /nope.gguf.',
      {},
    ],
    [TRUNCATED, 'The model file is damaged or incomplete.', {}],
    [
      "error loading model: unknown model architecture: 'qwen9'",
      'This server is too old for the model ("qwen9" is unknown to it).',
      {},
    ],
    [
      BAD_MMPROJ,
      'The projector tiny-random.gguf is not one, or does not belong to this model.',
      { mmproj: '' },
    ],
    ['error: invalid argument: --mmproj', 'This llama-server is too old to see images.', { mmproj: '' }],
    ['error: invalid argument: --no-such-flag', 'The server does not know the argument --no-such-flag.', {}],
    ['error: invalid argument: on', 'This llama-server is older than the flag -fa with a value.', {}],
    [
      '__main__.py: error: unrecognized arguments: --parallel 4',
      'The server does not know the argument --parallel 4.',
      {},
    ],
    [BAD_VALUE, 'The value of --chat-template-file is missing or not valid.', {}],
    [BAD_VALUE_WHOLE, 'The value of -fa is missing or not valid (expected value for argument).', {}],
    [
      "error: argument --n_ctx: invalid int value: 'abc'",
      "The value of --n_ctx is missing or not valid (invalid int value: 'abc').",
      {},
    ],
    [CUDA, 'The memory of the GPU ran out.', { context: 2048, gpuLayers: 20 }],
    [
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate',
      'The memory of the GPU ran out.',
      { context: 2048, gpuLayers: 20 },
    ],
    [
      "terminate called after throwing an instance of 'std::bad_alloc'",
      'Memory ran out.',
      { context: 2048, gpuLayers: 20 },
    ],
    ['/usr/bin/python3: No module named llama_cpp', 'llama-cpp-python is not installed for this Python.', {}],
    [
      "ModuleNotFoundError: No module named 'starlette_context'",
      'The Python module starlette_context is not installed.',
      {},
    ],
    [
      './llama-server: error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory',
      'The program needs libcudart.so.12, which this system does not have.',
      {},
    ],
    ['bash: line 3: vllm: command not found', 'The command vllm was not found.', {}],
    ['/models/a.gguf: Permission denied', 'The system does not allow access to /models/a.gguf.', {}],
    ['NoBinaryFoundError', 'The embedded server has no engine for this system.', {}],
  ])('%j', (lines, cause, fix) => {
    const diagnosis = diagnose(lines);
    expect(diagnosis).toMatchObject({ cause, fix });
    expect(diagnosis?.fix).toEqual(fix);
    expect(diagnosis?.suggestion).not.toBe('');
    expect(inOtherWords(diagnosis)).toBe(cause);
  });

  test.each([
    "0.00.016.540 E srv         start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 18090",
    "main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 18090",
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:18090',
  ])('a taken port is named: %s', (line) => {
    expect(diagnose(`before\n${line}\nafter`)).toMatchObject({
      cause: expect.stringContaining('listen on port 18090'),
      fix: { port: 'auto' },
    });
  });

  test('a port that Python cannot bind is one, too', () => {
    expect(diagnose(PYTHON_BIND)).toMatchObject({
      cause: expect.stringContaining('could not listen'),
      fix: { port: 'auto' },
    });
  });
});

test('no text is without its values', () => {
  for (const lines of [
    'failed to load multimodal model',
    'EADDRINUSE',
    'spawn EACCES',
    'missing tensor',
    BAD_VALUE,
    CUDA,
  ]) {
    expect(JSON.stringify(diagnose(lines))).not.toMatch(/[{]{2}|undefined/);
    expect(diagnose(lines)?.cause).toBe(inOtherWords(diagnose(lines)));
  }
});

describe('how it ended', () => {
  test.each([
    [{ code: null, signal: 'SIGILL' }, /instructions that this processor/],
    [{ code: 132, signal: null }, /instructions that this processor/],
    [{ code: 3_221_225_501, signal: null }, /instructions that this processor/],
    [{ code: null, signal: 'SIGKILL' }, /ended the process by force/],
    [{ code: 137, signal: null }, /ended the process by force/],
    [{ code: null, signal: 'SIGSEGV' }, /crashed inside itself/],
    [{ code: 3_221_225_781, signal: null }, /DLL/],
  ])('%j without a telling line is explained', (exit, cause) => {
    expect(diagnose('loading model', { exit: { ...exit, reason: 'crashed' } })?.cause).toMatch(cause);
  });

  test('a line that tells more goes before the signal', () => {
    expect(diagnose(CUDA, { exit: { code: null, signal: 'SIGKILL', reason: 'crashed' } })?.cause).toMatch(
      /GPU/,
    );
  });

  test.each(['stopped', 'exited'] as const)(
    'a run that was %s has no diagnosis, whatever it printed',
    (reason) => {
      expect(diagnose(CUDA, { exit: { code: 137, signal: null, reason } })).toBeNull();
    },
  );

  test('nothing known found is no diagnosis', () => {
    expect(diagnose('srv  update_slots: all slots are idle\nTraceback: KeyError')).toBeNull();
    expect(diagnose('', { exit: { code: null, signal: null, reason: 'shim-lost' } })).toBeNull();
  });
});

test.each([
  [
    { context: 8192, gpuLayers: -1 },
    { context: 4096, gpuLayers: 20 },
  ],
  [
    { context: 0, gpuLayers: 35 },
    { context: 2048, gpuLayers: 17 },
  ],
  [{ context: 300, gpuLayers: 0 }, { context: 256 }],
])('after memory ran out with %j the fix is %j', (form, fix) => {
  expect(diagnose(CUDA, { form })?.fix).toEqual(fix);
});
