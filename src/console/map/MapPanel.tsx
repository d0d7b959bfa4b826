import { type GeoJSONSource, Map as GlMap, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import 'maplibre-gl/dist/maplibre-gl.css';
import { useAreas, usePointsQuery } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { PointCard } from '../points/PointCard.tsx';
import { usePointStates } from '../points/usePointStates.ts';
import { useTheme } from '../theme/theme.tsx';
import { Empty } from '../ui/Empty.tsx';
import { readArchives } from './archive.ts';
import { type Place, placer } from './coordinates.ts';
import { areaFeatures, areaNameFeatures, pointFeatures } from './features.ts';
import { graticule } from './graticule.ts';
import { homeOf } from './home.ts';
import { drawIcon, ICON_PIXEL_RATIO, type IconName } from './icons.ts';
import { useMapSettings } from './settings.ts';
import { mapStyle } from './style.ts';
import './map.css';

setWorkerUrl(new URL(workerUrl, location.href).href);

const ICONS: readonly IconName[] = ['normal', 'offline', 'blue', 'yellow', 'orange', 'red'];
/** Room around what is shown, px: symbols at the edge have names beside them. */
const FIT_PADDING_PX = { top: 44, bottom: 40, left: 72, right: 72 } as const;
const FIT = { maxZoom: 16, animate: false } as const;
/** On a wall symbols are larger and have no names. */
function paddingAt(scale: number) {
  return scale === 1 ? FIT_PADDING_PX : 40 * scale;
}

/** Points far outside of the site that are named; the others are counted. */
const OUTSIDE_NAMED = 3;

const MOVE_MS = 300;
const OPEN_ZOOM = 15.5;
/** During a flood the symbols change many times a second; the eye needs no more than this. */
const REDRAW_MS = 500;
const CLICKABLE = ['alarm-point', 'calm-point', 'calm-cluster'] as const;

interface Props {
  /** The point that is looked at; it is ringed and its card is open. */
  readonly selected: string | null;
  readonly onSelect: (point: string | null) => void;
  /** How much larger than usual symbols and words are: for a screen that is seen from afar. */
  readonly scale?: number;
}

/** "One map": every point by state and family over the outlines of the areas. */
export default function MapPanel({ selected, onSelect, scale = 1 }: Props) {
  const { t, i18n } = useTranslation();
  const nameText = useNameText();
  const { palette } = useTheme();
  const areas = useAreas();
  const points = usePointStates();
  const settings = useMapSettings();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<GlMap | null>(null);
  const [broken, setBroken] = useState(false);
  /** Where one was looking survives a change of theme or language, which makes the map anew. */
  const camera = useRef<{ center: [number, number]; zoom: number } | null>(null);
  const select = useRef(onSelect);
  select.current = onSelect;

  const place = useMemo(() => placer(settings?.coordinates ?? 'wgs84'), [settings]);
  const tiles = settings?.tiles ?? null;
  const language = i18n.language === 'en' ? 'en' : 'zh';
  const archiveReady = useArchive(tiles?.archive ?? false);

  useEffect(() => {
    if (box.current === null || settings === undefined || !archiveReady) return;
    let created: GlMap;
    try {
      created = new GlMap({
        container: box.current,
        style: mapStyle(palette, tiles, { scale, language, origin: location.origin }),
        attributionControl: tiles === null || tiles.attribution === null ? false : { compact: false },
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        maxZoom: 19,
        fadeDuration: 0,
        locale: {
          'Map.Title': t('map.title'),
          'NavigationControl.ZoomIn': t('map.zoomIn'),
          'NavigationControl.ZoomOut': t('map.zoomOut'),
        },
        ...(camera.current ?? { center: [108.75, 29.52], zoom: 12 }),
      });
    } catch {
      // No WebGL: an old graphics driver, or switched off. The list beside the map shows the same points.
      setBroken(true);
      return;
    }
    created.touchZoomRotate.disableRotation();
    created.keyboard.disableRotation();
    created.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    created.addControl(new ScaleControl({ maxWidth: 100 }), 'bottom-right');
    created.on('load', () => {
      for (const name of ICONS) created.addImage(name, drawIcon(name, palette), { pixelRatio: ICON_PIXEL_RATIO });
      setMap(created);
    });
    created.on('moveend', () => {
      const { lng, lat } = created.getCenter();
      camera.current = { center: [lng, lat], zoom: created.getZoom() };
      drawGraticule(created, place);
    });
    created.on('click', (event) => {
      const [feature] = created.queryRenderedFeatures(event.point, { layers: [...CLICKABLE] });
      if (feature === undefined) return select.current(null);
      const { id, cluster_id: cluster } = feature.properties;
      if (typeof id === 'string') return select.current(id);
      if (typeof cluster === 'number' && feature.geometry.type === 'Point') {
        const [lng = 0, lat = 0] = feature.geometry.coordinates;
        const source = created.getSource<GeoJSONSource>(feature.source);
        void source?.getClusterExpansionZoom(cluster).then((zoom) => {
          created.easeTo({ center: [lng, lat], zoom: Math.min(zoom, 19), duration: MOVE_MS });
        });
      }
    });
    created.on('mousemove', (event) => {
      const hit = created.queryRenderedFeatures(event.point, { layers: [...CLICKABLE] });
      created.getCanvas().style.cursor = hit.length > 0 ? 'pointer' : '';
    });
    return () => {
      setMap(null);
      created.remove();
    };
    // Words of the controls change with the language; everything else is brought up to date below.
  }, [palette, tiles, settings, place, archiveReady, scale, language, t]);

  useEffect(() => {
    if (map === null) return;
    setData(map, 'areas', areaFeatures(areas, place));
    setData(map, 'area-names', areaNameFeatures(areas, nameText, place));
  }, [map, areas, nameText, place]);

  const home = useMemo(
    () =>
      homeOf(
        points.map(({ point }) => point),
        areas,
        place,
      ),
    [points, areas, place],
  );
  // What lies within the areas alone would be too little, and they often come first.
  const hasHome = usePointsQuery().data !== undefined && home !== null;
  const latest = useRef({ points, home });
  latest.current = { points, home };

  useEffect(() => {
    if (map === null || !hasHome || camera.current !== null) return;
    const { home: first } = latest.current;
    if (first !== null) map.fitBounds(first.box, { ...FIT, padding: paddingAt(scale) });
    drawGraticule(map, place);
  }, [map, hasHome, place, scale]);

  const lastDrawnMs = useRef(0);
  useEffect(() => {
    if (map === null) return;
    const family = (name: string) => t(`map.letter.${name as 'gas'}`, { defaultValue: '' });
    const draw = () => {
      lastDrawnMs.current = performance.now();
      const { alarm, calm } = pointFeatures(points, { name: nameText, family }, place);
      setData(map, 'alarm', alarm);
      setData(map, 'calm', calm);
    };
    const timer = setTimeout(draw, Math.max(0, REDRAW_MS - (performance.now() - lastDrawnMs.current)));
    return () => clearTimeout(timer);
  }, [map, points, nameText, place, t]);

  useEffect(() => {
    if (map === null) return;
    const chosen = latest.current.points.find(({ point }) => point.id === selected)?.point;
    const at = chosen?.location;
    const center = at === null || at === undefined ? null : place(at);
    setData(map, 'selected', {
      type: 'FeatureCollection',
      features:
        center === null ? [] : [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: center } }],
    });
    if (center !== null && !map.getBounds().contains(center)) {
      map.easeTo({ center, zoom: Math.max(map.getZoom(), OPEN_ZOOM), duration: MOVE_MS });
    }
  }, [map, selected, place]);

  const chosen = points.find(({ point }) => point.id === selected);
  if (broken) return <Empty title={t('map.noWebGl')} detail={t('map.noWebGlDetail')} />;
  return (
    <div className="map" lang={i18n.language}>
      <div ref={box} className="map-canvas" />
      {map !== null && (
        <button
          type="button"
          className="map-home"
          title={t('map.home')}
          aria-label={t('map.home')}
          onClick={() => {
            if (home !== null)
              map.fitBounds(home.box, { ...FIT, padding: paddingAt(scale), animate: true, duration: MOVE_MS });
          }}
        >
          ⌂
        </button>
      )}
      <MapLegend />
      {home !== null && home.outside.length > 0 && (
        <p className="map-outside">
          {t('firstSteps.place.outside', { count: home.outside.length })}
          {home.outside.slice(0, OUTSIDE_NAMED).map((id) => (
            <Link key={id} to={`/points/${encodeURIComponent(id)}`}>
              {id}
            </Link>
          ))}
        </p>
      )}
      {chosen !== undefined && <PointCard point={chosen.point} state={chosen.state} onClose={() => onSelect(null)} />}
    </div>
  );
}

