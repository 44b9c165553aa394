import { expect, it } from 'vitest';
import { mqttSettingsSchema } from '#contract/mqtt';
import { readSettingsDraft, toSettingsDraft } from './settings-draft.ts';

const SETTINGS = mqttSettingsSchema.parse({
  isEnabled: true,
  broker: 'external',
  url: 'mqtts://broker.example:8883',
  username: 'machine-a',
  caFile: '/etc/ca.pem',
  worker: {
    endpoints: ['llama_8080'],
    queueLimit: 4,
  },
  projects: ['lab/one'],
  telemetry: { isEnabled: true },
});

it('what is not touched stays, and the password is not sent', () => {
  const { input, faults } = readSettingsDraft(toSettingsDraft(SETTINGS), SETTINGS);
  expect(input).toEqual(SETTINGS);
  expect(input).not.toHaveProperty('password');
  expect(faults).toEqual({});
});

it('none chosen of the servers means all; empty texts mean none', () => {
  const draft = {
    ...toSettingsDraft(SETTINGS),
    endpoints: [],
    username: ' ',
    caFile: '',
    password: 'secret',
  };
  const { input } = readSettingsDraft(draft, SETTINGS);
  expect(input).toMatchObject({
    worker: { endpoints: null },
    username: null,
    caFile: null,
    password: 'secret',
  });
});

it.each([
  ['url', { url: 'http://broker.example' }],
  ['url', { url: 'mqtt://me:secret@broker.example' }],
  ['url', { url: ' ' }],
  ['embeddedPort', { embeddedPort: '70000' }],
  ['embeddedPort', { embeddedPort: '' }],
  ['queueLimit', { queueLimit: 'many' }],
  ['prefix', { prefix: 'a b' }],
  ['projects', { projects: ['good', 'not/+/good'] }],
  ['embeddedHost', { embeddedHost: 'no host' }],
])('a fault of %s is told at its field: %j', (field, part) => {
  const { input, faults } = readSettingsDraft({ ...toSettingsDraft(SETTINGS), ...part }, SETTINGS);
  expect(input).toBeNull();
  expect(faults).toEqual({ [field]: true });
});

it('the embedded broker needs no address', () => {
  const { input } = readSettingsDraft(
    { ...toSettingsDraft(SETTINGS), broker: 'embedded', url: '' },
    SETTINGS,
  );
  expect(input).toMatchObject({ broker: 'embedded', url: null });
});
