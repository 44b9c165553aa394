import { describe, expect, it } from 'vitest';
import type { LaunchTarget } from '#contract/launch-form';
import { makeT } from '../../locales/make-t.ts';
import { loadDraft, saveDraft } from './draft-storage.ts';
import { toPreviewTarget, toTarget } from './draft-target.ts';
import { formatEnv, parseEnv } from './env-text.ts';
import { EMPTY_DRAFT, type CommandDraft, type LaunchDraft, type ServerDraft } from './launch-draft.ts';
import { suggestId } from './suggest-id.ts';
import { toDraft, withFix } from './target-draft.ts';

const t = makeT();
const server = (patch: Partial<ServerDraft>, more: Partial<LaunchDraft> = {}): LaunchDraft => ({
  ...EMPTY_DRAFT,
  ...more,
  server: { ...EMPTY_DRAFT.server, ...patch },
});
const command = (patch: Partial<CommandDraft>): LaunchDraft => ({
  ...EMPTY_DRAFT,
  tab: 'command',
  command: { ...EMPTY_DRAFT.command, ...patch },
});
const faultsOf = (draft: LaunchDraft) => toTarget(draft, 'embedded', t).faults;

describe('a draft as a launch target', () => {
  it('leaves empty fields out, so that the server keeps its own defaults', () => {
    expect(toTarget(server({ model: ' /m.gguf ' }), 'embedded', t).target).toEqual({
      recipe: 'embedded',
      form: { model: '/m.gguf', host: '127.0.0.1', port: 'auto', extraArgs: [], env: {} },
    });
  });

  it('takes every field over', () => {
    const draft = server(
      {
        model: 'E:\\models\\Qwen 7B.gguf',
        isVision: true,
        mmproj: 'mm.gguf',
        host: '0.0.0.0',
        port: '8000',
        context: '4096',
        gpuLayers: '-1',
        threads: '0',
        parallel: '4',
        batchSize: '256',
        flashAttention: 'off',
        alias: 'qwen',
        apiKey: ' s3cret ',
        extraArgs: '--numa distribute --chat "a b"',
        env: '# gpu\nCUDA_VISIBLE_DEVICES=0\n\nA=b=c',
        binary: '/opt/llama-server',
      },
      { recipe: 'llama-server' },
    );
    const { target } = toTarget(draft, 'embedded', t);
    expect(target).toEqual({
      recipe: 'llama-server',
      form: {
        model: 'E:\\models\\Qwen 7B.gguf',
        mmproj: 'mm.gguf',
        host: '0.0.0.0',
        port: 8000,
        context: 4096,
        gpuLayers: -1,
        threads: 0,
        parallel: 4,
        batchSize: 256,
        flashAttention: false,
        alias: 'qwen',
        apiKey: ' s3cret ',
        extraArgs: ['--numa', 'distribute', '--chat', 'a b'],
        env: { CUDA_VISIBLE_DEVICES: '0', A: 'b=c' },
        binary: '/opt/llama-server',
      },
    });
  });

  it.each<[string, LaunchDraft, Record<string, string>]>([
    ['no model', server({}), { model: 'choose a model file' }],
    ['words for a number', server({ model: 'm', context: 'much' }), { context: 'must be a whole number' }],
    ['too small', server({ model: 'm', gpuLayers: '-2' }), { gpuLayers: 'at least -1' }],
    ['too big', server({ model: 'm', parallel: '999' }), { parallel: 'at most 256' }],
    ['port out of range', server({ model: 'm', port: '70000' }), { port: 'auto, or 1 to 65535' }],
    ['port as a word', server({ model: 'm', port: 'http' }), { port: 'auto, or 1 to 65535' }],
    [
      'a line that is no variable',
      server({ model: 'm', env: 'A=1\nnonsense' }),
      { env: 'line 2 is not NAME=value' },
    ],
    [
      'vision without a projector',
      server({ model: 'm', isVision: true }),
      { mmproj: 'choose a projector file' },
    ],
    ['no program', command({}), { cmd: 'enter a command' }],
    ['no script', { ...EMPTY_DRAFT, tab: 'script' }, { path: 'enter the path of the script' }],
  ])('names the field at fault: %s', (_name, draft, faults) => {
    expect(faultsOf(draft)).toEqual(faults);
  });

  it('previews as far as it can while the form is incomplete', () => {
    expect(toPreviewTarget(server({ context: 'much', port: '8123' }), 'embedded', t)).toMatchObject({
      form: { model: '<model>', port: 8123 },
    });
    expect(toPreviewTarget({ ...EMPTY_DRAFT, tab: 'script' }, 'embedded', t)).toMatchObject({
      recipe: 'script',
      form: { path: '<script>' },
    });
  });
});

