/** The routes of the tunnels. */
import { PATHS } from './paths.ts';
import { okResponseSchema } from './process.ts';
import type { RouteDescription } from './route-description.ts';
import {
  tunnelChangeSchema,
  tunnelInputSchema,
  tunnelListResponseSchema,
  tunnelResponseSchema,
  tunnelSetupResponseSchema,
  tunnelTestResponseSchema,
} from './tunnel.ts';

const CHANGE = {
  path: PATHS.tunnel,
  body: [tunnelChangeSchema],
  answer: tunnelResponseSchema,
  errors: ['INVALID_REQUEST', 'TUNNEL_NOT_FOUND', 'TUNNEL_EXISTS', 'STORAGE_FAILED'],
} as const;
const OF_ONE = { answer: tunnelResponseSchema, errors: ['TUNNEL_NOT_FOUND'] } as const;

export const TUNNEL_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.tunnels,
    summary: 'All tunnels with their states.',
    answer: tunnelListResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.tunnels,
    summary: 'Make a tunnel and start it.',
    body: [tunnelInputSchema],
    answer: tunnelResponseSchema,
    errors: ['INVALID_REQUEST', 'TUNNEL_EXISTS', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.tunnelTest,
    summary: 'Connect once, keep nothing, and tell each step.',
    body: [tunnelInputSchema],
    answer: tunnelTestResponseSchema,
    errors: ['INVALID_REQUEST'],
  },
  { method: 'get', path: PATHS.tunnel, summary: 'One tunnel.', ...OF_ONE },
  {
    method: 'put',
    summary: 'Change fields of a tunnel; one that runs is connected anew where that is needed.',
    ...CHANGE,
  },
  { method: 'patch', summary: 'The same as PUT.', ...CHANGE },
  {
    method: 'delete',
    path: PATHS.tunnel,
    summary: 'Stop and forget a tunnel, its log and its endpoint.',
    answer: okResponseSchema,
    errors: ['TUNNEL_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.tunnelStart,
    summary: 'Start a tunnel; one that waits for its next try tries now.',
    ...OF_ONE,
  },
  {
    method: 'post',
    path: PATHS.tunnelStop,
    summary: 'Stop a tunnel; answers when its ssh is gone.',
    ...OF_ONE,
  },
  { method: 'post', path: PATHS.tunnelProbe, summary: 'Ask through the tunnel now.', ...OF_ONE },
  {
    method: 'get',
    path: PATHS.tunnelSetup,
    summary: 'Command, systemd unit, authorized_keys line and notes.',
    answer: tunnelSetupResponseSchema,
    errors: ['TUNNEL_NOT_FOUND'],
  },
  {
    method: 'post',
    path: PATHS.tunnelForgetHostKey,
    summary: 'Forget the known host key, and try again if the tunnel is wanted.',
    ...OF_ONE,
    errors: ['INVALID_REQUEST', 'TUNNEL_NOT_FOUND'],
  },
];
