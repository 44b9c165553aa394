/** The id of a request: the client keeps its own, the upstream gets one that every server accepts. */
import { expect, test } from 'vitest';
import { answerJson, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID = '0b1c2d3e-4f50-4162-8374-95a6b7c8d9e0';
const DIGITS = UUID.replaceAll('-', '');

/** Refuses as starlette-context's RequestIdPlugin does (`llama_cpp.server`, FastAPI apps): 400 without a body. */
function strictUpstream(): Promise<RawUpstream> {
  return rawUpstream((res, request) => {
    if (UUID_V4.test(String(request.headers['x-request-id']))) return sayHello(res, request);
    answerJson(400, '')(res);
  });
}

test.each([
  ['none', undefined],
  ['a word', 'trace-7'],
  ['a UUID v7', '01890a5d-ac96-774b-bcce-b302099a8057'],
  ['a UUID v4 in braces', `{${UUID}}`],
  ['a UUID v4 with more behind it', `${UUID}-1`],
])(
  'client’s id: %s; a server that takes UUIDs only gets the digits of the account’s id',
  async (_name, given) => {
    const upstream = await strictUpstream();
    const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
    const answer = await app.post('/chat/completions', ASK, {
      headers: given === undefined ? {} : { 'x-request-id': given },
    });
    expect(answer.status).toBe(200);
    const { id } = await app.record();
    expect(id).toMatch(/^req_[0-9a-f]{32}$/);
    expect(
      upstream.requests.map(({ headers }) => `req_${String(headers['x-request-id']).replaceAll('-', '')}`),
    ).toEqual([id]);
    const isSane = given !== undefined && !given.startsWith('{');
    expect(answer.headers.get('x-request-id')).toBe(isSane ? given : id);
  },
);

test.each([
  ['as it is written', UUID],
  ['in capitals', UUID.toUpperCase()],
  ['without dashes', DIGITS],
  ['as a gateway writes it', `req_${DIGITS}`],
])('a client’s UUID v4 %s goes to the server, and back as the client wrote it', async (_name, given) => {
  const upstream = await strictUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', ASK, { headers: { 'x-request-id': given } });
  expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, given]);
  expect(upstream.requests.map(({ headers }) => headers['x-request-id'])).toEqual([UUID]);
  expect((await app.record()).id).not.toContain(DIGITS);
});
