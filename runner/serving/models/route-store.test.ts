import { describe, expect, it, vi } from 'vitest';
import type { GatewayRoute } from '#contract/gateway';
import { gatewayRouteSchema } from '#contract/gateway';
import { openTestStore } from '../../gateway/keys/key-testing.ts';
import type { TestStore } from '../../gateway/keys/key-testing.ts';
import { findFallbackCycle } from './route-cycle.ts';
import { RouteStore } from './route-store.ts';

function startRoutes({ store, faults }: TestStore = openTestStore()): RouteStore {
  const routes = new RouteStore({ store, onFault: (error) => faults.push(error) });
  routes.start();
  return routes;
}

const to = (model: string, ...fallback: string[]): GatewayRoute =>
  gatewayRouteSchema.parse({ model, targets: [{ endpointId: 'e1' }], fallback });
const invalid = (path: string, message: RegExp): unknown =>
  expect.objectContaining({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(message),
    details: [expect.objectContaining({ path })],
  });

describe('routes', () => {
  it('are put, listed by name, found, replaced and removed, over restarts, with news of each', () => {
    const test = openTestStore();
    const routes = startRoutes(test);
    const changed = vi.fn();
    routes.changed.subscribe(changed);
    const org = gatewayRouteSchema.parse({
      model: 'org/small',
      targets: [{ endpointId: 'e1', model: 'qwen', weight: 2.5, priority: 1 }, { endpointId: 'e2' }],
    });
    expect(routes.put(to('small'))).toEqual(to('small'));
    routes.put(org);
    expect(routes.list()).toEqual([org, to('small')]);
    expect(routes.put(to('small', 'tiny'))).toEqual(to('small', 'tiny'));
    const again = startRoutes(openTestStore(test.dir));
    expect(again.list()).toEqual([org, to('small', 'tiny')]);
    expect(again.find('org/small')).toEqual(org);
    expect(again.find('Small')).toBeNull();
    routes.remove('small');
    expect(startRoutes(openTestStore(test.dir)).list()).toEqual([org]);
    expect(changed.mock.calls.flat()).toEqual(['small', 'org/small', 'small', 'small']);
    expect(() => routes.remove('small')).toThrow(
      expect.objectContaining({ code: 'GATEWAY_ROUTE_NOT_FOUND' }),
    );
  });

  it('must lead somewhere: to an endpoint, or to another name', () => {
    const routes = startRoutes();
    expect(() => routes.put({ model: 'a', targets: [], fallback: [] })).toThrow(
      invalid('targets', /endpoint/),
    );
    expect(routes.put({ model: 'a', targets: [], fallback: ['b'] }).model).toBe('a');
    expect(routes.list()).toHaveLength(1);
  });

  it('may not fall back in a circle, and the answer names it', () => {
    const routes = startRoutes();
    expect(() => routes.put(to('a', 'a'))).toThrow(invalid('fallback', /a → a/));
    routes.put(to('a', 'x', 'b'));
    routes.put(to('b', 'c'));
    expect(() => routes.put(to('c', 'y', 'a'))).toThrow(invalid('fallback', /c → a → b → c/));
    expect(routes.find('c')).toBeNull();
    routes.put(to('c', 'y'));
    routes.put(to('a', 'x'));
    routes.put(to('c', 'a'));
  });

  it('are as they were when the store cannot be written, and one that cannot be read is left out', () => {
    const test = openTestStore();
    const routes = startRoutes(test);
    routes.put(to('a'));
    test.store.exec('PRAGMA query_only = ON');
    const failed = expect.objectContaining({ code: 'STORAGE_FAILED' }) as unknown;
    expect(() => routes.put(to('a', 'b'))).toThrow(failed);
    expect(() => routes.remove('a')).toThrow(failed);
    expect(routes.list()).toEqual([to('a')]);
    test.store.exec(`PRAGMA query_only = OFF; INSERT INTO gateway_routes VALUES ('b', 'no JSON')`);
    const again = openTestStore(test.dir);
    expect(startRoutes(again).list()).toEqual([to('a')]);
    expect(again.faults).toHaveLength(1);
  });
});

it('a diamond of fallbacks is no circle, and a wide one is searched once', () => {
  const graph: Record<string, string[]> = { b: ['d'], c: ['d'], d: [] };
  expect(findFallbackCycle({ model: 'a', fallback: ['b', 'c'] }, (model) => graph[model] ?? [])).toBeNull();
  const layers = (model: string): string[] =>
    Number(model) >= 60 ? [] : [`${Number(model) + 1}`, `${Number(model) + 1}.0`];
  expect(findFallbackCycle({ model: 'a', fallback: ['0'] }, layers)).toBeNull();
});
