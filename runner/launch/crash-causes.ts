/** Known messages of servers that end in a crash, and what they mean. In order: the first that is found is the cause, later ones are its echo. */
import type { Diagnosis } from '#contract/process';
import type { Crash } from './crash.ts';
import { lessMemory } from './less-memory.ts';

interface CrashCause {
  pattern: RegExp;
  diagnose: (named: Partial<Record<string, string>>, crash: Crash) => Diagnosis;
}

const always =
  (cause: string, suggestion: string, fix: Diagnosis['fix'] = {}) =>
  (): Diagnosis => ({ cause, suggestion, fix });

export const CAUSES_BY_LINE: readonly CrashCause[] = [
  {
    pattern: /error: (?:invalid|unknown) argument: (?<flag>.+)|unrecognized arguments: (?<rest>.+)|Unknown option '(?<option>[^']+)'/,
    diagnose: ({ flag, rest, option }, { recipe }) => unknownFlag(flag ?? rest ?? option ?? '', recipe),
  },
  {
    pattern: /error while handling argument "(?<flag>[^"]+)": (?<why>.+)|error: argument (?<name>\S+): (?<fault>.+)/,
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
    diagnose: ({ library, dylib, symbol }) => ({
      cause: `The program needs ${library ?? dylib ?? symbol ?? 'a library'}, which this system does not have.`,
      suggestion:
        'Install that library, keep the program in one folder with the libraries it came with, or choose a build for this system. For libcuda and libcudart: install the NVIDIA driver or CUDA runtime.',
      fix: {},
    }),
  },
  {
    pattern: /NoBinaryFoundError|Cannot find package 'node-llama-cpp'/,
    diagnose: always('The embedded server has no engine for this system.', 'Install llama.cpp and launch with llama-server instead.'),
  },
  {
    pattern:
      /couldn't bind (?:HTTP )?server socket.*port: (?<port>\d+)|couldn't bind (?:HTTP )?server socket|EADDRINUSE.*?(?::(?<port2>\d+))?$|address already in use|WinError 10048|\[Errno (?:48|98)\]/im,
    diagnose: ({ port, port2 }) => ({
      cause: `The server could not listen on ${port === undefined && port2 === undefined ? 'its port' : `port ${port ?? port2 ?? ''}`}: another program has it, or the host is not an address of this machine.`,
      suggestion: 'Stop the other program, choose another port, or set it to "auto" and let the runner find a free one.',
      fix: { port: 'auto' },
    }),
  },
  {
    pattern: /Failed to load CLIP model from (?<file>.+)|failed to load multimodal model/i,
    diagnose: ({ file }) => ({
      cause: `The projector${file === undefined ? '' : ` ${file.trim()}`} is not one, or does not belong to this model.`,
      suggestion: 'Choose the mmproj file that comes with the model, or launch it for text only.',
      fix: { mmproj: '' },
    }),
  },
  {
    pattern:
      /(?:CUDA|cudaMalloc|Vulkan|Metal|HIP|ROCm|kIOGPU)[^\n]*(?:out of memory|Insufficient Memory)|OutOfDeviceMemory|failed to allocate (?:CUDA|Vulkan|Metal|ROCm)/i,
    diagnose: (_named, crash) => outOfMemory('The memory of the GPU ran out.', crash),
  },
  {
    pattern:
      /out of memory|failed to allocate|unable to allocate|alloc_buffer[^\n]*fail|std::bad_alloc|bad allocation|MemoryError|Cannot allocate memory/i,
    diagnose: (_named, crash) => outOfMemory('Memory ran out.', crash),
  },
  {
    pattern: /CUDA driver version is insufficient|no kernel image is available|no CUDA-capable device/,
    diagnose: always(
      'The NVIDIA driver or the GPU does not fit this build.',
      'Update the driver, choose a build for this GPU, or put no layers on it.',
      { gpuLayers: 0 },
    ),
  },
  {
    pattern:
      /failed to open GGUF file '(?<file>[^']+)' \(Permission denied\)|(?<file2>\S+): Permission denied|EACCES[^\n]*'(?<file3>[^']+)'|Permission denied|spawn EACCES/i,
    diagnose: ({ file, file2, file3 }) => ({
      cause: `The system does not allow access to ${file ?? file2 ?? file3 ?? 'a file that the process needs'}.`,
      suggestion: 'Check who may read (and, for a program, execute) it. The runner starts processes as the user it runs as.',
      fix: {},
    }),
  },
  {
    pattern: /invalid magic characters|Invalid GGUF magic|InvalidGgufMagicError|not a valid GGUF/i,
    diagnose: always(
      'The model file is not a GGUF file.',
      'Choose a .gguf file. A download that ended in a web page instead of the model looks like this, too: download it again.',
    ),
  },
  {
    pattern: /corrupted or incomplete|not within the file bounds|failed to read tensor|unexpectedly reached end of file/i,
    diagnose: always('The model file is damaged or incomplete.', 'Download it again and compare its size with the one at the source.'),
  },
  {
    pattern: /failed to open GGUF file '(?<file>[^']+)'|Model path does not exist: (?<path>.+)|ENOENT[^\n]*'(?<missing>[^']+\.gguf)'/,
    diagnose: ({ file, path, missing }) => ({
      cause: `There is no model file at ${file ?? path ?? missing ?? 'the given path'}.`,
      suggestion: 'Check the path, or choose one that the models list shows.',
      fix: {},
    }),
  },
  {
    pattern:
      /unknown model architecture: '(?<architecture>[^']+)'|unknown pre-tokenizer type: '(?<tokenizer>[^']+)'|wrong number of tensors|missing tensor/,
    diagnose: ({ architecture, tokenizer }) => ({
      cause: `This server is too old for the model${architecture === undefined && tokenizer === undefined ? '' : ` ("${architecture ?? tokenizer ?? ''}" is unknown to it)`}.`,
      suggestion: 'Update llama.cpp, or choose a model that this build knows.',
      fix: {},
    }),
  },
  {
    pattern:
      /(?:^|\n)[^\n]*?(?<command>[^\s:]+): (?:command )?not found|'(?<windows>[^']+)' is not recognized as an internal or external command/,
    diagnose: ({ command, windows }) => ({
      cause: `The command ${command ?? windows ?? ''} was not found.`,
      suggestion: 'Install it, or give its full path in the script.',
      fix: {},
    }),
  },
  {
    pattern: /failed to load model|error loading model/i,
    diagnose: always(
      'The model could not be loaded.',
      'The lines before say more. Try the model with a newer build of the server, or download it again.',
    ),
  },
];

