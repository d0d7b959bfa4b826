import { type Command, InvalidArgumentError } from 'commander';
import {
  farOutsideKm,
  isLikelySwapped,
  type LngLat,
  placeFault,
  placeFaultWords,
  placeOfOutline,
  surroundings,
} from '../model/place.ts';
import { type CliContext, UsageError } from './context.ts';
import { readList } from './lists.ts';
import type { Server } from './server.ts';

/** How a command is told a place. */
export interface LocationOptions {
  /** False: given up. */
  readonly location?: readonly [number, number] | false;
  /** A place far outside of the site is meant. */
  readonly far?: boolean;
}

export function addLocationOptions(command: Command, what: string): Command {
  return command
    .option('--location <lon,lat>', `${what}, degrees, WGS 84`, parseLocation)
    .option('--far', 'a place far outside of the site is meant: do not ask');
}

/** `108.75,29.52`, as commander takes it. */
export function parseLocation(text: string): readonly [number, number] {
  const [longitude = Number.NaN, latitude = Number.NaN, ...rest] = text.split(',').map(Number);
  if (rest.length > 0 || !Number.isFinite(longitude + latitude)) {
    throw new InvalidArgumentError('expected longitude,latitude such as 108.75,29.52');
  }
  const fault = placeFault([longitude, latitude]);
  if (fault !== null) throw new InvalidArgumentError(placeFaultWords(fault));
  return [longitude, latitude];
}

/**
 * Whether something may be put at a place: asks where that is far outside of the site, as the console does. Without a
 * terminal to ask at, `--far` has to say it.
 */
export async function isMeant(server: Server, context: CliContext, options: LocationOptions): Promise<boolean> {
  const { location, far } = options;
  if (location === undefined || location === false || far === true) return true;
  const areas = await readList(server, 'GET /areas');
  const points = await readList(server, 'GET /points');
  const places = [...areas.map(placeOfOutline), ...points.map((point) => point.location)];
  const site = surroundings(places.filter((place): place is LngLat => place !== null));
  const km = farOutsideKm(location, site);
  if (km === null) return true;
  const swapped = isLikelySwapped(location, site) ? '; with longitude and latitude swapped it is within' : '';
  const found = `${location.join(',')} is about ${Math.round(km)} km from the site${swapped}.`;
  if (context.confirm === undefined) throw new UsageError(`${found} Give --far when it is meant.`);
  return context.confirm(`${found} Is it meant?`);
}
