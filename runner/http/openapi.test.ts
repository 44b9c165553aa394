import { Router } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PATHS } from '#contract/paths';
import { ROUTES } from '#contract/routes';
import { createTestApp } from '../testing/create-test-app.ts';

/** Express keeps the routes of an app to itself, but every one of them is made by `route()`. */
async function registeredRoutes(): Promise<string[]> {
  const made = vi.spyOn(Router.prototype as Pick<Router, 'route'>, 'route');
  onTestFinished(() => made.mockRestore());
  await createTestApp();
  const routes = made.mock.results.map(
    ({ value }) => value as { path: string; methods: Record<string, boolean> },
  );
  return routes.flatMap(({ path, methods }) => Object.keys(methods).map((method) => `${method} ${path}`));
}

describe('the description of the REST API', () => {
  it('has every route that is served, and no other', async () => {
    const served = new Set(await registeredRoutes());
    served.delete('get /');
    // The OpenAI API describes these.
    for (const route of served) if (route.includes(' /v1/')) served.delete(route);
    expect(served.size).toBeGreaterThan(10);
    expect([...served].toSorted()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
    expect([...new Set(ROUTES.map(({ path }) => path))].toSorted()).toEqual(Object.values(PATHS).toSorted());
  });

  it('is OpenAPI as JSON, with the parameters of each path and the errors by status', async () => {
    const app = await createTestApp();
    const { status, headers, body } = await app.get('/openapi.json');
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
    });
    expect(body['openapi']).toMatch(/^3\.1/);
    const paths = body['paths'] as Record<
      string,
      Record<
        string,
        { parameters: { name: string; in: string }[]; responses: Record<string, { description: string }> }
      >
    >;
    expect(Object.keys(paths).length).toBe(Object.values(PATHS).length);
    for (const [path, operations] of Object.entries(paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const { parameters } of Object.values(operations)) {
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(
          inPath,
        );
      }
      expect(path).not.toContain(':');
    }
    expect(paths['/api/runner/stop/{id}']?.['post']?.responses['404']?.description).toContain(
      'PROCESS_NOT_FOUND',
    );
    expect(JSON.stringify(body)).not.toContain('$schema');
  });

  it('is a page without any script, which names every path', async () => {
    const app = await createTestApp();
    const { status, headers, body } = await app.get('/docs');
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
    });
    const html = String(body['text']);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=/i);
    for (const path of Object.values(PATHS)) expect(html).toContain(path);
  });
});
