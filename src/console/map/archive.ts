import { addProtocol } from 'maplibre-gl';
import { ARCHIVE_SCHEME } from './tiles.ts';

let ready: Promise<void> | undefined;

/** Teaches MapLibre to read PMTiles archives by ranges; the code for it is fetched only by sites that have one. */
export function readArchives(): Promise<void> {
  ready ??= import('pmtiles').then(({ Protocol }) => {
    addProtocol(ARCHIVE_SCHEME, new Protocol().tile);
  });
  return ready;
}
