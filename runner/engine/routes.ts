/** Every URL of the embedded engine on one screen. */
import type { Route } from './call.ts';
import { chatRoute } from './chat-route.ts';
import { completionRoute } from './completion-route.ts';
import { embeddingRoute } from './embedding-route.ts';
import { modelsRoute, propsRoute, slotsRoute } from './info-routes.ts';
import { applyTemplateRoute, detokenizeRoute, tokenizeRoute } from './token-routes.ts';

/** Answered without a key and before the model is loaded. */
export const healthPaths: readonly string[] = ['/health', '/v1/health'];

export const routes: Readonly<Record<string, Route>> = {
  'GET /models': modelsRoute,
  'GET /v1/models': modelsRoute,
  'GET /props': propsRoute,
  'GET /slots': slotsRoute,
  'POST /tokenize': tokenizeRoute,
  'POST /detokenize': detokenizeRoute,
  'POST /apply-template': applyTemplateRoute,
  'POST /chat/completions': chatRoute,
  'POST /v1/chat/completions': chatRoute,
  'POST /v1/completions': completionRoute,
  'POST /v1/embeddings': embeddingRoute,
};
