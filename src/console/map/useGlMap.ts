import {
  type FitBoundsOptions,
  Map as GlMap,
  type LngLatBoundsLike,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import 'maplibre-gl/dist/maplibre-gl.css';
import { useTheme } from '../theme/theme.tsx';
import { readArchives } from './archive.ts';
import { type Place, placer, unplacer } from './coordinates.ts';
import { drawGraticule } from './draw.ts';
import { drawIcon, ICON_PIXEL_RATIO, type IconName } from './icons.ts';
import { useMapSettings } from './settings.ts';
import { mapStyle } from './style.ts';
import './map.module.css';

setWorkerUrl(new URL(workerUrl, location.href).href);

const ICONS: readonly IconName[] = ['normal', 'offline', 'unlimited', 'blue', 'yellow', 'orange', 'red'];

/** Where one looks, in degrees as they are drawn. */
interface Camera {
  readonly center: [number, number];
  readonly zoom: number;
}

/** A site that has said nothing of its place: the country, so that nobody takes it for a town of his own. */
const NOWHERE: Camera = { center: [105, 35], zoom: 3 };

export interface GlMapState {
  readonly box: RefObject<HTMLDivElement | null>;
  /** Null until it can be drawn on. */
  readonly map: GlMap | null;
  /** No WebGL: an old graphics driver, or switched off. */
  readonly isBroken: boolean;
  /** Moves positions of WGS 84 to where the tiles have them. */
  readonly place: Place;
  /** The other way, for what is pressed. */
  readonly unplace: Place;
}

/** A map in the site's style within `box`, with its controls and graticule; what is on it is the caller's. */
export function useGlMap(scale = 1): GlMapState {
  const { t, i18n } = useTranslation();
  const { palette } = useTheme();
  const settings = useMapSettings();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<GlMap | null>(null);
  const [isBroken, setBroken] = useState(false);
  /** Where one was looking survives a change of theme or language, which makes the map anew. */
  const camera = useRef<Camera | null>(null);

  const coordinates = settings?.coordinates ?? 'wgs84';
  const place = useMemo(() => placer(coordinates), [coordinates]);
  const unplace = useMemo(() => unplacer(coordinates), [coordinates]);
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
        ...(camera.current ?? NOWHERE),
      });
    } catch {
      setBroken(true);
      return;
    }
    created.touchZoomRotate.disableRotation();
    created.keyboard.disableRotation();
    created.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    created.addControl(new ScaleControl({ maxWidth: 100 }), 'bottom-right');
    created.on('load', () => {
      for (const name of ICONS) created.addImage(name, drawIcon(name, palette), { pixelRatio: ICON_PIXEL_RATIO });
      drawGraticule(created, place);
      setMap(created);
    });
    created.on('moveend', () => {
      const { lng, lat } = created.getCenter();
      camera.current = { center: [lng, lat], zoom: created.getZoom() };
      drawGraticule(created, place);
    });
    return () => {
      setMap(null);
      created.remove();
    };
    // Words of the controls change with the language; everything else is brought up to date by the caller.
  }, [palette, tiles, settings, place, archiveReady, scale, language, t]);

  return { box, map, isBroken, place, unplace };
}

/** Shows `first` when it is known, once: from then on the map is where it was left. */
export function useFirstLook(map: GlMap | null, first: LngLatBoundsLike | null, options: FitBoundsOptions): void {
  const hasLooked = useRef(false);
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    if (map === null || first === null || hasLooked.current) return;
    hasLooked.current = true;
    map.fitBounds(first, { ...latest.current, animate: false });
  }, [map, first]);
}

/** Whether MapLibre can read archives by now, if that is needed at all. */
function useArchive(needed: boolean): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    if (needed) void readArchives().then(() => setReady(true));
  }, [needed]);
  return ready || !needed;
}
