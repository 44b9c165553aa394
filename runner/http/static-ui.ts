/** Serves the built page. Where it was not built, says how to build it instead of showing nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';

const HINT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>LLM Server Manager</title>
<h1>The runner is up</h1><p>The page has not been built yet: run <code>npm run build:ui</code>, then reload. The REST API works: see <a href="docs">/docs</a>.</p></html>`;

export function staticUi(distDir: string): Router {
  const router = Router();
  router.get('/', (_req, res, next) => {
    if (existsSync(join(distDir, 'index.html'))) return next();
    res.type('html').send(HINT);
  });
  // File names of assets carry their hash; index.html names them and must be fresh.
  router.use(
    '/assets',
    express.static(join(distDir, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  router.use(
    express.static(distDir, {
      cacheControl: false,
      setHeaders: (res) => void res.setHeader('cache-control', 'no-cache'),
    }),
  );
  return router;
}
