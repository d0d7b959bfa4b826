import { hasNewConsole } from './version.ts';

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 10_000;

/**
 * Loads a piece of the console, however long it takes: a server that restarts must not break a page that happens to
 * need its next piece just then. When the server has come back with another console the old pieces are gone for good,
 * and the page takes the new one.
 */
export function patiently<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        return await load();
      } catch {
        if (await hasNewConsole()) location.reload();
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  };
}
