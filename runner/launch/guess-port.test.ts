import { expect, test } from 'vitest';
import { guessPort } from './guess-port.ts';

test.each([
  [['--port', '8080'], 8080],
  [['--port=8080'], 8080],
  [['--port', '1', '--port=2'], 2],
  [['-p', '8080'], null],
  [['--port'], null],
  [['--port', 'auto'], null],
  [['--port', '0'], null],
  [['--port', '65536'], null],
  [['--port', '-1'], null],
  [['--portal', '80'], null],
  [[], null],
])('in %j the port is %s', (args, port) => {
  expect(guessPort(args)).toBe(port);
});
