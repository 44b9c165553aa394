import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { GatewayError } from './openai-error.ts';
import { readBody } from './read-request.ts';

/** What becomes of a body that is sent with that encoding. */
async function readWith(encoding: string): Promise<string> {
  const server = createServer((req, res) => {
    readBody(req, { limitBytes: 1_000, signal: new AbortController().signal }).then(
      (body) => res.end(body),
      (error: unknown) => res.end(error instanceof GatewayError ? error.code : 'another error'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: 'as it is',
    headers: { 'content-encoding': encoding },
  });
  return answer.text();
}

test.each([
  ['identity', 'as it is'],
  ['Identity', 'as it is'],
  ['gzip', 'unsupported_encoding'],
])('a body with Content-Encoding: %s', async (encoding, expected) => {
  expect(await readWith(encoding)).toBe(expected);
});
