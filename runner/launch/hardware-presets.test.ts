import { expect, test } from 'vitest';
import { serverFormSchema } from '#contract/launch-form';
import { hardwarePresetSchema } from '#contract/profile';
import { applyHardwarePreset, HARDWARE_PRESETS } from './hardware-presets.ts';

const [highEnd, midRange] = HARDWARE_PRESETS.map((preset) => hardwarePresetSchema.parse(preset));
const form = serverFormSchema.parse({ model: 'm.gguf', port: 8000, threads: 2, extraArgs: ['--metrics'] });

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('no such preset');
  return value;
}

test('a preset fills its fields and leaves the others', () => {
  expect(applyHardwarePreset(form, must(midRange))).toEqual({
    ...form,
    context: 4096,
    gpuLayers: 35,
    threads: 8,
    parallel: 4,
    batchSize: 256,
    extraArgs: ['--metrics'],
  });
});

test('the high-end preset adds --numa with the kind that today’s servers ask for', () => {
  expect(applyHardwarePreset(form, must(highEnd)).extraArgs).toEqual(['--metrics', '--numa', 'distribute']);
});

test('one preset after another leaves nothing of the first', () => {
  const once = applyHardwarePreset(form, must(midRange));
  expect(applyHardwarePreset(applyHardwarePreset(form, must(highEnd)), must(midRange))).toEqual(once);
  const twice = applyHardwarePreset(applyHardwarePreset(form, must(highEnd)), must(highEnd));
  expect(twice.extraArgs).toEqual(['--metrics', '--numa', 'distribute']);
});

test('a --numa of the user’s own is kept', () => {
  const own = { ...form, extraArgs: ['--numa', 'isolate'] };
  expect(applyHardwarePreset(own, must(highEnd)).extraArgs).toEqual(['--numa', 'isolate']);
});

test('servers other than llama-server get no --numa', () => {
  expect(applyHardwarePreset(form, must(highEnd), 'llama_cpp.server').extraArgs).toEqual(['--metrics']);
});
