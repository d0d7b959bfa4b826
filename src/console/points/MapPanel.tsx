import type { GeoJSONSource } from 'maplibre-gl';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useAreas, useAreasQuery, usePointsQuery } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { setData } from '../map/draw.ts';
import { areaFeatures, areaNameFeatures, pointFeatures } from '../map/features.ts';
import { homeOf } from '../map/home.ts';
import css from '../map/map.module.css';
import { useFirstLook, useGlMap } from '../map/useGlMap.ts';
import { useMay } from '../session/context.tsx';
import { codeWords } from '../ui/code-words.ts';
import { Empty } from '../ui/Empty.tsx';
import { pathTo } from '../ui/paths.ts';
import { PointCard } from './PointCard.tsx';
import { usePointStates } from './usePointStates.ts';

/** Room around what is shown, px: symbols at the edge have names beside them, for which a narrow map has less. */
const FIT_PADDING_PX = { top: 44, bottom: 40, side: 116, sideShareMax: 0.2 } as const;
/** A site of which nothing but the place is known is seen as a whole town. */
const ZOOM_MAX = { points: 16, site: 14 } as const;
/** On a wall symbols are larger and have no names. */
function paddingAt(scale: number, widthPx: number) {
  if (scale !== 1) return 40 * scale;
  const { top, bottom, side, sideShareMax } = FIT_PADDING_PX;
  const sidePx = Math.min(side, widthPx * sideShareMax);
  return { top, bottom, left: sidePx, right: sidePx };
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
  const areas = useAreas();
  const points = usePointStates();
  const { box, map, isBroken, place } = useGlMap(scale);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    if (map === null) return;
    map.on('click', (event) => {
      const [feature] = map.queryRenderedFeatures(event.point, { layers: [...CLICKABLE] });
      if (feature === undefined) return select.current(null);
      const { id, cluster_id: cluster } = feature.properties;
      if (typeof id === 'string') return select.current(id);
      if (typeof cluster === 'number' && feature.geometry.type === 'Point') {
        const [lng = 0, lat = 0] = feature.geometry.coordinates;
        const source = map.getSource<GeoJSONSource>(feature.source);
        void source?.getClusterExpansionZoom(cluster).then((zoom) => {
          map.easeTo({ center: [lng, lat], zoom: Math.min(zoom, 19), duration: MOVE_MS });
        });
      }
    });
    map.on('mousemove', (event) => {
      const hit = map.queryRenderedFeatures(event.point, { layers: [...CLICKABLE] });
      map.getCanvas().style.cursor = hit.length > 0 ? 'pointer' : '';
    });
  }, [map]);

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
  const [pointsQuery, areasQuery] = [usePointsQuery(), useAreasQuery()];
  const isKnown = pointsQuery.data !== undefined && areasQuery.data !== undefined;
  const fit = {
    maxZoom: points.length > 0 ? ZOOM_MAX.points : ZOOM_MAX.site,
    padding: paddingAt(scale, box.current?.clientWidth ?? 0),
  };
  useFirstLook(map, isKnown && home !== null ? home.box : null, fit);
  const latest = useRef(points);
  latest.current = points;

  const lastDrawnMs = useRef(0);
  useEffect(() => {
    if (map === null) return;
    const family = (name: string) => codeWords(t, 'map.letter', name, { otherwise: '' });
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
    const chosen = latest.current.find(({ point }) => point.id === selected)?.point;
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
  if (isBroken) return <Empty title={t('map.noWebGl')} detail={t('map.noWebGlDetail')} />;
  return (
    <div className="map" lang={i18n.language}>
      <div ref={box} className={css.mapCanvas} />
      {map !== null && (
        <button
          type="button"
          className="map-home"
          title={t('map.home')}
          aria-label={t('map.home')}
          onClick={() => {
            if (home !== null) map.fitBounds(home.box, { ...fit, duration: MOVE_MS });
          }}
        >
          ⌂
        </button>
      )}
      <MapLegend />
      {isKnown && home === null && <Nowhere />}
      {home !== null && home.outside.length > 0 && (
        <p className={css.mapOutside} data-testid="map-outside">
          {t('firstSteps.place.outside', { count: home.outside.length })}
          {home.outside.slice(0, OUTSIDE_NAMED).map((id) => (
            <Link key={id} to={pathTo('point', { id })}>
              {id}
            </Link>
          ))}
        </p>
      )}
      {chosen !== undefined && <PointCard point={chosen.point} state={chosen.state} onClose={() => onSelect(null)} />}
    </div>
  );
}

const FAMILY_ORDER = ['gas', 'vibration', 'waterlogging', 'fire', 'geohazard', 'weather'] as const;

/** Which letter stands for which family; only those the site has. */
function MapLegend() {
  const { t } = useTranslation();
  const points = usePointStates();
  const present = useMemo(() => new Set(points.map(({ point }) => point.family)), [points]);
  const unplaced = points.filter(({ point }) => point.location === null).length;
  const unlimited = points.filter(({ state }) => state.unlimited).length;
  if (present.size === 0) return null;
  return (
    <ul className="map-legend" aria-label={t('map.legend')}>
      {FAMILY_ORDER.filter((family) => present.has(family)).map((family) => (
        <li key={family}>
          <i aria-hidden="true">{t(`map.letter.${family}`)}</i>
          {t(`family.${family}`)}
        </li>
      ))}
      {unplaced > 0 && (
        <li>
          {t('map.unplaced')} {unplaced}
        </li>
      )}
      {unlimited > 0 && (
        <li>
          <i aria-hidden="true" className={css.unlimited} />
          {t('point.unlimited')} {unlimited}
        </li>
      )}
    </ul>
  );
}

/** A site that has no place yet is shown nowhere in particular, and says where to set it. */
function Nowhere() {
  const { t } = useTranslation();
  const may = useMay('engineer');
  return (
    <p className={css.mapNowhere}>
      {t('places.nowhere')}{' '}
      {may ? <Link to={pathTo('firstSteps')}>{t('places.nowhereLink')}</Link> : t('places.nowhereNeeds')}
    </p>
  );
}