describe('a target as a draft', () => {
  const targets: LaunchTarget[] = [
    { recipe: 'embedded', form: { model: 'm', host: '127.0.0.1', port: 'auto', extraArgs: [], env: {} } },
    {
      recipe: 'llama-server',
      form: {
        model: 'm',
        mmproj: 'p',
        host: '::1',
        port: 1,
        context: 0,
        gpuLayers: -1,
        flashAttention: true,
        apiKey: 'k',
        extraArgs: ['a b', '', '"'],
        env: { A: '1' },
      },
    },
    { recipe: 'script', form: { path: 'a.sh', args: ['x y'], cwd: '/tmp', env: {} } },
    {
      recipe: 'command',
      form: { cmd: 'python', args: ['-m', 'http.server'], env: { B: 'c=d' }, shell: true, port: 8080 },
    },
  ];

  it.each(targets)('becomes the same target again: $recipe', (target) => {
    const draft = toDraft({ target, processId: 'p1', restart: 'always', profileId: 'x' });
    expect(toTarget(draft, 'embedded', t).target).toEqual(target);
    expect([draft.id, draft.restart, draft.profileId]).toEqual(['p1', 'always', 'x']);
  });

  it('takes the mend of a diagnosis and ignores what it does not know', () => {
    const mended = withFix(server({ model: 'm' }), {
      gpuLayers: 24,
      flashAttention: true,
      port: 'auto',
      nonsense: 1,
    });
    expect(mended.server).toMatchObject({ gpuLayers: '24', flashAttention: 'on', port: 'auto' });
    expect(mended.server).not.toHaveProperty('nonsense');
  });
});

describe('the rest of the form', () => {
  it('is kept over a reload without the API key; what cannot be read is an empty form', () => {
    let stored = '';
    const draft = server({ model: 'm', apiKey: 'secret' }, { id: 'x' });
    saveDraft({ setItem: (_key, value) => void (stored = value) }, draft);
    expect(stored).not.toContain('secret');
    expect(loadDraft({ getItem: () => stored })).toEqual(server({ model: 'm' }, { id: 'x' }));
    for (const broken of [null, '{', '{"tab":1}'])
      expect(loadDraft({ getItem: () => broken })).toBe(EMPTY_DRAFT);
  });

  it('suggests an id that is free', () => {
    expect(suggestId(server({}), 8001, [])).toBe('llama_8001');
    expect(suggestId(server({ port: '8000' }), 8001, ['llama_8000', 'llama_8000_2'])).toBe('llama_8000_3');
    expect(
      suggestId(
        {
          ...EMPTY_DRAFT,
          tab: 'script',
          script: { ...EMPTY_DRAFT.script, path: 'E:\\UI REFACTOR\\start agent.bat' },
        },
        1,
        [],
      ),
    ).toBe('start_agent');
    expect(suggestId(command({ cmd: '/usr/bin/python3.11' }), 1, [])).toBe('python3');
    expect(suggestId(command({}), 1, [])).toBe('command');
  });

  it('reads environment lines back as they were written', () => {
    const env = { A: '', PATH: '/a:/b', K: 'x=y #z' };
    expect(parseEnv(formatEnv(env))).toEqual({ env, faultyLine: null });
  });
});
