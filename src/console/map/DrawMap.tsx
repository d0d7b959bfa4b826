import type { Feature, FeatureCollection } from 'geojson';
import { type Map as GlMap, type MapMouseEvent, Marker } from 'maplibre-gl';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LngLat } from '../../model/place.ts';
import { useAreasQuery, usePointsQuery } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useTheme } from '../theme/theme.tsx';
import { classes } from '../ui/classes.ts';
import { Empty } from '../ui/Empty.tsx';
import type { Place } from './coordinates.ts';
import { setData } from './draw.ts';
import drawMapCss from './draw-map.module.css';
import { areaFeatures, areaNameFeatures } from './features.ts';
import { homeOf } from './home.ts';
import mapCss from './map.module.css';
import { CORNERS_MIN, rounded } from './outline.ts';
import { useFirstLook, useGlMap } from './useGlMap.ts';

const DRAWN = 'drawn';
/** Closer than this is not looked at from the beginning: what is there, and where something is to be put. */
const FIRST_ZOOM_MAX = { drawn: 16, empty: 14 } as const;
const FIRST_PADDING_PX = 48;
/** How far an arrow key takes a corner, px; with Shift the second. */
const STEP_PX = 1;
const WIDE_STEP_PX = 10;
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** An outline out of a GIS may have thousands of corners, which nobody drags one by one. */
const HANDLES_MAX = 300;

/** Two corners closer than this on the screen have no room for a handle between them. */
const BETWEEN_PX_MIN = 36;

const NONE: FeatureCollection = { type: 'FeatureCollection', features: [] };

interface Props {
  /** One place, which every press moves; or the corners of an outline. */
  readonly kind: 'place' | 'outline';
  /** WGS 84. */
  readonly corners: readonly LngLat[];
  /** Whether the outline is finished: then a press adds nothing, and corners are added between two. */
  readonly isClosed: boolean;
  readonly onChange: (corners: readonly LngLat[]) => void;
  readonly onFinish?: () => void;
  /** The area whose outline is being drawn, which is not shown as it was. */
  readonly without?: string | undefined;
}

/**
 * A map on which a place is pressed or an outline is drawn. By mouse: press to add, drag to move. By keyboard: the arrows move
 * the map under the cross and Enter adds there; on a corner the arrows move it and Delete takes it away.
 */
