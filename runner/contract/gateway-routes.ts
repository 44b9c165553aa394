/** The routes of the gateway's own REST. `/v1` itself is described by the OpenAI API. */
import {
  gatewayKeyChangeSchema,
  gatewayKeyCreatedResponseSchema,
  gatewayKeyInputSchema,
  gatewayKeyListResponseSchema,
  gatewayKeyResponseSchema,
  gatewayLiveResponseSchema,
  gatewayModelsResponseSchema,
  gatewayRouteListResponseSchema,
  gatewayRouteResponseSchema,
  gatewayRouteSchema,
  gatewayUsageResponseSchema,
} from './gateway.ts';
import { PATHS } from './paths.ts';
import { okResponseSchema } from './process.ts';
import type { RouteDescription } from './route-description.ts';

export const GATEWAY_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.gatewayKeys,
    summary: 'API keys of the gateway, without their secrets.',
    answer: gatewayKeyListResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.gatewayKeys,
    summary: 'Make an API key; its secret is told this once.',
    body: [gatewayKeyInputSchema],
    answer: gatewayKeyCreatedResponseSchema,
    errors: ['INVALID_REQUEST', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.gatewayKey,
    summary: 'One API key.',
    answer: gatewayKeyResponseSchema,
    errors: ['GATEWAY_KEY_NOT_FOUND'],
  },
  {
    method: 'patch',
    path: PATHS.gatewayKey,
    summary: 'Change name, scopes, limits or expiry of a key.',
    body: [gatewayKeyChangeSchema],
    answer: gatewayKeyResponseSchema,
    errors: ['INVALID_REQUEST', 'GATEWAY_KEY_NOT_FOUND', 'GATEWAY_KEY_READ_ONLY', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.gatewayKeyRevoke,
    summary: 'Revoke a key, at once and for good.',
    answer: gatewayKeyResponseSchema,
    errors: ['GATEWAY_KEY_NOT_FOUND', 'GATEWAY_KEY_READ_ONLY', 'STORAGE_FAILED'],
  },
  {
    method: 'delete',
    path: PATHS.gatewayKey,
    summary: 'Forget a revoked key.',
    answer: okResponseSchema,
    errors: ['GATEWAY_KEY_NOT_FOUND', 'GATEWAY_KEY_READ_ONLY', 'GATEWAY_KEY_ACTIVE', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.gatewayRoutes,
    summary: 'Model names of the gateway and where they lead.',
    answer: gatewayRouteListResponseSchema,
  },
  {
    method: 'put',
    path: PATHS.gatewayRoutes,
    summary: 'Set where a model name leads.',
    body: [gatewayRouteSchema],
    answer: gatewayRouteResponseSchema,
    errors: ['INVALID_REQUEST', 'STORAGE_FAILED'],
  },
  {
    method: 'delete',
    path: PATHS.gatewayRoute,
    summary: 'Remove a model name; the id is the name, URL-encoded.',
    answer: okResponseSchema,
    errors: ['GATEWAY_ROUTE_NOT_FOUND', 'STORAGE_FAILED'],
  },
  {
    method: 'get',
    path: PATHS.gatewayModels,
    summary: 'Saved profiles that requests launch, and their memory.',
    answer: gatewayModelsResponseSchema,
  },
  {
    method: 'get',
    path: PATHS.gatewayUsage,
    summary: 'Requests and tokens per key and model over time.',
    answer: gatewayUsageResponseSchema,
    query: [
      {
        name: 'hours',
        summary: 'How far back (default 24).',
      },
      {
        name: 'step',
        summary: 'Minutes per sum (default 60).',
      },
    ],
  },
  {
    method: 'get',
    path: PATHS.gatewayLive,
    summary: 'Requests that are waiting or being answered.',
    answer: gatewayLiveResponseSchema,
  },
  {
    method: 'post',
    path: PATHS.gatewayLiveCancel,
    summary: 'Cancel a live request.',
    answer: okResponseSchema,
    errors: ['NOT_FOUND'],
  },
];
