/** Why runs crash and what to do: the closed list of causes, each with its English texts. How they are told apart is in crash-causes.ts and exit-causes.ts. */
import type { Diagnosis } from '#contract/process';
import { fillText, type ValuesFor } from '#contract/text-values';

const LESS_MEMORY =
  'Put fewer layers on the GPU, choose a smaller context or a smaller quantization, or end other programs that use memory.';
const FREE_PORT =
  'Stop the other program, choose another port, or set it to "auto" and let the runner find a free one.';
const CORRECT_VALUE =
  'Correct it in the form or in the extra arguments. The server’s own --help tells which values it takes.';
const OWN_PROJECTOR = 'Choose the mmproj file that comes with the model, or launch it for text only.';
const CHECK_RIGHTS =
  'Check who may read (and, for a program, execute) it. The runner starts processes as the user it runs as.';
const NEWER_SERVER = 'Update llama.cpp, or choose a model that this build knows.';

export const CAUSE_TEXTS = {
  'unknown-argument': {
    cause: 'The server does not know the argument {{flag}}.',
    suggestion:
      'Remove it from the extra arguments. Flags change between versions: the server’s own --help lists the ones it knows.',
  },
  'no-images': {
    cause: 'This llama-server is too old to see images.',
    suggestion: 'Update llama.cpp, or launch the model for text only.',
  },
  'flash-attention-value': {
    cause: 'This llama-server is older than the flag -fa with a value.',
    suggestion: 'Update llama.cpp, or leave flash attention unset and give -fa as an extra argument.',
  },
  'bad-value': { cause: 'The value of {{flag}} is missing or not valid.', suggestion: CORRECT_VALUE },
  'bad-value-because': {
    cause: 'The value of {{flag}} is missing or not valid ({{why}}).',
    suggestion: CORRECT_VALUE,
  },
  'llama-cpp-python-missing': {
    cause: 'llama-cpp-python is not installed for this Python.',
    suggestion:
      'Install it with: python -m pip install "llama-cpp-python[server]", or choose another recipe: the embedded server needs no installation. In a virtual environment, give its python as the binary.',
  },
  'python-module-missing': {
    cause: 'The Python module {{module}} is not installed.',
    suggestion:
      'Install it with: python -m pip install "llama-cpp-python[server]". In a virtual environment, give its python as the binary.',
  },
  'library-missing': {
    cause: 'The program needs {{library}}, which this system does not have.',
    suggestion:
      'Install that library, keep the program in one folder with the libraries it came with, or choose a build for this system. For libcuda and libcudart: install the NVIDIA driver or CUDA runtime.',
  },
  'engine-missing': {
    cause: 'The embedded server has no engine for this system.',
    suggestion: 'Install llama.cpp and launch with llama-server instead.',
  },
  'port-unusable': {
    cause:
      'The server could not listen on port {{port}}: another program has it, or the host is not an address of this machine.',
    suggestion: FREE_PORT,
  },
  'own-port-unusable': {
    cause:
      'The server could not listen on its port: another program has it, or the host is not an address of this machine.',
    suggestion: FREE_PORT,
  },
  'projector-unfit': {
    cause: 'The projector {{file}} is not one, or does not belong to this model.',
    suggestion: OWN_PROJECTOR,
  },
  'projector-unfit-unnamed': {
    cause: 'The projector is not one, or does not belong to this model.',
    suggestion: OWN_PROJECTOR,
  },
  'gpu-memory': { cause: 'The memory of the GPU ran out.', suggestion: LESS_MEMORY },
  memory: { cause: 'Memory ran out.', suggestion: LESS_MEMORY },
  'gpu-driver': {
    cause: 'The NVIDIA driver or the GPU does not fit this build.',
    suggestion: 'Update the driver, choose a build for this GPU, or put no layers on it.',
  },
  'access-denied': { cause: 'The system does not allow access to {{file}}.', suggestion: CHECK_RIGHTS },
  'access-denied-unnamed': {
    cause: 'The system does not allow access to a file that the process needs.',
    suggestion: CHECK_RIGHTS,
  },
  'not-gguf': {
    cause: 'The model file is not a GGUF file.',
    suggestion:
      'Choose a .gguf file. A download that ended in a web page instead of the model looks like this, too: download it again.',
  },
  'model-damaged': {
    cause: 'The model file is damaged or incomplete.',
    suggestion: 'Download it again and compare its size with the one at the source.',
  },
  'model-missing': {
    cause: 'There is no model file at {{path}}.',
    suggestion: 'Check the path, or choose one that the models list shows.',
  },
  'server-too-old': {
    cause: 'This server is too old for the model ("{{what}}" is unknown to it).',
    suggestion: NEWER_SERVER,
  },
  'server-too-old-unnamed': { cause: 'This server is too old for the model.', suggestion: NEWER_SERVER },
  'command-missing': {
    cause: 'The command {{command}} was not found.',
    suggestion: 'Install it, or give its full path in the script.',
  },
  'model-not-loaded': {
    cause: 'The model could not be loaded.',
    suggestion:
      'The lines before say more. Try the model with a newer build of the server, or download it again.',
  },
  'illegal-instruction': {
    cause: 'The program uses instructions that this processor does not have.',
    suggestion:
      'Use a build made for this processor (one without AVX2 or AVX-512), or the embedded server, which picks its own.',
  },
  killed: {
    cause: 'The system ended the process by force, most likely because memory ran out.',
    suggestion:
      'Choose a smaller model or quantization, a smaller context, or end other programs. The system log (dmesg) tells for sure.',
  },
  'crashed-inside': {
    cause: 'The program crashed inside itself.',
    suggestion:
      'Try a newer build of it, and fewer GPU layers: a graphics driver at fault often shows like this.',
  },
  'dll-missing': {
    cause: 'A DLL that the program needs is missing.',
    suggestion: 'Unpack all files of its archive into one folder, and install the Visual C++ runtime.',
  },
} as const;

export type CauseCode = keyof typeof CAUSE_TEXTS;

type CauseValues<Code extends CauseCode> = ValuesFor<(typeof CAUSE_TEXTS)[Code]['cause' | 'suggestion']>;

export function diagnosisOf<Code extends CauseCode>(
  code: Code,
  values: CauseValues<Code>,
  fix: Diagnosis['fix'] = {},
): Diagnosis {
  const { cause, suggestion } = CAUSE_TEXTS[code];
  return { cause: fillText(cause, values), suggestion: fillText(suggestion, values), fix, code, values };
}