export default function DrawMap(props: Props) {
  const { kind, corners, isClosed, without } = props;
  const { t, i18n } = useTranslation();
  const nameText = useNameText();
  const { palette } = useTheme();
  const { box, map, isBroken, place, unplace } = useGlMap();
  const areas = useAreasQuery().data;
  const points = usePointsQuery().data;
  // It opens within a form, below what was pressed: seen as it is there, not looked for.
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [box]);
  const latest = useRef({ ...props, place, unplace });
  latest.current = { ...props, place, unplace };

  const first = useMemo(() => {
    if (areas === undefined || points === undefined) return null;
    const own = corners.map((location, index) => ({ id: String(index), location }));
    return (own.length > 0 ? homeOf(own, [], place) : homeOf(points, areas, place))?.box ?? null;
  }, [areas, points, corners, place]);
  useFirstLook(map, first, {
    maxZoom: corners.length > 0 ? FIRST_ZOOM_MAX.drawn : FIRST_ZOOM_MAX.empty,
    padding: FIRST_PADDING_PX,
  });

  useEffect(() => {
    if (map === null) return;
    map.addSource(DRAWN, { type: 'geojson', data: NONE });
    map.addLayer({
      id: 'drawn-fill',
      type: 'fill',
      source: DRAWN,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': palette.action, 'fill-opacity': 0.12 },
    });
    map.addLayer({
      id: 'drawn-line',
      type: 'line',
      source: DRAWN,
      filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': palette.action, 'line-width': 2 },
    });
    map.doubleClickZoom.disable();
    return takePresses(map, latest);
  }, [map, palette]);

  useEffect(() => {
    if (map === null) return;
    const others = (areas ?? []).filter(({ id }) => id !== without);
    setData(map, 'areas', areaFeatures(others, place));
    setData(map, 'area-names', areaNameFeatures(others, nameText, place));
    setData(map, 'calm', {
      type: 'FeatureCollection',
      features: (points ?? []).flatMap(({ id, name, location }) => {
        if (location === null) return [];
        const geometry = { type: 'Point' as const, coordinates: place(location) };
        return [{ type: 'Feature' as const, properties: { id, name: nameText(name), icon: 'normal' }, geometry }];
      }),
    });
  }, [map, areas, points, without, nameText, place]);

  useEffect(() => {
    if (map !== null) map.getCanvas().style.cursor = isClosed ? '' : 'crosshair';
  }, [map, isClosed]);

  const handles = useRef<Handles | null>(null);
  useEffect(() => {
    if (map === null) return;
    const made = createHandles(map, latest, (index) => t('places.corner', { number: index + 1 }), t('places.insert'));
    handles.current = made;
    showHandles(made, latest);
    return () => {
      handles.current = null;
      made.remove();
    };
  }, [map, t]);

  useEffect(() => {
    if (map === null) return;
    draw(map, corners, { isClosed, kind, place });
    if (handles.current !== null) showHandles(handles.current, latest);
  }, [map, corners, isClosed, kind, place]);

  if (isBroken) return <Empty title={t('map.noWebGl')} detail={t('places.noWebGl')} />;
  return (
    <div className={`map ${drawMapCss.drawMap}`} data-testid="draw-map" data-part="draw-map" lang={i18n.language}>
      <div ref={box} className={mapCss.mapCanvas} />
      <i className={drawMapCss.drawMapCross} aria-hidden="true" />
    </div>
  );
}

type Latest = { readonly current: Props & { readonly place: Place; readonly unplace: Place } };

function showHandles(handles: Handles, { current: { kind, corners, isClosed, place } }: Latest): void {
  handles.show(
    corners.map((corner) => place(corner)),
    kind === 'outline' && isClosed,
  );
}

/** Presses and keys on the ground of the map. Gives how to stop it. */
function takePresses(map: GlMap, latest: Latest): () => void {
  const add = (drawn: LngLat) => {
    const { kind, corners, isClosed, onChange, unplace } = latest.current;
    if (isClosed) return;
    const corner = rounded(unplace(drawn));
    onChange(kind === 'place' ? [corner] : [...corners, corner]);
  };
  const finish = () => {
    const { corners, onFinish } = latest.current;
    if (corners.length >= CORNERS_MIN) onFinish?.();
  };
  map.on('click', ({ lngLat, originalEvent }: MapMouseEvent) => {
    // The second press of a double one is not another corner.
    if (originalEvent.detail < 2) add([lngLat.lng, lngLat.lat]);
  });
  map.on('dblclick', finish);
  const onKey = (event: KeyboardEvent) => {
    const { lng, lat } = map.getCenter();
    if (event.key === 'Enter') add([lng, lat]);
    else if (event.key === 'Backspace' && !latest.current.isClosed)
      latest.current.onChange(latest.current.corners.slice(0, -1));
    else return;
    event.preventDefault();
  };
  const canvas = map.getCanvas();
  canvas.addEventListener('keydown', onKey);
  return () => canvas.removeEventListener('keydown', onKey);
}

function draw(
  map: GlMap,
  corners: readonly LngLat[],
  { isClosed, kind, place }: { isClosed: boolean; kind: Props['kind']; place: Place },
): void {
  const drawn = corners.map((corner) => place(corner));
  const [start] = drawn;
  const features: Feature[] = [];
  if (kind === 'outline' && start !== undefined) {
    const ring = [...drawn, start];
    if (drawn.length >= CORNERS_MIN)
      features.push({ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } });
    const coordinates = isClosed ? ring : drawn;
    features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } });
  }
  setData(map, DRAWN, { type: 'FeatureCollection', features });
}

