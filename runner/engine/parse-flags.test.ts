import { describe, expect, it } from 'vitest';
import { defaultOptions } from './flag-table.ts';
import { helpText, parseFlags } from './parse-flags.ts';

function optionsOf(line: string): unknown {
  const command = parseFlags(line.split(' '));
  return command.kind === 'serve' ? command.options : command;
}

describe('parseFlags', () => {
  it.each([
    ['-m a.gguf', {}],
    ['--model a.gguf --host 0.0.0.0 --port 0', { host: '0.0.0.0', port: 0 }],
    ['-m a.gguf -c 4096 -np 2 -t 3 -b 256', { contextSize: 4096, parallel: 2, threads: 3, batchSize: 256 }],
    ['-m a.gguf --ctx-size 0 --parallel -1 --threads -1', {}],
    ['-m a.gguf -ngl 99', {}],
    ['-m a.gguf --n-gpu-layers -1', {}],
    ['-m a.gguf --gpu-layers auto', {}],
    ['-m a.gguf -fa on', { flashAttention: true }],
    ['-m a.gguf --flash-attn off', { flashAttention: false }],
    ['-m a.gguf -a mine', { alias: 'mine' }],
    ['-m a.gguf --api-key one,two', { apiKeys: ['one', 'two'] }],
    ['-m b.gguf -m a.gguf', {}],
  ])('reads %s', (line, expected) => {
    expect(optionsOf(line)).toEqual({ ...defaultOptions, model: 'a.gguf', ...expected });
  });

  it.each(['--mmproj', '--no-such-flag', '-lv', 'stray', '--port=1', '--embeddings'])(
    'refuses %s by its name in one line',
    (flag) => {
      expect(parseFlags(['-m', 'a.gguf', flag, '1'])).toEqual({
        kind: 'refused',
        message: `error: invalid argument: ${flag}`,
      });
    },
  );

  it.each([
    ['--port', 'abc'],
    ['--port', '70000'],
    ['--ctx-size', '-1'],
    ['-b', '0'],
    ['-np', '257'],
    ['-t', '1.5'],
    ['-fa', 'maybe'],
  ])('refuses %s %s and shows the usage of the flag', (flag, value) => {
    const command = parseFlags(['-m', 'a.gguf', flag, value]);
    expect(command).toMatchObject({ kind: 'refused' });
    expect(command).toHaveProperty(
      'message',
      expect.stringMatching(new RegExp(`"${flag}".*to show complete usage, run with -h$`, 's')),
    );
  });

  it('refuses a flag without its value, and a command line without a model', () => {
    expect(parseFlags(['-m'])).toHaveProperty(
      'message',
      expect.stringContaining('expected value for argument'),
    );
    expect(parseFlags([])).toHaveProperty('message', expect.stringContaining('--model'));
  });

  it('answers help and version before anything else is wrong', () => {
    expect(parseFlags(['--help', '--bogus']).kind).toBe('help');
    expect(parseFlags(['--version']).kind).toBe('version');
    expect(helpText()).toMatch(/-ngl, --gpu-layers, --n-gpu-layers N/);
  });
});
