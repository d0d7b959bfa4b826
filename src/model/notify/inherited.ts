import type { Route } from './setup.ts';

/** What of a route is said by those above it where it says nothing itself. */
export type Inherited = Pick<Route, 'to' | 'by' | 'ladder' | 'group' | 'repeat' | 'quiet'>;

/** A route with what it takes over from the one above it, which has taken over from those above itself. */
export function inherited(route: Route, above: Inherited | null): Route & Inherited {
  if (above === null) return route;
  return {
    ...route,
    to: route.to.length > 0 ? route.to : above.to,
    by: route.by ?? above.by,
    ladder: route.ladder ?? above.ladder,
    group: route.group ?? above.group,
    repeat: route.repeat ?? above.repeat,
    quiet: route.quiet ?? above.quiet,
  };
}
