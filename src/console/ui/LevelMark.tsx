import { useTranslation } from 'react-i18next';
import type { Level } from '../../model/level.ts';

/**
 * A level is told by shape, word and colour together, so that nobody needs to tell colours apart: a square for red, a
 * diamond for orange, a triangle for yellow, a disc for blue. The silhouettes are those of the map.
 */
export const LEVEL_SHAPES: Readonly<Record<Level, string>> = {
  red: 'M2 2h20v20H2z',
  orange: 'M12 .5 23.5 12 12 23.5 .5 12z',
  yellow: 'M12 1 23.6 22H.4z',
  blue: 'M12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22z',
};

export function LevelShape({ level, size = 16, hollow = false }: { level: Level; size?: number; hollow?: boolean }) {
  return (
    <svg className="level-shape" width={size} height={size} viewBox="-1 -1 26 26" aria-hidden="true">
      <path
        d={LEVEL_SHAPES[level]}
        fill={hollow ? 'none' : `var(--${level})`}
        stroke={hollow ? `var(--${level})` : 'var(--level-edge)'}
        strokeWidth={hollow ? 3 : 1}
      />
    </svg>
  );
}

/** Shape and word on the level's colour. `hollow` when nobody needs to act any more: acknowledged or over. */
export function LevelTag({ level, hollow = false }: { level: Level; hollow?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={`level-tag level-${level}${hollow ? ' hollow' : ''}`}>
      <LevelShape level={level} size={14} hollow={hollow} />
      <span>{t(`level.${level}`)}</span>
    </span>
  );
}
