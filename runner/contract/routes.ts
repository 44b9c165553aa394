/** Every route with its schemas and errors: what /openapi.json and /docs are made from. */
import { CHAT_ROUTES } from './chat-routes.ts';
import { GATEWAY_ROUTES } from './gateway-routes.ts';
import { launchContextResponseSchema, launchTargetSchema, previewResponseSchema } from './launch-form.ts';
import { logPageResponseSchema } from './log.ts';
import { MQTT_ROUTES } from './mqtt-routes.ts';
import { PATHS } from './paths.ts';
import {
  launchCommandRequestSchema,
  launchRecipeRequestSchema,
  launchResponseSchema,
  okResponseSchema,
  processListResponseSchema,
  processResponseSchema,
  startScriptRequestSchema,
  stopRequestSchema,
  stopResponseSchema,
} from './process.ts';
import {
  profileChangeSchema,
  profileExportSchema,
  profileInputSchema,
  profileListResponseSchema,
  profileResponseSchema,
} from './profile.ts';
import type { RouteDescription } from './route-description.ts';
import { TUNNEL_ROUTES } from './tunnel-routes.ts';
import {
  healthResponseSchema,
  modelListResponseSchema,
  systemResponseSchema,
  ticketResponseSchema,
} from './system.ts';

const LAUNCH_ERRORS = [
  'INVALID_REQUEST',
  'COMMAND_NOT_ALLOWED',
  'ALREADY_RUNNING',
  'PORT_TAKEN',
  'LAUNCH_CANCELLED',
  'COMMAND_NOT_FOUND',
  'COMMAND_NOT_EXECUTABLE',
  'CWD_NOT_FOUND',
  'MODEL_NOT_FOUND',
  'SCRIPT_NOT_FOUND',
  'SCRIPT_UNSUPPORTED',
  'SERVER_NOT_INSTALLED',
  'SPAWN_FAILED',
  'SHUTTING_DOWN',
  'STORAGE_FAILED',
] as const;

const TAIL = { name: 'tail', summary: 'Begin with the last N lines (default 200).' };

