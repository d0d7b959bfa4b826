import Button from 'antd/es/button';
import Input from 'antd/es/input';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LngLat } from '../../model/place.ts';
import { CORNERS_MIN, isCrossing, readCorners, textOf } from '../map/outline.ts';
import { patiently } from '../ui/patiently.ts';
import css from './place-fields.module.css';

const DrawMap = lazy(patiently(() => import('../map/DrawMap.tsx')));

/** An outline as it stands in a form: its corners, or a text that is none. */
export interface OutlineValue {
  readonly corners: readonly LngLat[];
  /** What was typed and cannot be read; what is drawn takes its place. */
  readonly unread: string | null;
}

/** What keeps an outline from being one: words of `places.outline`, or of a line of it. */
export function useOutlineProblem(): (value: OutlineValue) => string | null {
  const { t } = useTranslation();
  return ({ corners, unread }) => {
    if (unread !== null) {
      const read = readCorners(unread);
      if (read.ok) return null;
      const fault =
        read.fault === 'unreadable' ? 'places.outline.unreadable' : (`firstSteps.place.${read.fault}` as const);
      return t('places.outline.line', { line: read.line, fault: t(fault) });
    }
    if (corners.length > 0 && corners.length < CORNERS_MIN) return t('places.outline.few');
    return isCrossing(corners) ? t('places.outline.crossing') : null;
  };
}

interface Props {
  readonly value?: OutlineValue;
  readonly onChange?: (value: OutlineValue) => void;
  /** The area whose outline it is, when it has one already. */
  readonly area: string | undefined;
  /** Holes within the outline, which are kept. */
  readonly holes: number;
}

/** The outline of an area within a form: drawn on the map, or written corner by corner. */
export function OutlineField({ value = { corners: [], unread: null }, onChange, area, holes }: Props) {
  const { t } = useTranslation();
  const { corners, unread } = value;
  const [isOpen, setOpen] = useState(false);
  const [isClosed, setClosed] = useState(corners.length >= CORNERS_MIN);
  /** What is being typed, as long as one types. */
  const [typed, setTyped] = useState<string | null>(null);

  const put = (next: readonly LngLat[]) => {
    setTyped(null);
    // What has too few corners left is drawn on.
    if (next.length < CORNERS_MIN) setClosed(false);
    onChange?.({ corners: next, unread: null });
  };
  const type = (text: string) => {
    setTyped(text);
    const read = readCorners(text);
    onChange?.(read.ok ? { corners: read.corners, unread: null } : { corners, unread: text });
    if (read.ok) setClosed(read.corners.length >= CORNERS_MIN);
  };
  return (
    <div className={css.placeMap}>
      <span className="soft">
        {corners.length === 0 ? t('places.outline.none') : t('places.outline.has', { count: corners.length })}
        {holes > 0 && corners.length > 0 && ` ${t('places.outline.rings', { count: holes })}`}
      </span>
      <div className={css.placeMapButtons} data-testid="place-map-buttons">
        <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? 'places.outline.close' : corners.length === 0 ? 'places.outline.draw' : 'places.outline.edit')}
        </Button>
        {isOpen && !isClosed && (
          <>
            <Button size="small" disabled={corners.length === 0} onClick={() => put(corners.slice(0, -1))}>
              {t('places.outline.undo')}
            </Button>
            <Button size="small" type="primary" disabled={corners.length < CORNERS_MIN} onClick={() => setClosed(true)}>
              {t('places.outline.finish')}
            </Button>
          </>
        )}
        {corners.length > 0 && (
          <Button size="small" onClick={() => put([])}>
            {t(isOpen ? 'places.outline.again' : 'places.outline.remove')}
          </Button>
        )}
      </div>
      {isOpen && (
        <Suspense>
          <DrawMap
            kind="outline"
            corners={corners}
            isClosed={isClosed}
            onChange={put}
            onFinish={() => setClosed(true)}
            without={area}
          />
          <p className="soft">{t(isClosed ? 'places.outline.drawn' : 'places.outline.drawing')}</p>
          <p className="soft">{t('places.outline.keys')}</p>
          <div className={css.placeMapText}>
            <span aria-hidden="true">{t('places.outline.text')}</span>
            <Input.TextArea
              aria-label={t('places.outline.text')}
              rows={4}
              value={typed ?? unread ?? textOf(corners)}
              onChange={(event) => type(event.target.value)}
              onBlur={() => setTyped(null)}
            />
          </div>
        </Suspense>
      )}
    </div>
  );
}
