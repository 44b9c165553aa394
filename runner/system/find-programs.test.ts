import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findLlamaServer, LlamaServerVersions } from './find-llama-server.ts';
import { findPowershell } from './find-powershell.ts';
import { findPython } from './find-python.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'programs-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function put(folder: string, name: string, { text = '', mode = 0o755 } = {}): string {
  mkdirSync(join(dir, folder), { recursive: true });
  const path = join(dir, folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
const linux = (...folders: string[]) => ({
  platform: 'linux',
  searchPath: folders.map((folder) => join(dir, folder)).join(':'),
});

describe.skipIf(process.platform === 'win32')('on POSIX', () => {
  test('llama-server is the first on PATH that may be run', () => {
    put('no-x', 'llama-server', { mode: 0o644 });
    mkdirSync(join(dir, 'folder', 'llama-server'), { recursive: true });
    const path = put('one', 'llama-server');
    put('two', 'llama-server');
    expect(findLlamaServer(null, linux('none', 'no-x', 'folder', 'one', 'two'))).toBe(path);
    expect(findLlamaServer(null, linux('none'))).toBeNull();
    expect(findLlamaServer(null, { platform: 'linux', searchPath: '' })).toBeNull();
  });

  test('LLAMA_SERVER goes before PATH, and a wrong one is not replaced by another', () => {
    const path = put('opt', 'my-llama');
    put('one', 'llama-server');
    expect(findLlamaServer(path, linux('one'))).toBe(path);
    expect(findLlamaServer(join(dir, 'gone'), linux('one'))).toBeNull();
    expect(findLlamaServer('my-llama', linux('one', 'opt'))).toBe(path);
  });

  test('Python and PowerShell go by the names they have', () => {
    put('old', 'python');
    put('new', 'python3');
    put('ps', 'pwsh');
    expect(findPython(linux('old', 'new'))).toBe('python3');
    expect(findPython(linux('old'))).toBe('python');
    expect(findPython(linux('none'))).toBe('python');
    expect(findPowershell(linux('old', 'ps'))).toBe('pwsh');
    expect(findPowershell(linux('old'))).toBeNull();
  });

  test.each([
    [
      'new',
      'version: 0.7.0 (build 11669, commit Debian)\nbuilt with GNU 16.2.0 for Linux x86_64',
      '0.7.0 (build 11669, commit Debian)',
    ],
    [
      'old',
      'ggml_cuda_init: found 1 CUDA devices:\nversion: 4748 (c392e5094)\nbuilt with cc',
      '4748 (c392e5094)',
    ],
    ['neither', 'usage: …', null],
  ])('the version of a %s one is read from stderr', async (name, said, version) => {
    const path = put(name, 'llama-server', { text: `#!/bin/sh\ncat >&2 <<'EOF'\n${said}\nEOF\n` });
    expect(await new LlamaServerVersions().versionOf(path)).toBe(version);
  });

  test('the version is asked once per file', async () => {
    const counter = join(dir, 'asked');
    const path = put('counting', 'llama-server', {
      text: `#!/bin/sh\necho x >> '${counter}'\necho "version: $(wc -l < '${counter}')" >&2\n`,
    });
    const versions = new LlamaServerVersions();
    expect(await Promise.all([versions.versionOf(path), versions.versionOf(path)])).toEqual(['1', '1']);
    expect(await versions.versionOf(path)).toBe('1');
  });

  test('what cannot be run has no version', async () => {
    expect(await new LlamaServerVersions().versionOf(join(dir, 'gone'))).toBeNull();
    expect(
      await new LlamaServerVersions().versionOf(put('junk', 'llama-server', { text: '\u007fELF junk' })),
    ).toBeNull();
  });
});

test('on Windows .exe is added and folders may stand in quotes', () => {
  // The folders of another system cannot be made here; what is asked for can be seen in a name with an ending of its own.
  expect(findPython({ platform: 'win32', searchPath: 'C:\\nowhere;"D:\\none"' })).toBe('python');
});
