import { describe, expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { judgeProbe } from './judge-probe.ts';
import type { Round } from './judge-probe.ts';

const ANSWER = { isAnswered: true, ms: 3 } as const;
const silence = (why: 'refused' | 'closed' | 'timeout') => ({ isAnswered: false, why }) as const;
const PROHIBITED = 'channel 2: open failed: administratively prohibited: open failed';
const REFUSED = 'channel 2: open failed: connect failed: Connection refused';
const TUNNELS = {
  reverse: tunnelInputSchema.parse({
    direction: 'reverse',
    name: 't',
    host: 'b',
    localPort: 8000,
    remotePort: 8080,
    bindAddress: '0.0.0.0',
  }),
  forward: tunnelInputSchema.parse({
    direction: 'forward',
    name: 't',
    host: 'b',
    localPort: 8000,
    remotePort: 8080,
  }),
  incoming: tunnelInputSchema.parse({ direction: 'incoming', name: 't', remotePort: 8080 }),
};

function judged(direction: keyof typeof TUNNELS, round: Partial<Round>) {
  const nothing = { through: null, target: null, lines: [], failures: 0, isSettingUp: false };
  const { state, problem, pause, isDead } = judgeProbe({ tunnel: TUNNELS[direction], ...nothing, ...round });
  return [state, problem?.code ?? null, pause, isDead];
}

it.each(['reverse', 'forward', 'incoming'] as const)(
  'an answer through it makes a %s tunnel up, whatever was before',
  (direction) => {
    expect(judged(direction, { through: ANSWER, failures: 3, lines: [PROHIBITED] })).toEqual([
      'up',
      null,
      'probeMs',
      false,
    ]);
  },
);

describe.each(['reverse', 'forward'] as const)('a %s tunnel without an answer', (direction) => {
  const target = direction === 'reverse' ? ANSWER : null;
  it.each([
    [0, [null, null, 'soonMs', false]],
    [1, ['degraded', 'no-answer-through', 'soonMs', false]],
    [2, ['degraded', 'no-answer-through', 'soonMs', false]],
    [3, ['degraded', 'no-answer-through', 'soonMs', true]],
  ])('after %i others', (failures, expected) => {
    expect(judged(direction, { through: silence('timeout'), target, failures })).toEqual(expected);
  });

  it('waits while ssh sets up its forwarding', () => {
    expect(judged(direction, { through: silence('refused'), target, isSettingUp: true })).toEqual([
      null,
      null,
      'setupMs',
      false,
    ]);
  });

  it('is not ended for what ssh said before it fell silent', () => {
    const lines = [PROHIBITED, REFUSED];
    expect(judged(direction, { through: silence('timeout'), target, failures: 3, lines })).toEqual([
      'degraded',
      'no-answer-through',
      'soonMs',
      true,
    ]);
  });
});

it('a reverse tunnel stays when the model server itself is down, however it looks through it', () => {
  for (const through of [null, silence('closed'), silence('timeout')]) {
    expect(judged('reverse', { through, target: silence('refused'), failures: 9 })).toEqual([
      'degraded',
      'target-down',
      'downMs',
      false,
    ]);
  }
});

it('a reverse tunnel whose probe is forbidden is up, and names the address to permit', () => {
  const round = { through: silence('closed'), target: ANSWER, lines: [REFUSED, PROHIBITED] };
  expect(judged('reverse', round)).toEqual(['up', 'probe-forbidden', 'probeMs', false]);
  const { problem } = judgeProbe({ tunnel: TUNNELS.reverse, failures: 0, isSettingUp: false, ...round });
  expect(problem?.values).toEqual({ target: '127.0.0.1:8080' });
});

it('of a forward tunnel ssh tells whether the server there is down or the way is forbidden', () => {
  expect(judged('forward', { through: silence('closed'), lines: [REFUSED] })).toEqual([
    'degraded',
    'remote-target-down',
    'downMs',
    false,
  ]);
  expect(judged('forward', { through: silence('closed'), lines: [PROHIBITED] })).toEqual([
    'degraded',
    'forwarding-prohibited',
    'probeMs',
    false,
  ]);
});

it('an incoming tunnel is never given up: it is down, or something there is silent', () => {
  expect(judged('incoming', { through: silence('refused'), failures: 9 })).toEqual([
    'down',
    'incoming-absent',
    'downMs',
    false,
  ]);
  expect(judged('incoming', { through: silence('timeout'), failures: 9 })).toEqual([
    'degraded',
    'incoming-silent',
    'downMs',
    false,
  ]);
});