/** Whether MapLibre can read archives by now, if that is needed at all. */
function useArchive(needed: boolean): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    if (needed) void readArchives().then(() => setReady(true));
  }, [needed]);
  return ready || !needed;
}

function setData(map: GlMap, source: string, data: Parameters<GeoJSONSource['setData']>[0]): void {
  void map.getSource<GeoJSONSource>(source)?.setData(data);
}

function drawGraticule(map: GlMap, place: Place): void {
  const bounds = map.getBounds();
  const view = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  setData(map, 'graticule', graticule(view, place));
}

const FAMILY_ORDER = ['gas', 'vibration', 'waterlogging', 'fire', 'geohazard', 'weather'] as const;

/** Which letter stands for which family; only those the site has. */
function MapLegend() {
  const { t } = useTranslation();
  const points = usePointStates();
  const present = useMemo(() => new Set(points.map(({ point }) => point.family)), [points]);
  if (present.size === 0) return null;
  return (
    <ul className="map-legend" aria-label={t('map.legend')}>
      {FAMILY_ORDER.filter((family) => present.has(family)).map((family) => (
        <li key={family}>
          <i aria-hidden="true">{t(`map.letter.${family}`)}</i>
          {t(`family.${family}`)}
        </li>
      ))}
    </ul>
  );
}
