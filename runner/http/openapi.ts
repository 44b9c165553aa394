/** The OpenAPI document and the /docs page, both made from the contract's route table. */
import { z } from 'zod';
import { errorBodySchema, STATUS_BY_CODE } from '#contract/error-codes';
import type { RouteDescription } from '#contract/route-description';
import { ROUTES } from '#contract/routes';

type Json = Record<string, unknown>;

export function createOpenapi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'LLM Server Manager',
      version,
      description:
        'Launch, watch and stop local LLM servers. Errors: {ok: false, error: {code, message, details?}}.',
    },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'RUNNER_TOKEN, where one is set.' },
      },
    },
    security: [{}, { token: [] }],
    paths,
  };
}

function operation(route: RouteDescription): Json {
  const contentType = route.contentType ?? 'application/json';
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = (route.query ?? []).map(({ name, summary }) => ({
    name,
    in: 'query',
    description: summary,
    schema: { type: 'string' },
  }));
  return {
    summary: route.summary,
    parameters: [...inPath, ...inQuery],
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: bodySchema(route.body) } } } }),
    responses: {
      200: {
        description: 'OK',
        content: {
          [contentType]: { schema: route.answer === undefined ? {} : jsonSchema(route.answer, 'output') },
        },
      },
      ...errorResponses(route),
    },
  };
}

function errorResponses(route: RouteDescription): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of route.errors ?? [])
    byStatus.set(STATUS_BY_CODE[code], [...(byStatus.get(STATUS_BY_CODE[code]) ?? []), code]);
  const schema = jsonSchema(errorBodySchema, 'output');
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.join(', '), content: { 'application/json': { schema } } },
    ]),
  );
}

function bodySchema(bodies: readonly z.ZodType[]): Json {
  const schemas = bodies.map((body) => jsonSchema(body, 'input'));
  return schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** A plain page, no script: the strict content security policy holds for it, too. */
export function createDocsPage(version: string): string {
  const rows = ROUTES.map(
    (route) =>
      `<tr><td><b>${route.method.toUpperCase()}</b></td><td><code>${route.path}</code></td><td>${escapeHtml(route.summary)}${
        route.query === undefined
          ? ''
          : `<br><small>${route.query.map(({ name, summary }) => `<code>?${name}</code> ${escapeHtml(summary)}`).join(' ')}</small>`
      }</td><td><small>${(route.errors ?? []).join(', ')}</small></td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>LLM Server Manager: REST</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:24px auto;max-width:1100px;padding:0 16px}table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}td,th{border-top:1px solid #8884;padding:8px 10px;text-align:left;vertical-align:top}code{font-size:13px}@media(max-width:700px){h1{font-size:24px}table,tbody{display:block}thead{display:none}tr{display:grid;grid-template-columns:auto 1fr;border-top:1px solid #8884;padding:8px 0}td{border:0;padding:2px 8px}td:nth-child(n+3){grid-column:1/-1}td:empty,td:has(small:empty){display:none}}</style>
<h1>LLM Server Manager ${escapeHtml(version)}</h1><p>Machine-readable: <a href="openapi.json">openapi.json</a>. Every error is <code>{"ok": false, "error": {"code", "message", "details"?}}</code>. The OpenAI-compatible gateway is under <code>/v1</code>: models, chat/completions, completions, embeddings and what llama-server adds.</p>
<table><thead><tr><th>Method</th><th>Path</th><th>Does</th><th>Errors</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
