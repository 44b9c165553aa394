/** The routes of endpoints, prompt presets, sessions and the chat REST. */
import {
  chatFrameSchema,
  chatRequestSchema,
  chatResponseSchema,
  historyAppendSchema,
  historyRequestSchema,
  historyResponseSchema,
  llmHealthResponseSchema,
  sessionChatRequestSchema,
} from './chat.ts';
import {
  endpointChangeSchema,
  endpointInputSchema,
  endpointListResponseSchema,
  endpointResponseSchema,
} from './endpoint.ts';
import { PATHS } from './paths.ts';
import {
  presetChangeSchema,
  presetExportSchema,
  presetInputSchema,
  presetListResponseSchema,
  presetResponseSchema,
} from './preset.ts';
import { okResponseSchema } from './process.ts';
import type { RouteDescription } from './route-description.ts';
import {
  sessionChangeSchema,
  sessionDetailResponseSchema,
  sessionExportSchema,
  sessionForkSchema,
  sessionInputSchema,
  sessionListResponseSchema,
  sessionResponseSchema,
} from './session.ts';

const ANSWER_ERRORS = [
  'INVALID_REQUEST',
  'ENDPOINT_NOT_FOUND',
  'PRESET_NOT_FOUND',
  'BODY_TOO_LARGE',
  'CONTEXT_EXCEEDED',
  'IMAGE_NOT_SUPPORTED',
  'UPSTREAM_REFUSED',
  'UPSTREAM_BAD_ANSWER',
  'UPSTREAM_UNAUTHORIZED',
  'UPSTREAM_CUT',
  'NO_ENDPOINT',
  'ENDPOINT_OFFLINE',
  'ENDPOINT_LOADING',
  'SHUTTING_DOWN',
  'UPSTREAM_TIMEOUT',
] as const;
const SESSION_ANSWER_ERRORS = [
  ...ANSWER_ERRORS,
  'MESSAGE_NOT_FOUND',
  'SESSION_BUSY',
  'STORAGE_FAILED',
] as const;
const STREAM = { contentType: 'text/event-stream', answer: chatFrameSchema } as const;

