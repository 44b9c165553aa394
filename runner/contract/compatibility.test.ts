/** What an older runner sends is still understood: it has texts without codes. */
import { expect, it } from 'vitest';
import { endpointSchema } from './endpoint.ts';
import { processSnapshotSchema } from './process.ts';
import { fillText } from './text-values.ts';

const SNAPSHOT = {
  id: 'web',
  recipe: 'command',
  state: 'failed',
  pid: null,
  run: 1,
  port: null,
  url: null,
  startedAt: null,
  uptimeMs: null,
  cpuPercent: null,
  memoryBytes: null,
  restarts: 0,
  restartPolicy: 'never',
  nextRestartAt: null,
  exit: null,
  diagnosis: {
    cause: 'It broke.',
    suggestion: 'Mend it.',
    fix: {},
  },
  command: 'x',
  cwd: null,
  note: 'waits',
  profileId: null,
};

const ENDPOINT = {
  id: 'e',
  name: 'GPU',
  baseUrl: 'http://gpu',
  source: 'manual',
  status: 'offline',
  model: null,
  models: [],
  context: null,
  slots: null,
  busySlots: null,
  vision: null,
  hasApiKey: false,
  defaultPresetId: null,
  processId: null,
  launch: null,
  latencyMs: null,
  checkedAt: null,
  problem: 'It is away.',
};

it('a snapshot without the codes of its texts', () => {
  expect(processSnapshotSchema.parse(SNAPSHOT)).toEqual(SNAPSHOT);
});

it('an endpoint without the code of its problem', () => {
  expect(endpointSchema.parse(ENDPOINT)).toEqual(ENDPOINT);
});

it('a value is put into a text as it is', () => {
  expect(fillText('{{a}} and {{b}}, {{c}}', { a: '{{b}} $& ', b: 2 })).toBe('{{b}} $&  and 2, {{c}}');
});
