import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceModel } from './replace-model.ts';

const replaced = (text: string, model = 'b'): string => replaceModel(Buffer.from(text), model).toString();

test.each([
  ['{"model":"a"}', '{"model":"b"}'],
  [' \r\n{\t"x" : 1.0e0 , "model" :\n"a" }\n', ' \r\n{\t"x" : 1.0e0 , "model" :\n"b" }\n'],
  [
    '{"messages":[{"model":"a","content":"\\"model\\":\\"a\\""}],"model":"a"}',
    '{"messages":[{"model":"a","content":"\\"model\\":\\"a\\""}],"model":"b"}',
  ],
  ['{"x":"a\\\\","model":"a\\"}"}', '{"x":"a\\\\","model":"b"}'],
  ['{"\\u006dodel":"a"}', '{"\\u006dodel":"b"}'],
  ['{"model":"first","model":"a"}', '{"model":"b","model":"b"}'],
  [
    '{"o":{"a":[{}]},"t":true,"n":null,"m":-1,"model":"ž😀"}',
    '{"o":{"a":[{}]},"t":true,"n":null,"m":-1,"model":"b"}',
  ],
])('%s becomes %s', (text, expected) => {
  expect(replaced(text)).toBe(expected);
});

test('a name is written as JSON', () => {
  expect(replaced('{"model":"a"}', 'a"\\\n')).toBe('{"model":"a\\"\\\\\\n"}');
});

test.each([
  ['{}', '{"model":"b"}'],
  [' {\n} ', ' {"model":"b"\n} '],
  ['{"model": null,"x":1.0}', '{"model": "b","x":1.0}'],
  ['{"x":{"model":"a"}}', '{"model":"b","x":{"model":"a"}}'],
])('%s has none: %s', (text, expected) => {
  expect(replaced(text)).toBe(expected);
});

test('whatever JSON it is: the rest of it stays as it was', () => {
  const rest = fc.dictionary(
    fc.string({ unit: 'binary' }).filter((key) => key !== 'model' && key !== '__proto__'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(rest, rest, fc.string({ unit: 'binary' }), (before, after, model) => {
      const indent = before['x'] === undefined ? undefined : 2;
      const text = (name: string): string =>
        JSON.stringify({ ...before, model: name, ...after }, null, indent);
      expect(replaced(text('a'), model)).toBe(text(model));
    }),
  );
});
