import type { ReadSummary } from '../model/source.ts';
import type { Ingested } from '../wire/ingest.ts';
import type { App } from './http.ts';
import { whyView } from './rejection-view.ts';

/** What the routes share that take what devices and platforms send. */

/** A device on a poor line sends little by little; one that sends nothing for so long has gone. */
export const STALLED_AFTER_MS = 30_000;

/** Devices say all sorts of things about their content, or nothing; the payload is what it is. */
export function takeAnyBody(app: App): void {
  app.addHook('onRequest', async ({ headers }) => {
    delete headers['content-type'];
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** What is answered when it is on disk. */
export function ingestedOf({ readings, quarantined }: ReadSummary): Ingested {
  const refused = quarantined && { reason: quarantined.reason, ...whyView(quarantined.why) };
  return { readings, quarantined: refused };
}
