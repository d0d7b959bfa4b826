import type { Route } from '../../../model/notify/setup.ts';
import type { ProblemPath } from '../../../model/problem.ts';

/** Changes to a tree of routes; each gives a new one. */

/** Where a route stands; undefined when it is nowhere. */
export function pathOfRoute(routes: readonly Route[], id: string, above: ProblemPath = []): ProblemPath | undefined {
  for (const [at, route] of routes.entries()) {
    const here = [...above, 'routes', at];
    const found = route.id === id ? here : pathOfRoute(route.routes, id, here);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function routeIds(routes: readonly Route[]): string[] {
  return routes.flatMap(({ id, routes: below }) => [id, ...routeIds(below)]);
}

export function routeOf(routes: readonly Route[], id: string): Route | undefined {
  return routes.find((one) => one.id === id) ?? routes.map(({ routes: below }) => routeOf(below, id)).find(Boolean);
}

/** With one list of the tree changed: that in which a route stands. */
function withSiblings(routes: readonly Route[], id: string, change: (list: Route[]) => Route[]): Route[] {
  if (routes.some((one) => one.id === id)) return change([...routes]);
  return routes.map((one) => ({ ...one, routes: withSiblings(one.routes, id, change) }));
}

export function withRoute(routes: readonly Route[], route: Route): Route[] {
  return withSiblings(routes, route.id, (list) => list.map((one) => (one.id === route.id ? route : one)));
}

/** Without a route and those below it. */
export function withoutRoute(routes: readonly Route[], id: string): Route[] {
  return withSiblings(routes, id, (list) => list.filter((one) => one.id !== id));
}

/** With a route behind the others below one; at the end of all where there is none of that id. */
export function addedRoute(routes: readonly Route[], below: string | null, route: Route): Route[] {
  const parent = below === null ? undefined : routeOf(routes, below);
  if (parent === undefined) return [...routes, route];
  return withRoute(routes, { ...parent, routes: [...parent.routes, route] });
}

/** With a route asked one sooner (-1) or later (1) among those beside it. */
export function movedRoute(routes: readonly Route[], id: string, by: -1 | 1): Route[] {
  return withSiblings(routes, id, (list) => {
    const at = list.findIndex((one) => one.id === id);
    const to = at + by;
    const [route] = list.slice(at, at + 1);
    if (route === undefined || to < 0 || to >= list.length) return list;
    return list.toSpliced(at, 1).toSpliced(to, 0, route);
  });
}
