import { describe, expect, it } from 'vitest';
import { createEngineLog, formatElapsed } from './engine-log.ts';

describe('the engine log', () => {
  it.each([
    [0, '0.00.000.000'],
    [39.531, '0.00.039.531'],
    [1_234.5, '0.01.234.500'],
    [61_002.003, '1.01.002.003'],
    [3_600_000, '60.00.000.000'],
  ])('writes %d ms as %s', (elapsedMs, text) => {
    expect(formatElapsed(elapsedMs)).toBe(text);
  });

  it("pads and cuts module and function to llama-server's columns", () => {
    const written: string[] = [];
    const log = createEngineLog(
      (text) => written.push(text),
      () => 0,
    );
    log.line('I', 'srv load_model', 'a');
    log.line('W', 'slot get_available', 'b');
    log.raw('E', 'gguf_init_from_file: c');
    expect(written).toEqual([
      '0.00.000.000 I srv    load_model: a\n',
      '0.00.000.000 W slot get_availabl: b\n',
      '0.00.000.000 E gguf_init_from_file: c\n',
    ]);
  });
});
