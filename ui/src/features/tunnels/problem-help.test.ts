import { describe, expect, it } from 'vitest';
import { TUNNEL_PROBLEM_TEXTS } from '#contract/tunnel-problem';
import { fillText } from '#contract/text-values';
import { hrTunnels } from '../../locales/hr-tunnels.ts';
import { COMMAND_CODES, commandOf, remedyOf } from './problem-help.ts';

const VALUES = { file: '/data/known_hosts', name: '[b.example]:2222', port: 9001, jump: 'me@jump:22' };

describe.each(COMMAND_CODES)('the command for %s', (code) => {
  it.each([
    ['English', TUNNEL_PROBLEM_TEXTS],
    ['Croatian', hrTunnels.tunnelProblems],
  ])('stands in its suggestion: %s', (_, texts) => {
    const suggestion = new Map(Object.entries(texts)).get(code)?.suggestion ?? '';
    expect(fillText(suggestion, VALUES)).toContain(commandOf({ code, values: VALUES }));
  });
});

it.each([
  ['/keys/of mine/id', "chmod 600 '/keys/of mine/id'"],
  ['~/of mine/$(id)', "chmod 600 ~/'of mine/$(id)'"],
  ['~/.ssh/id', 'chmod 600 ~/.ssh/id'],
])('a path of the user becomes one word of the shell: %s', (file, command) => {
  expect(commandOf({ code: 'identity-open', values: { file } })).toBe(command);
});

it('what is not known has neither command nor remedy', () => {
  for (const code of ['network-lost', 'toString', 'of-a-newer-runner']) {
    expect(commandOf({ code, values: {} })).toBeNull();
    expect(remedyOf({ code })).toBeNull();
  }
});
