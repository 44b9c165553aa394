/** Known messages of servers that end in a crash, and the causes they tell of. In order: the first that is found is the cause, later ones are its echo. */
import type { Diagnosis } from '#contract/process';
import { diagnosisOf } from './cause-texts.ts';
import type { Crash } from './crash.ts';
import { lessMemory } from './less-memory.ts';

interface CrashCause {
  pattern: RegExp;
  diagnose: (named: Partial<Record<string, string>>, crash: Crash) => Diagnosis;
}

export const CAUSES_BY_LINE: readonly CrashCause[] = [
  {
    pattern:
      /error: (?:invalid|unknown) argument: (?<flag>.+)|unrecognized arguments: (?<rest>.+)|Unknown option '(?<option>[^']+)'/,
    diagnose: ({ flag, rest, option }, { recipe }) => unknownFlag(flag ?? rest ?? option ?? '', recipe),
  },
  {
    pattern:
      /error while handling argument "(?<flag>[^"]+)": (?<why>.+)|error: argument (?<name>\S+): (?<fault>.+)/,
    diagnose: ({ flag, why, name, fault }) => badValue(flag ?? name ?? '', why ?? fault),
  },
  {
    // All that the log keeps where the line above is missing.
    pattern: /\(env: LLAMA_ARG_(?<name>\w+)\)[\s\S]*to show complete usage, run with -h/,
    diagnose: ({ name = '' }) => badValue(`--${name.toLowerCase().replaceAll('_', '-')}`, undefined),
  },
  {
    pattern: /No module named '?(?<module>[\w.]+)'?/,
    diagnose: ({ module = '' }) => missingModule(module),
  },
  {
    pattern:
      /error while loading shared libraries: (?<library>[^:\s]+)|Library not loaded: (?<dylib>\S+)|version `(?<symbol>[^']+)' not found/,
    diagnose: ({ library, dylib, symbol }) =>
      diagnosisOf('library-missing', { library: library ?? dylib ?? symbol ?? '' }),
  },
  {
    pattern: /NoBinaryFoundError|Cannot find package 'node-llama-cpp'/,
    diagnose: () => diagnosisOf('engine-missing', {}),
  },
  {
    pattern:
      /couldn't bind (?:HTTP )?server socket.*port: (?<port>\d+)|couldn't bind (?:HTTP )?server socket|EADDRINUSE.*?(?::(?<port2>\d+))?$|address already in use|WinError 10048|\[Errno (?:48|98)\]/im,
    diagnose: ({ port, port2 = port }) =>
      port2 === undefined
        ? diagnosisOf('own-port-unusable', {}, { port: 'auto' })
        : diagnosisOf('port-unusable', { port: port2 }, { port: 'auto' }),
  },
  {
    pattern: /Failed to load CLIP model from (?<file>.+)|failed to load multimodal model/i,
    diagnose: ({ file }) =>
      file === undefined
        ? diagnosisOf('projector-unfit-unnamed', {}, { mmproj: '' })
        : diagnosisOf('projector-unfit', { file: file.trim() }, { mmproj: '' }),
  },
  {
    pattern:
      /(?:CUDA|cudaMalloc|Vulkan|Metal|HIP|ROCm|kIOGPU)[^\n]*(?:out of memory|Insufficient Memory)|OutOfDeviceMemory|failed to allocate (?:CUDA|Vulkan|Metal|ROCm)/i,
    diagnose: (_named, { form = {} }) => diagnosisOf('gpu-memory', {}, lessMemory(form)),
  },
  {
    pattern:
      /out of memory|failed to allocate|unable to allocate|alloc_buffer[^\n]*fail|std::bad_alloc|bad allocation|MemoryError|Cannot allocate memory/i,
    diagnose: (_named, { form = {} }) => diagnosisOf('memory', {}, lessMemory(form)),
  },
  {
    pattern: /CUDA driver version is insufficient|no kernel image is available|no CUDA-capable device/,
    diagnose: () => diagnosisOf('gpu-driver', {}, { gpuLayers: 0 }),
  },
  {
    pattern:
      /failed to open GGUF file '(?<file>[^']+)' \(Permission denied\)|(?<file2>\S+): Permission denied|EACCES[^\n]*'(?<file3>[^']+)'|Permission denied|spawn EACCES/i,
    diagnose: ({ file, file2 = file, file3 = file2 }) =>
      file3 === undefined
        ? diagnosisOf('access-denied-unnamed', {})
        : diagnosisOf('access-denied', { file: file3 }),
  },
  {
    pattern: /invalid magic characters|Invalid GGUF magic|InvalidGgufMagicError|not a valid GGUF/i,
    diagnose: () => diagnosisOf('not-gguf', {}),
  },
  {
    pattern:
      /corrupted or incomplete|not within the file bounds|failed to read tensor|unexpectedly reached end of file/i,
    diagnose: () => diagnosisOf('model-damaged', {}),
  },
  {
    pattern:
      /failed to open GGUF file '(?<file>[^']+)'|Model path does not exist: (?<path>.+)|ENOENT[^\n]*'(?<missing>[^']+\.gguf)'/,
    diagnose: ({ file, path, missing }) =>
      diagnosisOf('model-missing', { path: file ?? path ?? missing ?? '' }),
  },
  {
    pattern:
      /unknown model architecture: '(?<architecture>[^']+)'|unknown pre-tokenizer type: '(?<tokenizer>[^']+)'|wrong number of tensors|missing tensor/,
    diagnose: ({ architecture, tokenizer = architecture }) =>
      tokenizer === undefined
        ? diagnosisOf('server-too-old-unnamed', {})
        : diagnosisOf('server-too-old', { what: tokenizer }),
  },
  {
    pattern:
      /(?:^|\n)[^\n]*?(?<command>[^\s:]+): (?:command )?not found|'(?<windows>[^']+)' is not recognized as an internal or external command/,
    diagnose: ({ command, windows }) => diagnosisOf('command-missing', { command: command ?? windows ?? '' }),
  },
  {
    pattern: /failed to load model|error loading model/i,
    diagnose: () => diagnosisOf('model-not-loaded', {}),
  },
];

function unknownFlag(flag: string, recipe: Crash['recipe']): Diagnosis {
  if (flag.startsWith('--mmproj') && recipe === 'llama-server')
    return diagnosisOf('no-images', {}, { mmproj: '' });
  if (/^(on|off)$/.test(flag.trim())) return diagnosisOf('flash-attention-value', {});
  return diagnosisOf('unknown-argument', { flag: flag.trim() });
}

function badValue(flag: string, why: string | undefined): Diagnosis {
  return why === undefined
    ? diagnosisOf('bad-value', { flag })
    : diagnosisOf('bad-value-because', { flag, why: why.trim() });
}

function missingModule(module: string): Diagnosis {
  return module.startsWith('llama_cpp')
    ? diagnosisOf('llama-cpp-python-missing', {})
    : diagnosisOf('python-module-missing', { module });
}
