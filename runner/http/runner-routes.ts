/** The runner about itself: health, tickets, metrics, OpenAPI. */
import { Router } from 'express';
import type { Registry } from 'prom-client';
import { PATHS } from '#contract/paths';
import type { Supervisor } from '../running/processes/supervisor.ts';
import { Tickets } from './guard.ts';
import { createDocsPage, createOpenapi } from './openapi.ts';

export interface RunnerRouteParts {
  supervisor: Supervisor;
  tickets: Tickets;
  metrics: Registry;
  version: string;
}

export function runnerRoutes({ supervisor, tickets, metrics, version }: RunnerRouteParts): Router {
  const router = Router();

  /** `{ok, timestamp (ISO 8601), runningProcesses, version, uptime (s)}`. */
  router.get(PATHS.health, (_req, res) => {
    const timestamp = new Date().toISOString();
    res.json({
      ok: true,
      timestamp,
      runningProcesses: supervisor.runningCount,
      version,
      uptime: process.uptime(),
    });
  });

  /** `{ok, ticket, expiresInMs}`: good once, as `?ticket=`. */
  router.post(PATHS.ticket, (_req, res) => {
    res.json({ ok: true, ticket: tickets.issue(), expiresInMs: Tickets.lifetimeMs });
  });

  router.get(PATHS.metrics, async (_req, res) => {
    res.set('content-type', metrics.contentType).send(await metrics.metrics());
  });

  router.get(PATHS.openapi, (_req, res) => void res.json(createOpenapi(version)));
  router.get(PATHS.docs, (_req, res) => void res.type('html').send(createDocsPage(version)));
  return router;
}
