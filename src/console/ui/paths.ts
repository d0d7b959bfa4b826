import { callPath, type QueryParts } from '../../model/call-path.ts';

/** The console's own pages: the router is made of them, and every link leads to one. */
export const PAGES = {
  duty: '/',
  points: '/points',
  point: '/points/{id}',
  pointThresholds: '/points/{id}/thresholds',
  card: '/points/{id}/card',
  alert: '/alerts/{id}',
  history: '/history',
  devices: '/devices',
  device: '/devices/{id}',
  site: '/site',
  firstSteps: '/first-steps',
  thresholds: '/thresholds',
  templates: '/templates',
  maintenance: '/maintenance',
  notify: '/notify',
  proposals: '/review',
  proposal: '/review/{id}',
  system: '/system',
  sources: '/sources',
  users: '/users',
  tokens: '/tokens',
  wall: '/wall',
} as const;

export type PageName = keyof typeof PAGES;

type Query = { readonly query?: QueryParts };
type Given<N extends PageName> = (typeof PAGES)[N] extends `${string}{id}${string}`
  ? [given: Query & { readonly id: string }]
  : [given?: Query];

/** Where a page is. */
export function pathTo<N extends PageName>(name: N, ...[given]: Given<N>): string {
  const { query, ...parts }: Query = given ?? {};
  return callPath(`GET ${PAGES[name]}`, parts, query).path;
}

/** The page as the router writes it. */
export function routeOf(name: PageName): string {
  return PAGES[name].replace('{id}', ':id');
}
