/** The address of the running program, which carries a hash of its content; null on a development server. */
function ownProgram(): string | null {
  const address = document.querySelector('script[type=module][src]')?.getAttribute('src') ?? null;
  return address?.includes('/assets/') ? address : null;
}

/** Whether the server has another console than the one that runs here; false while it does not answer. */
export async function hasNewConsole(): Promise<boolean> {
  const own = ownProgram();
  if (own === null) return false;
  try {
    const response = await fetch('/index.html', { cache: 'no-cache' });
    if (!response.ok) return false;
    const theirs = /<script[^>]+src="([^"]+)"/.exec(await response.text())?.[1];
    return theirs !== undefined && theirs !== own;
  } catch {
    return false;
  }
}
