/** Writes down what a shim needs to know for one run. Each run has a key of its own, so that its processes can be told from any other's. */
import { randomBytes } from 'node:crypto';
import type { SegmentLimits } from '../segments/segment-writer.ts';
import type { RunOrder } from '../shim/protocol.ts';
import { chooseSocketPath } from './process-files.ts';
import type { ProcessFiles } from './process-files.ts';
import type { ProcessSpec } from './process-spec.ts';

export function createOrder(
  spec: ProcessSpec,
  files: ProcessFiles,
  place: { run: number; dataDir: string; limits: SegmentLimits },
): RunOrder {
  return {
    id: spec.id,
    cmd: spec.cmd,
    args: spec.args,
    env: spec.env,
    cwd: spec.cwd ?? process.cwd(),
    shell: spec.shell,
    stdin: spec.stdin,
    display: spec.display,
    termAgainAfterMs: spec.termAgainAfterMs,
    run: place.run,
    key: randomBytes(16).toString('hex'),
    logDir: files.logDir,
    limits: place.limits,
    stateFile: files.stateFile,
    socketPath: chooseSocketPath(place.dataDir, spec.id, place.run),
  };
}
