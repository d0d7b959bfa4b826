import type { Level } from '../../model/level.ts';
import type { Palette } from '../theme/tokens.ts';
import { LEVEL_SHAPES } from '../ui/LevelMark.tsx';

/** Drawn at twice the size, so that they stay sharp on dense screens. */
export const ICON_PIXEL_RATIO = 2;

export type IconName = Level | 'normal' | 'offline' | 'unlimited';

interface Sketch {
  readonly path: string;
  readonly sizePx: number;
  readonly fill: string;
  readonly edge: string;
  readonly edgePx: number;
  readonly dashed?: boolean;
}

const DISC = LEVEL_SHAPES.blue;

/** Through the disc: nothing is compared here. */
const STROKE = 'M4 20 20 4';

function sketchOf(name: IconName, palette: Palette): Sketch {
  switch (name) {
    case 'normal':
      return { path: DISC, sizePx: 18, fill: palette.panel, edge: palette.lineStrong, edgePx: 1.5 };
    case 'offline':
      return { path: DISC, sizePx: 18, fill: palette.mapArea, edge: palette.text, edgePx: 1.5, dashed: true };
    case 'unlimited':
      return { path: `${DISC} ${STROKE}`, sizePx: 18, fill: palette.panel, edge: palette.text, edgePx: 1.5 };
    default:
      return { path: LEVEL_SHAPES[name], sizePx: 28, fill: palette.level[name].fill, edge: palette.raised, edgePx: 2 };
  }
}

/** The image of a point's state for the map: the level's own shape, or a grey disc. */
export function drawIcon(name: IconName, palette: Palette): ImageData {
  const { path, sizePx, fill, edge, edgePx, dashed } = sketchOf(name, palette);
  const side = (sizePx + 4) * ICON_PIXEL_RATIO;
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2D canvas');
  const scale = (sizePx * ICON_PIXEL_RATIO) / 24;
  context.translate(2 * ICON_PIXEL_RATIO, 2 * ICON_PIXEL_RATIO);
  context.scale(scale, scale);
  const shape = new Path2D(path);
  context.fillStyle = fill;
  context.fill(shape);
  context.strokeStyle = edge;
  context.lineWidth = (edgePx * ICON_PIXEL_RATIO) / scale;
  if (dashed) context.setLineDash([4, 3]);
  context.stroke(shape);
  return context.getImageData(0, 0, side, side);
}
