/** What is put into the holes of a path. */
export type PathParts = Readonly<Record<string, string | number>>;

/** What is asked of a call; what is undefined or null is left out. */
export type QueryParts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** How a call of the table is made: `GET /points/{id}` with an id and a query. */
export interface CallPath {
  readonly method: string;
  /** Below `/api/v1`, with its query. */
  readonly path: string;
}

/** The one place where ids become a part of an address, for the console and the command line. */
export function callPath(name: string, parts: PathParts = {}, query: QueryParts = {}): CallPath {
  const [method = '', template = ''] = name.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_hole, part: string) => encodeURIComponent(parts[part] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(key, String(value));
  }
  return { method, path: search.size === 0 ? path : `${path}?${search}` };
}
