import type { IncomingMessage } from 'node:http';

export interface PolicyOptions {
  /** Lets `<style>` elements with this nonce in: for the console's page, whose program puts it on those it makes. */
  readonly styleNonce?: string | undefined;
  /** Where map tiles come from when it is not this server: `https://tiles.example`. */
  readonly tileOrigin?: string | undefined;
}

/** Browsers before 2022 don't take `'self'` for a WebSocket of the same host. */
function ownWebSocket(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  return /^[\w.:[\]-]{1,255}$/.test(host) ? `ws://${host} wss://${host}` : "'self'";
}

/**
 * The Content-Security-Policy, as helmet takes it. Everything comes from the server's own origin: control rooms have no
 * internet, and no script of another origin has any business there. The one exception is an outside tile server that
 * the site's own setting names. Styles written into the page need the page's nonce; the map draws in workers made of
 * blobs.
 */
export function contentPolicy({ styleNonce, tileOrigin }: PolicyOptions) {
  const tiles = tileOrigin === undefined ? [] : [tileOrigin];
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", ...(styleNonce === undefined ? [] : [`'nonce-${styleNonce}'`])],
      imgSrc: ["'self'", 'data:', 'blob:', ...tiles],
      fontSrc: ["'self'", 'data:'],
      mediaSrc: ["'self'", 'data:', 'blob:'],
      connectSrc: ["'self'", ownWebSocket, ...tiles],
      workerSrc: ["'self'", 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'self'"],
    },
  };
}
