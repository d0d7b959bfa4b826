/**
 * Chinese tile servers (Amap, Tencent, Google's China tiles) draw on GCJ-02, which is WGS 84 shifted by up to 700 m.
 * Positions are kept in WGS 84; only for drawing over such tiles are they shifted, and only when the site's settings
 * say so. The formula is the widely published one (eviltransform); it is exact to about a metre inside China.
 */
const AXIS_M = 6_378_245;
const ECCENTRICITY_SQUARED = 0.006693421622965943;

export type LngLat = readonly [number, number];

function outsideChina([lng, lat]: LngLat): boolean {
  return lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

function shiftLat(x: number, y: number): number {
  const waves =
    ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3 +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  return -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + waves;
}

function shiftLng(x: number, y: number): number {
  const waves =
    ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3 +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  return 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + waves;
}

/** Degrees WGS 84 to degrees GCJ-02; the same place outside China. */
export function toGcj02(place: LngLat): LngLat {
  if (outsideChina(place)) return place;
  const [lng, lat] = place;
  const radians = (lat / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2;
  const root = Math.sqrt(magic);
  const dLat =
    (shiftLat(lng - 105, lat - 35) * 180) / (((AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (magic * root)) * Math.PI);
  const dLng = (shiftLng(lng - 105, lat - 35) * 180) / ((AXIS_M / root) * Math.cos(radians) * Math.PI);
  return [lng + dLng, lat + dLat];
}

/** The other way; by steps, each of which leaves a thousandth of what was wrong. Exact to less than a centimetre. */
export function fromGcj02(drawn: LngLat): LngLat {
  let [lng, lat] = drawn;
  for (let step = 0; step < 4; step++) {
    const [overLng, overLat] = toGcj02([lng, lat]);
    lng -= overLng - drawn[0];
    lat -= overLat - drawn[1];
  }
  return [lng, lat];
}

export type Place = (place: LngLat) => [number, number];

/** How positions are moved before they are drawn: not at all, or onto tiles that are drawn on GCJ-02. */
export function placer(coordinates: 'wgs84' | 'gcj02'): Place {
  return (place) => [...(coordinates === 'gcj02' ? toGcj02(place) : place)];
}

/** The other way: where something that is drawn, or pressed, is. */
export function unplacer(coordinates: 'wgs84' | 'gcj02'): Place {
  return (drawn) => [...(coordinates === 'gcj02' ? fromGcj02(drawn) : drawn)];
}

/** `108°45′12″E` */
export function formatDegrees(degrees: number, axis: 'lng' | 'lat'): string {
  const hemisphere = axis === 'lng' ? (degrees < 0 ? 'W' : 'E') : degrees < 0 ? 'S' : 'N';
  const seconds = Math.round(Math.abs(degrees) * 3_600);
  const pad = (n: number) => String(n).padStart(2, '0');
  const rest = seconds % 60 === 0 ? '' : `${pad(seconds % 60)}″`;
  return `${Math.floor(seconds / 3_600)}°${pad(Math.floor(seconds / 60) % 60)}′${rest}${hemisphere}`;
}
