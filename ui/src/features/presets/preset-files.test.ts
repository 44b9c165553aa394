import { expect, it } from 'vitest';
import { PresetFileFault, readPresetFile } from './preset-files.ts';

const PRESET = {
  name: 'n',
  description: '',
  system: '',
  developer: '',
  template: '{{input}}',
  variables: {},
  sampler: {},
};
const fileOf = (preset: object): string =>
  JSON.stringify({ format: 'llm-server-manager/presets', version: 1, presets: [{ ...PRESET, ...preset }] });

function faultOf(text: string): PresetFileFault | null {
  try {
    readPresetFile(text);
    return null;
  } catch (error) {
    return error instanceof PresetFileFault ? error : null;
  }
}

it('reads an export', () => expect(readPresetFile(fileOf({})).presets).toEqual([PRESET]));

it('tells a file that is no JSON from one that holds no presets', () => {
  expect(faultOf('hello')?.kind).toBe('notJson');
  expect(faultOf('{"a":1}')?.kind).toBe('notPresets');
});

it('names the first faulty place', () => {
  expect(faultOf(fileOf({ template: '{{input}} {{who}}' }))?.message).toContain(
    'presets.0.template: uses {{who}}',
  );
});