export const ROUTES: readonly RouteDescription[] = [
  { method: 'get', path: PATHS.health, summary: 'Whether the runner is up.', answer: healthResponseSchema },
  {
    method: 'post',
    path: PATHS.launch,
    summary: 'Launch a command, or a recipe with its form, under an id.',
    body: [launchCommandRequestSchema, launchRecipeRequestSchema],
    answer: launchResponseSchema,
    errors: LAUNCH_ERRORS,
  },
  {
    method: 'post',
    path: PATHS.startScript,
    summary: 'Start a .bat or .cmd (Windows), .sh (POSIX) or .ps1 (PowerShell) script.',
    body: [startScriptRequestSchema],
    answer: launchResponseSchema,
    errors: LAUNCH_ERRORS,
  },
  {
    method: 'post',
    path: PATHS.stop,
    summary: 'Stop a process and everything it started; answers when all are gone.',
    body: [stopRequestSchema],
    answer: stopResponseSchema,
    errors: ['PROCESS_NOT_FOUND'],
  },
  {
    method: 'post',
    path: PATHS.restart,
    summary: 'Stop if running, then launch the same again.',
    body: [stopRequestSchema],
    answer: launchResponseSchema,
    errors: ['PROCESS_NOT_FOUND', ...LAUNCH_ERRORS],
  },
  { method: 'get', path: PATHS.processes, summary: 'All processes.', answer: processListResponseSchema },
  {
    method: 'get',
    path: PATHS.process,
    summary: 'One process and its launch target.',
    answer: processResponseSchema,
    errors: ['PROCESS_NOT_FOUND'],
  },
  {
    method: 'delete',
    path: PATHS.process,
    summary: 'Forget an ended process and delete its log.',
    answer: okResponseSchema,
    errors: ['PROCESS_NOT_FOUND', 'STILL_RUNNING'],
  },
  {
    method: 'get',
    path: PATHS.streamAll,
    summary:
      'Live events of all processes (SSE): processes, state, removed, usage, lines. Resume with Last-Event-ID.',
    query: [
      TAIL,
      { name: 'from', summary: 'Cursor of an earlier stream.' },
      { name: 'ids', summary: 'Only these, comma-separated.' },
    ],
    contentType: 'text/event-stream',
  },
  {
    method: 'get',
    path: PATHS.stream,
    summary: 'Live log of one process (SSE): lines, run, gap, state. Resume with Last-Event-ID.',
    query: [TAIL, { name: 'from', summary: 'Byte offset to begin at.' }],
    contentType: 'text/event-stream',
    errors: ['PROCESS_NOT_FOUND'],
  },
  {
    method: 'get',
    path: PATHS.logs,
    summary: 'A page of a log as JSON, or the log as text (Range in bytes).',
    query: [
      { name: 'from', summary: 'Byte offset to begin at.' },
      { name: 'before', summary: 'End before this byte offset.' },
      { name: 'tail', summary: 'The last N lines.' },
      { name: 'limit', summary: 'At most this many entries (default 1000).' },
      { name: 'format', summary: '"json" (default) or "text".' },
      { name: 'download', summary: 'With format=text: as an attachment.' },
    ],
    answer: logPageResponseSchema,
    errors: ['PROCESS_NOT_FOUND', 'RANGE_NOT_SATISFIABLE'],
  },
  {
    method: 'post',
    path: PATHS.ticket,
    summary: 'A one-use ticket for a stream or download, where a token is set.',
    answer: ticketResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.preview,
    summary: 'The command that a form becomes, quoted for each shell.',
    body: [launchTargetSchema],
    answer: previewResponseSchema,
    errors: ['INVALID_REQUEST', 'SCRIPT_UNSUPPORTED', 'SERVER_NOT_INSTALLED'],
  },
  {
    method: 'get',
    path: PATHS.launchContext,
    summary: 'What a recipe must know of this machine.',
    answer: launchContextResponseSchema,
  },
  {
    method: 'get',
    path: PATHS.hardwarePresets,
    summary: 'Values for high-end, mid-range and low-end machines.',
  },
  { method: 'get', path: PATHS.profiles, summary: 'Saved launch forms.', answer: profileListResponseSchema },
  {
    method: 'post',
    path: PATHS.profiles,
    summary: 'Save a launch form.',
    body: [profileInputSchema],
    answer: profileResponseSchema,
    errors: ['PROFILE_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.profilesExport,
    summary: 'All profiles without their secrets.',
    answer: profileExportSchema,
  },
  {
    method: 'post',
    path: PATHS.profilesImport,
    summary: 'Add the profiles of an export: all or none.',
    body: [profileExportSchema],
    answer: profileListResponseSchema,
    errors: ['INVALID_REQUEST', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.profile,
    summary: 'One profile.',
    answer: profileResponseSchema,
    errors: ['PROFILE_NOT_FOUND'],
  },
  {
    method: 'put',
    path: PATHS.profile,
    summary: 'Change fields of a profile.',
    body: [profileChangeSchema],
    answer: profileResponseSchema,
    errors: ['PROFILE_NOT_FOUND', 'PROFILE_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'patch',
    path: PATHS.profile,
    summary: 'The same as PUT.',
    body: [profileChangeSchema],
    answer: profileResponseSchema,
    errors: ['PROFILE_NOT_FOUND', 'PROFILE_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'delete',
    path: PATHS.profile,
    summary: 'Delete a profile.',
    answer: okResponseSchema,
    errors: ['PROFILE_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.profileDuplicate,
    summary: 'Copy a profile under a new name.',
    answer: profileResponseSchema,
    errors: ['PROFILE_NOT_FOUND', 'STORAGE_FAILED'],
  },
  ...CHAT_ROUTES,
  ...GATEWAY_ROUTES,
  ...TUNNEL_ROUTES,
  ...MQTT_ROUTES,
  {
    method: 'get',
    path: PATHS.models,
    summary: 'GGUF files under the configured folders.',
    answer: modelListResponseSchema,
  },
  {
    method: 'get',
    path: PATHS.system,
    summary: 'Machine, GPUs, found llama-server, faults met at start.',
    answer: systemResponseSchema,
  },
  { method: 'get', path: PATHS.metrics, summary: 'Prometheus metrics.', contentType: 'text/plain' },
  {
    method: 'get',
    path: PATHS.openapi,
    summary: 'This description as OpenAPI 3.1.',
    contentType: 'application/json',
  },
  { method: 'get', path: PATHS.docs, summary: 'This description as a page.', contentType: 'text/html' },
];
