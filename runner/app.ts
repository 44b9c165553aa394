/** The HTTP application: order of middleware and routers. Never listens, builds no parts. */
import cors from 'cors';
import express from 'express';
import type { Express, Router } from 'express';
import helmet from 'helmet';
import type { Logger } from './base/logger.ts';
import { errorHandler, notFound } from './http/error-handler.ts';
import { guardContentType, guardHost, guardOrigin, guardToken } from './http/guard.ts';
import type { Tickets } from './http/guard.ts';
import { V1_HEADERS } from './http/v1-routes.ts';

export interface AppParts {
  logger: Logger;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  token: string | null;
  apiKeys: readonly string[];
  tickets: Tickets;
  /** Open to whoever passes Host and Origin: the page must load before it can send a token. */
  page: Router;
  /** `/v1`: has keys of its own, and takes bodies as bytes. */
  v1: Router;
  /** Behind the token. */
  routers: readonly Router[];
}

const BODY_LIMIT = '1mb';
/** Conversations carry images, an import a thousand presets. */
const CHAT_BODY_LIMIT = '32mb';

export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(securityHeaders());
  app.use(guardHost(parts.allowedHosts));
  app.use(guardOrigin(parts.allowedOrigins));
  app.use(
    cors({
      origin: [...parts.allowedOrigins],
      exposedHeaders: ['content-range', ...V1_HEADERS],
      maxAge: 600,
    }),
  );
  app.use(parts.page);
  app.use(parts.v1);
  app.use(guardToken(parts));
  app.use(guardContentType);
  app.use(['/api/llm', '/api/presets/import'], express.json({ limit: CHAT_BODY_LIMIT, strict: false }));
  app.use(express.json({ limit: BODY_LIMIT, strict: false }));
  for (const router of parts.routers) app.use(router);
  app.use(notFound);
  app.use(errorHandler(parts.logger));
  return app;
}

/** Mantine sets inline styles; scripts come from us alone. HSTS would outlive a switch of ports on localhost. */
function securityHeaders() {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
  });
}
