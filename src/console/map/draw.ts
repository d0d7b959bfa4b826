import type { GeoJSONSource, Map as GlMap } from 'maplibre-gl';
import type { Place } from './coordinates.ts';
import { graticule } from './graticule.ts';

export function setData(map: GlMap, source: string, data: Parameters<GeoJSONSource['setData']>[0]): void {
  void map.getSource<GeoJSONSource>(source)?.setData(data);
}

export function drawGraticule(map: GlMap, place: Place): void {
  const bounds = map.getBounds();
  const view = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  setData(map, 'graticule', graticule(view, place));
}
