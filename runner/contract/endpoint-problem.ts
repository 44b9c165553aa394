/** Why an endpoint is not online: the closed list of codes, each with its English text. */
import { fillText, type TextValues, type ValuesFor } from './text-values.ts';

export const PROBLEM_TEXTS = {
  'not-checked': 'It has not been checked yet.',
  'process-without-port': 'The port of its process {{id}} is not known.',
  'process-loading': 'Its process {{id}} is still loading.',
  'process-stopping': 'Its process {{id}} is being stopped.',
  'process-restarting': 'Its process {{id}} has ended and is about to be started again.',
  'process-crash-loop': 'Its process {{id}} crashes again and again. See its log, then launch it again.',
  'process-gone': 'Its process {{id}} is not running. Launch it again.',
  'process-on-demand': 'It is not loaded. The first request launches it.',
  'model-loading': 'It is still loading its model.',
  'key-refused': 'It refused the API key. Enter the right one.',
  'key-wanted': 'It asks for an API key. Enter one for this endpoint.',
  'key-unsendable': 'The API key holds characters that cannot be sent. Enter it again.',
  'web-page': 'It answered with a web page, not with the OpenAI API; check the address.',
  redirect: 'It sends its callers on to {{place}}; enter that address instead.',
  'redirect-unnamed': 'It sends its callers on to another address; enter that address instead.',
  'gateway-error': 'It answered with HTTP {{status}}: the server behind it is not there or too busy.',
  'no-models-list': 'It answered, but not with a list of models as the OpenAI API does; check the address.',
  'http-error': 'It answered with HTTP {{status}} to GET /v1/models; check the address.',
  'not-an-address': '{{url}} is not an address.',
  'no-answer-within': 'It did not answer within {{seconds}} s.',
  'no-answer': 'It did not answer in time. Check the address.',
  'nobody-listens': 'Nothing listens at {{host}}. Start the server, or check the address.',
  'host-unknown': 'The host name {{host}} is not known. Check the address.',
  'no-way': 'There is no way from here to {{host}}. Check the network.',
  'no-https': 'It does not speak HTTPS. Try http:// in its address.',
  'no-http': 'It does not speak HTTP. Check the port.',
  'no-http-try-https': 'It does not speak HTTP. Check the port, or try https:// in its address.',
  'certificate-untrusted': 'Its certificate is not trusted ({{reason}}).',
  'connection-closed': 'It closed the connection without an answer.',
  unreachable: 'It cannot be reached: {{reason}}.',
} as const;

export type ProblemCode = keyof typeof PROBLEM_TEXTS;

/** As the wire has it; all null where nothing is wrong. */
export interface EndpointProblem {
  problem: string | null;
  problemCode: ProblemCode | null;
  problemValues: TextValues | null;
}

export const NO_PROBLEM: EndpointProblem = { problem: null, problemCode: null, problemValues: null };

export function endpointProblem<Code extends ProblemCode>(
  code: Code,
  values: ValuesFor<(typeof PROBLEM_TEXTS)[Code]>,
): EndpointProblem & { problem: string } {
  return { problem: fillText(PROBLEM_TEXTS[code], values), problemCode: code, problemValues: values };
}
