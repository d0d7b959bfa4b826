import { z } from 'zod';
import { refusal } from './issue.ts';
import { problemText } from './problem-words.ts';

/** A place on the earth: longitude and latitude in degrees, WGS 84, in this order. */
export type LngLat = readonly [number, number];

/** What is wrong with a place that is nowhere on the earth. */
export type PlaceFault = 'swapped' | 'longitude' | 'latitude';

/** Null for a place on the earth. The two look swapped where the other order would be one. */
export function placeFault([lng, lat]: LngLat): PlaceFault | null {
  if (isOnEarth(lng, lat)) return null;
  if (isOnEarth(lat, lng)) return 'swapped';
  return Math.abs(lat) <= 90 ? 'longitude' : 'latitude';
}

function isOnEarth(lng: number, lat: number): boolean {
  return Math.abs(lng) <= 180 && Math.abs(lat) <= 90;
}

const CODES = { swapped: 'place-swapped', longitude: 'no-longitude', latitude: 'no-latitude' } as const;

/** The fault in words, for files and programs. */
export function placeFaultWords(fault: PlaceFault): string {
  return problemText({ code: CODES[fault], values: {} }, 'en');
}

export const placeSchema = z
  .tuple([z.number(), z.number()])
  .superRefine((place, ctx) => {
    const fault = placeFault(place);
    if (fault !== null) ctx.addIssue({ code: 'custom', ...refusal(CODES[fault], {}) });
  })
  .meta({ description: 'Longitude (-180 to 180) and latitude (-90 to 90) in degrees, WGS 84, in this order' });

/** A town and the valleys around it; nearer than this nothing is far outside. */
const NEAR_KM = 100;
/** Sites along a river or a railway are long: what is within so many times the usual distance still belongs to them. */
const USUAL_DISTANCES = 8;

/** Where a site is, by what most of its places say, and how far from there something may be. */
export interface Surroundings {
  readonly middle: LngLat;
  readonly reachKm: number;
}

/**
 * The surroundings that places share, undefined where there are none. By medians, which places that are far outside
 * cannot move as long as they are fewer than the others.
 */
export function surroundings(places: readonly LngLat[]): Surroundings | undefined {
  const lng = median(places.map((place) => place[0]));
  const lat = median(places.map((place) => place[1]));
  if (lng === undefined || lat === undefined) return undefined;
  const middle = [lng, lat] as const;
  const usualKm = median(places.map((place) => distanceKm(middle, place))) ?? 0;
  return { middle, reachKm: Math.max(NEAR_KM, usualKm * USUAL_DISTANCES) };
}

/** Where something with an outline is: its middle; without one the place it was given. */
export function placeOfOutline({ outline, location }: Outlined): LngLat | null {
  const ring = outline?.[0];
  if (ring === undefined || ring.length === 0) return location;
  const lngs = ring.map(([lng]) => lng);
  const lats = ring.map(([, lat]) => lat);
  return [(Math.min(...lngs) + Math.max(...lngs)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

interface Outlined {
  readonly outline: readonly (readonly LngLat[])[] | null;
  readonly location: LngLat | null;
}

/** How far outside of the surroundings a place is, km from their middle; null when it is within them. */
export function farOutsideKm(place: LngLat, site: Surroundings | undefined): number | null {
  if (site === undefined) return null;
  const km = distanceKm(site.middle, place);
  return km > site.reachKm ? km : null;
}

/** Whether the other order is a place within the surroundings: then that is what was meant. */
export function isLikelySwapped([lng, lat]: LngLat, site: Surroundings | undefined): boolean {
  const other: LngLat = [lat, lng];
  return site !== undefined && placeFault(other) === null && farOutsideKm(other, site) === null;
}

/** The lower of two in the middle, so that one of two places is the site and not the sea between them. */
function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

const EARTH_RADIUS_KM = 6_371;
const RADIANS = Math.PI / 180;

/** Along the earth's surface, by the haversine formula. */
export function distanceKm([lngA, latA]: LngLat, [lngB, latB]: LngLat): number {
  const sinLat = Math.sin(((latB - latA) * RADIANS) / 2);
  const sinLng = Math.sin(((lngB - lngA) * RADIANS) / 2);
  const h = sinLat ** 2 + Math.cos(latA * RADIANS) * Math.cos(latB * RADIANS) * sinLng ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
