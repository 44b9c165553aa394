/** The closed list of error codes on the wire, and the one table that gives each its HTTP status. */
import { z } from 'zod';

export const STATUS_BY_CODE = {
  BAD_JSON: 400,
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN_HOST: 403,
  FORBIDDEN_ORIGIN: 403,
  COMMAND_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  PROCESS_NOT_FOUND: 404,
  PROFILE_NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  PRESET_NOT_FOUND: 404,
  SESSION_NOT_FOUND: 404,
  MESSAGE_NOT_FOUND: 404,
  STREAM_NOT_FOUND: 404,
  GATEWAY_KEY_NOT_FOUND: 404,
  GATEWAY_ROUTE_NOT_FOUND: 404,
  TUNNEL_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  ALREADY_RUNNING: 409,
  STILL_RUNNING: 409,
  PORT_TAKEN: 409,
  LAUNCH_CANCELLED: 409,
  PROFILE_EXISTS: 409,
  ENDPOINT_EXISTS: 409,
  ENDPOINT_IN_USE: 409,
  PRESET_EXISTS: 409,
  PRESET_READ_ONLY: 409,
  SESSION_EXISTS: 409,
  SESSION_BUSY: 409,
  GATEWAY_KEY_READ_ONLY: 409,
  GATEWAY_KEY_ACTIVE: 409,
  TUNNEL_EXISTS: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  COMMAND_NOT_FOUND: 422,
  COMMAND_NOT_EXECUTABLE: 422,
  CWD_NOT_FOUND: 422,
  MODEL_NOT_FOUND: 422,
  SCRIPT_NOT_FOUND: 422,
  SCRIPT_UNSUPPORTED: 422,
  SERVER_NOT_INSTALLED: 422,
  SPAWN_FAILED: 422,
  CONTEXT_EXCEEDED: 422,
  IMAGE_NOT_SUPPORTED: 422,
  INTERNAL: 500,
  UPSTREAM_REFUSED: 502,
  UPSTREAM_BAD_ANSWER: 502,
  UPSTREAM_UNAUTHORIZED: 502,
  UPSTREAM_CUT: 502,
  SHUTTING_DOWN: 503,
  NO_ENDPOINT: 503,
  ENDPOINT_OFFLINE: 503,
  ENDPOINT_LOADING: 503,
  UPSTREAM_TIMEOUT: 504,
  STORAGE_FAILED: 507,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

export const errorCodeSchema = z.enum(Object.keys(STATUS_BY_CODE) as [ErrorCode, ...ErrorCode[]]);

/** Body of every failed request. `message` says what happened and what to do next; `details` lists faulty fields, or what a code names. */
export const errorBodySchema = z.object({
  ok: z.literal(false),
  error: z.object({ code: errorCodeSchema, message: z.string(), details: z.unknown().optional() }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
