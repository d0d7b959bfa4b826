import type { CalendarText } from '../calendar.ts';
import type { NotifySetup, Route } from './setup.ts';

/**
 * A setup with the zone of the site wherever it leaves the zone open: turns, quiet hours, and the times of day of routes. Who is
 * told goes by what comes of it; what is kept, shown and exported stays as people wrote it.
 */
export function withSiteZone<T extends Pick<NotifySetup, 'rotas' | 'routes'>>(setup: T, timezone: string): T {
  return {
    ...setup,
    rotas: setup.rotas.map((rota) => ({ ...rota, timezone: rota.timezone ?? timezone })),
    routes: setup.routes.map((route) => routeIn(route, timezone)),
  };
}

function routeIn(route: Route, timezone: string): Route {
  const zoned = (calendar: CalendarText): CalendarText => ({ ...calendar, timezone: calendar.timezone ?? timezone });
  const { match, quiet } = route;
  return {
    ...route,
    match: match.when === undefined ? match : { ...match, when: zoned(match.when) },
    ...(quiet === undefined ? {} : { quiet: zoned(quiet) }),
    routes: route.routes.map((below) => routeIn(below, timezone)),
  };
}
