/** How the route tables describe a route. */
import type { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';

export interface RouteDescription {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  summary: string;
  /** Request body; several: any of them. */
  body?: readonly z.ZodType[];
  query?: readonly { name: string; summary: string }[];
  /** Answer of 200, JSON unless `contentType` says otherwise. */
  answer?: z.ZodType;
  contentType?: string;
  errors?: readonly ErrorCode[];
}