const ENDPOINT_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.endpoints,
    summary: 'All endpoints with status and parameters.',
    answer: endpointListResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.endpoints,
    summary: 'Add an endpoint by hand.',
    body: [endpointInputSchema],
    answer: endpointResponseSchema,
    errors: ['INVALID_REQUEST', 'ENDPOINT_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.endpoint,
    summary: 'One endpoint.',
    answer: endpointResponseSchema,
    errors: ['ENDPOINT_NOT_FOUND'],
  },
  {
    method: 'patch',
    path: PATHS.endpoint,
    summary: 'Change fields of an endpoint.',
    body: [endpointChangeSchema],
    answer: endpointResponseSchema,
    errors: ['INVALID_REQUEST', 'ENDPOINT_NOT_FOUND', 'ENDPOINT_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'delete',
    path: PATHS.endpoint,
    summary: 'Remove an endpoint that was added by hand.',
    answer: okResponseSchema,
    errors: ['ENDPOINT_NOT_FOUND', 'ENDPOINT_IN_USE', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.endpointPing,
    summary: 'Check an endpoint now: status, latency, models.',
    answer: endpointResponseSchema,
    errors: ['ENDPOINT_NOT_FOUND'],
  },
];

const PRESET_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.presets,
    summary: "Prompt presets: the shipped ones, then the user's own.",
    answer: presetListResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.presets,
    summary: 'Save a prompt preset.',
    body: [presetInputSchema],
    answer: presetResponseSchema,
    errors: ['INVALID_REQUEST', 'PRESET_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.presetsExport,
    summary: 'Prompt presets as a file.',
    answer: presetExportSchema,
    errors: ['PRESET_NOT_FOUND'],
    query: [
      {
        name: 'ids',
        summary: "Only these, comma-separated; else all of the user's own.",
      },
    ],
  },
  {
    method: 'post',
    path: PATHS.presetsImport,
    summary: 'Add the presets of an export: all or none.',
    body: [presetExportSchema],
    answer: presetListResponseSchema,
    errors: ['INVALID_REQUEST', 'BAD_JSON', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.preset,
    summary: 'One prompt preset.',
    answer: presetResponseSchema,
    errors: ['PRESET_NOT_FOUND'],
  },
  {
    method: 'patch',
    path: PATHS.preset,
    summary: 'Change fields of a preset.',
    body: [presetChangeSchema],
    answer: presetResponseSchema,
    errors: ['INVALID_REQUEST', 'PRESET_NOT_FOUND', 'PRESET_EXISTS', 'PRESET_READ_ONLY', 'STORAGE_FAILED'],
  },
  {
    method: 'delete',
    path: PATHS.preset,
    summary: 'Delete a preset.',
    answer: okResponseSchema,
    errors: ['PRESET_NOT_FOUND', 'PRESET_READ_ONLY', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.presetDuplicate,
    summary: 'Copy a preset under a new name.',
    answer: presetResponseSchema,
    errors: ['PRESET_NOT_FOUND', 'STORAGE_FAILED'],
  },
];

const SESSION_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.sessions,
    summary: 'Sessions, the latest first.',
    answer: sessionListResponseSchema,
    query: [
      {
        name: 'search',
        summary: 'Only those with this text in title or messages.',
      },
      {
        name: 'limit',
        summary: 'At most this many (default 50).',
      },
      {
        name: 'before',
        summary: 'Only those last changed before this time (ISO 8601).',
      },
    ],
  },
  {
    method: 'post',
    path: PATHS.sessions,
    summary: 'Make a session.',
    body: [sessionInputSchema],
    answer: sessionResponseSchema,
    errors: ['INVALID_REQUEST', 'ENDPOINT_NOT_FOUND', 'PRESET_NOT_FOUND', 'SESSION_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.session,
    summary: 'A session with its messages.',
    answer: sessionDetailResponseSchema,
    errors: ['SESSION_NOT_FOUND'],
  },
  {
    method: 'patch',
    path: PATHS.session,
    summary: 'Rename a session, or change its endpoint or prompt.',
    body: [sessionChangeSchema],
    answer: sessionResponseSchema,
    errors: [
      'INVALID_REQUEST',
      'SESSION_NOT_FOUND',
      'ENDPOINT_NOT_FOUND',
      'PRESET_NOT_FOUND',
      'STORAGE_FAILED',
    ],
  },
  {
    method: 'delete',
    path: PATHS.session,
    summary: 'Delete a session with its messages.',
    answer: okResponseSchema,
    errors: ['SESSION_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.sessionFork,
    summary: 'A new session with the messages up to one of them.',
    body: [sessionForkSchema],
    answer: sessionResponseSchema,
    errors: ['SESSION_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.sessionExport,
    summary: 'A session as a file.',
    answer: sessionExportSchema,
    errors: ['SESSION_NOT_FOUND'],
    query: [
      {
        name: 'format',
        summary: '"markdown" (default) or "json".',
      },
    ],
  },
];

const LLM_ROUTES: readonly RouteDescription[] = [
  {
    method: 'post',
    path: PATHS.chat,
    summary: 'Answer a conversation, stateless.',
    body: [chatRequestSchema],
    answer: chatResponseSchema,
    errors: ANSWER_ERRORS,
  },
  {
    method: 'post',
    path: PATHS.chatStream,
    summary: 'The same as a stream of frames (SSE).',
    body: [chatRequestSchema],
    ...STREAM,
    errors: ANSWER_ERRORS,
  },
  {
    method: 'post',
    path: PATHS.chatSession,
    summary: 'The next turn of a session.',
    body: [sessionChatRequestSchema],
    answer: chatResponseSchema,
    errors: SESSION_ANSWER_ERRORS,
  },
  {
    method: 'post',
    path: PATHS.chatSessionStream,
    summary: 'The same as a stream of frames (SSE).',
    body: [sessionChatRequestSchema],
    ...STREAM,
    errors: SESSION_ANSWER_ERRORS,
  },
  {
    method: 'get',
    path: PATHS.chatHistory,
    summary: 'The messages of a session.',
    answer: historyResponseSchema,
    errors: ['SESSION_NOT_FOUND'],
  },
  {
    method: 'post',
    path: PATHS.chatHistory,
    summary: 'Append messages that were made elsewhere.',
    body: [historyAppendSchema],
    answer: historyResponseSchema,
    errors: ['INVALID_REQUEST', 'SESSION_NOT_FOUND', 'SESSION_BUSY', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.chatHistoryByBody,
    summary: 'The messages of a session, by its id in the body.',
    body: [historyRequestSchema],
    answer: historyResponseSchema,
    errors: ['SESSION_NOT_FOUND'],
  },
  {
    method: 'delete',
    path: PATHS.chatSessionDelete,
    summary: 'Delete a session with its messages.',
    answer: okResponseSchema,
    errors: ['SESSION_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.chatStreams,
    summary: 'Resume or replay a stream: after Last-Event-ID, or from its start.',
    ...STREAM,
    errors: ['STREAM_NOT_FOUND'],
    query: [
      {
        name: 'realtime',
        summary: '1: at the pace at which it came.',
      },
    ],
  },
  {
    method: 'post',
    path: PATHS.chatStop,
    summary: 'Stop an answer; what had arrived stays.',
    answer: okResponseSchema,
    errors: ['STREAM_NOT_FOUND'],
  },
  {
    method: 'get',
    path: PATHS.llmHealth,
    summary: 'Whether the default endpoint answers.',
    answer: llmHealthResponseSchema,
    errors: ['NO_ENDPOINT', 'ENDPOINT_OFFLINE', 'ENDPOINT_LOADING'],
  },
];

export const CHAT_ROUTES: readonly RouteDescription[] = [
  ...ENDPOINT_ROUTES,
  ...PRESET_ROUTES,
  ...SESSION_ROUTES,
  ...LLM_ROUTES,
];
