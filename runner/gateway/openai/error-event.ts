/** The event that ends a stream that failed, as the clients of each API read it. Pure. */
import { errorBody } from './openai-error.ts';
import type { GatewayError } from './openai-error.ts';

/** `sentEvents`: how many there were before it. */
export type ErrorEvent = (error: GatewayError, sentEvents: number) => string;

/** `route` as the client knows it. */
export function errorEventOf(route: string): ErrorEvent {
  if (route === '/v1/messages') return ofMessages;
  return route === '/v1/responses' ? ofResponses : ofCompletions;
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming#error-events */
const ofMessages: ErrorEvent = ({ message }) =>
  named({ type: 'error', error: { type: 'api_error', message } });

/** https://platform.openai.com/docs/api-reference/responses-streaming/error; its events are numbered from 0. */
const ofResponses: ErrorEvent = ({ code, message, param }, sentEvents) =>
  named({ type: 'error', code, message, param, sequence_number: sentEvents });

const ofCompletions: ErrorEvent = (error) => `data: ${errorBody(error)}\n\n`;

function named(data: object): string {
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`;
}
