import { pathTo } from '../ui/paths.ts';

const NAME = 'token';

/** The address that opens the wallboard without anybody signing in. A fragment is sent to no server and stands in no log. */
export function wallAddress(origin: string, token: string): string {
  return `${origin}${pathTo('wall')}#${NAME}=${token}`;
}

/** The token in the page's address, which is taken out of the address bar and the browser's history at once. */
export function takeScreenToken(page: Location, history: History): string | null {
  const token = new URLSearchParams(page.hash.slice(1)).get(NAME);
  if (token === null) return null;
  history.replaceState(history.state, '', page.pathname + page.search);
  return token;
}