interface Handles {
  /** Puts a handle on each corner, at where it is drawn, and between each two when more can be put there. */
  show(drawn: readonly [number, number][], hasBetween: boolean): void;
  remove(): void;
}

/** The handles of the corners: buttons, so that a keyboard reaches them. They are kept, so that one keeps the focus. */
function createHandles(map: GlMap, latest: Latest, nameOf: (index: number) => string, insert: string): Handles {
  const corners: Marker[] = [];
  const between: Marker[] = [];

  const moved = (index: number, to: LngLat) => {
    const { corners: present, unplace } = latest.current;
    return present.with(index, rounded(unplace(to)));
  };

  function cornerAt(index: number): Marker {
    const element = document.createElement('button');
    element.type = 'button';
    element.className = classes(drawMapCss.drawMapCorner);
    element.dataset.testid = 'draw-map-corner';
    element.ariaLabel = nameOf(index);
    const marker = new Marker({ element, draggable: true });
    const at = (): LngLat => [marker.getLngLat().lng, marker.getLngLat().lat];
    marker.on('dragend', () => latest.current.onChange(moved(index, at())));
    element.addEventListener('click', (event) => {
      // Otherwise the map takes it for a press on the ground.
      event.stopPropagation();
      const { kind, isClosed, corners: present, onFinish } = latest.current;
      if (kind === 'outline' && !isClosed && index === 0 && present.length >= CORNERS_MIN) onFinish?.();
    });
    element.addEventListener('keydown', (event) => {
      const step = STEPS[event.key];
      if (step !== undefined) {
        const { x, y } = map.project(marker.getLngLat());
        const px = event.shiftKey ? WIDE_STEP_PX : STEP_PX;
        const { lng, lat } = map.unproject([x + step[0] * px, y + step[1] * px]);
        latest.current.onChange(moved(index, [lng, lat]));
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        latest.current.onChange(latest.current.corners.toSpliced(index, 1));
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return marker;
  }

  function betweenAt(index: number): Marker {
    const element = document.createElement('button');
    element.type = 'button';
    element.className = classes(drawMapCss.drawMapBetween);
    element.ariaLabel = `${nameOf(index)} – ${insert}`;
    const marker = new Marker({ element });
    element.addEventListener('click', (event) => {
      event.stopPropagation();
      const { lng, lat } = marker.getLngLat();
      const { corners: present, unplace, onChange } = latest.current;
      onChange(present.toSpliced(index + 1, 0, rounded(unplace([lng, lat]))));
    });
    return marker;
  }

  function keepUp(markers: Marker[], wanted: readonly [number, number][], make: (index: number) => Marker): void {
    wanted.forEach((at, index) => {
      const known = markers[index];
      if (known !== undefined) known.setLngLat(at);
      else markers.push(make(index).setLngLat(at).addTo(map));
    });
    for (const marker of markers.splice(wanted.length)) marker.remove();
  }

  function showBetween(): void {
    const placed = corners.map((marker) => map.project(marker.getLngLat()));
    between.forEach((marker, index) => {
      const [from, to] = [placed[index], placed[(index + 1) % placed.length]];
      marker.getElement().hidden = from === undefined || to === undefined || from.dist(to) < BETWEEN_PX_MIN;
    });
  }
  map.on('zoomend', showBetween);

  return {
    show(drawn, hasBetween) {
      const shown = drawn.length <= HANDLES_MAX ? drawn : [];
      const middles = shown.map(([lng, lat], index): [number, number] => {
        const [nextLng, nextLat] = shown[(index + 1) % shown.length] ?? [lng, lat];
        return [(lng + nextLng) / 2, (lat + nextLat) / 2];
      });
      keepUp(between, hasBetween ? middles : [], betweenAt);
      keepUp(corners, shown, cornerAt);
      showBetween();
    },
    remove: () => {
      map.off('zoomend', showBetween);
      for (const marker of [...corners, ...between]) marker.remove();
    },
  };
}
