/** What this machine has: its facts, the programs that recipes need, and its models. Joins the parts of this folder. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemResponse } from '#contract/system';
import type { Fault } from './find-gguf-files.ts';
import { findLlamaServer, LlamaServerVersions } from './find-llama-server.ts';
import { findPowershell } from './find-powershell.ts';
import { findPython } from './find-python.ts';
import { loadGpus } from './load-gpus.ts';
import { ModelScanner } from './scan-models.ts';
import type { FoundModels } from './scan-models.ts';
import { SystemFacts } from './system-facts.ts';

export interface SystemParts {
  version: string;
  dataDir: string;
  modelDirs: readonly string[];
  /** The folder with the models that come with this program. */
  shippedModelsDir: string;
  /** LLAMA_SERVER: a path or a name, where the user gave one. */
  llamaServer: string | null;
  searchPath: string;
  /** Files that other parts could not read at start. */
  faults: () => readonly Fault[];
}

export interface System {
  /** The body of `GET /api/system`. */
  facts: () => Promise<SystemResponse>;
  /** What `GET /api/models` answers besides `ok`. */
  models: () => Promise<FoundModels>;
  /** Looked up anew at each call: what was installed a minute ago counts. */
  programs: () => { llamaServer: string | null; python: string; powershell: string | null };
  /** Path of the shipped model that can talk; null where it is missing. */
  demoModel: string | null;
}

export function createSystem(parts: SystemParts): System {
  const place = { platform: process.platform, searchPath: parts.searchPath };
  const machine = new SystemFacts({ nowMs: Date.now, loadGpus });
  const versions = new LlamaServerVersions();
  const scanner = new ModelScanner({ folders: parts.modelDirs, shippedFolder: parts.shippedModelsDir });
  const demoModel = join(parts.shippedModelsDir, 'tiny-chat.gguf');
  const llamaServer = (): string | null => findLlamaServer(parts.llamaServer, place);

  return {
    models: () => scanner.scan(),
    programs: () => ({
      llamaServer: llamaServer(),
      python: findPython(place),
      powershell: findPowershell(place),
    }),
    demoModel: statSync(demoModel, { throwIfNoEntry: false })?.isFile() === true ? demoModel : null,
    async facts() {
      const path = llamaServer();
      const [gpus, version] = await Promise.all([
        machine.gpus(),
        path === null ? null : versions.versionOf(path),
      ]);
      return {
        ok: true,
        platform: process.platform,
        version: parts.version,
        dataDir: parts.dataDir,
        cpu: machine.cpu(),
        memory: machine.memory(),
        gpus,
        llamaServer: path === null ? null : { path, version },
        faults: [...parts.faults(), ...wrongLlamaServer(parts.llamaServer, path)],
      };
    },
  };
}

function wrongLlamaServer(configured: string | null, found: string | null): Fault[] {
  if (configured === null || found !== null) return [];
  return [
    {
      file: configured,
      message:
        'LLAMA_SERVER names this, but there is no program that can be run. Correct it and restart the runner.',
    },
  ];
}
