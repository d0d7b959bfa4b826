import { nativeRoutes } from '../../src/decode/routes.ts';
import type { Route } from '../../src/model/route.ts';

/** The routes of a server whose devices' clocks may be a minute ahead. */
export const routeOf = nativeRoutes({ futureMaxMs: 60_000 });

/** The route of `telemetry/{device}`. */
export const NATIVE: Route = nativeRoute();

function nativeRoute(): Route {
  const route = routeOf('telemetry/d');
  if (route === undefined) throw new Error('there is no route for telemetry');
  return route;
}
