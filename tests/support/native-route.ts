import { createRouteTable } from '../../src/decode/routes.ts';
import type { DeviceRoute, RouteOf } from '../../src/model/route.ts';

/** The routes of a server whose devices' clocks may be a minute ahead, and whose profiles say nothing of topics. */
export const routeOf: RouteOf = createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [], version: () => 0 });

/** The route of `telemetry/{device}`. */
export const NATIVE: DeviceRoute = nativeRoute();

function nativeRoute(): DeviceRoute {
  const route = routeOf('telemetry/d');
  if (route?.kind !== 'device') throw new Error('there is no route for telemetry');
  return route;
}
