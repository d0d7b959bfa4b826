import { addProtocol } from 'maplibre-gl';
import { ARCHIVE_SCHEME } from './tiles.ts';
import { unpacked } from './unpacked.ts';

let ready: Promise<void> | undefined;

/** Teaches MapLibre to read PMTiles archives by ranges; the code for it is fetched only by sites that have one. */
export function readArchives(): Promise<void> {
  ready ??= import('pmtiles').then(({ PMTiles, Protocol }) => {
    const protocol = new Protocol();
    addProtocol(ARCHIVE_SCHEME, (request, abort) => {
      const url = archiveOf(request.url);
      if (protocol.get(url) === undefined) protocol.add(new PMTiles(url, undefined, unpacked));
      return protocol.tile(request, abort);
    });
  });
  return ready;
}

/** The archive that a tile is asked of. */
function archiveOf(tile: string): string {
  return tile.slice(`${ARCHIVE_SCHEME}://`.length).replace(/\/\d+\/\d+\/\d+$/, '');
}