function outOfMemory(cause: string, { form = {} }: Crash): Diagnosis {
  const suggestion =
    'Put fewer layers on the GPU, choose a smaller context or a smaller quantization, or end other programs that use memory.';
  return { cause, suggestion, fix: lessMemory(form) };
}

function unknownFlag(flag: string, recipe: Crash['recipe']): Diagnosis {
  if (flag.startsWith('--mmproj') && recipe === 'llama-server') {
    return {
      cause: 'This llama-server is too old to see images.',
      suggestion: 'Update llama.cpp, or launch the model for text only.',
      fix: { mmproj: '' },
    };
  }
  if (/^(on|off)$/.test(flag.trim())) {
    return {
      cause: 'This llama-server is older than the flag -fa with a value.',
      suggestion: 'Update llama.cpp, or leave flash attention unset and give -fa as an extra argument.',
      fix: {},
    };
  }
  return {
    cause: `The server does not know the argument ${flag.trim()}.`,
    suggestion: 'Remove it from the extra arguments. Flags change between versions: the server’s own --help lists the ones it knows.',
    fix: {},
  };
}

function badValue(flag: string, why: string | undefined): Diagnosis {
  return {
    cause: `The value of ${flag} is missing or not valid${why === undefined ? '' : ` (${why.trim()})`}.`,
    suggestion: 'Correct it in the form or in the extra arguments. The server’s own --help tells which values it takes.',
    fix: {},
  };
}

function missingModule(module: string): Diagnosis {
  const isServer = module.startsWith('llama_cpp');
  return {
    cause: isServer ? 'llama-cpp-python is not installed for this Python.' : `The Python module ${module} is not installed.`,
    suggestion: `Install it with: python -m pip install "llama-cpp-python[server]"${isServer ? ', or choose another recipe: the embedded server needs no installation' : ''}. In a virtual environment, give its python as the binary.`,
    fix: {},
  };
}
