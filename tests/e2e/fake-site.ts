import type { Alert } from '../../src/model/alert.ts';
import { LEVELS, type Level } from '../../src/model/level.ts';

/** A made-up site of any size for tests of the console alone, the same at every run. */
export interface FakePoint {
  readonly id: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly area: string;
  readonly family: string;
  readonly device: string;
  readonly location: readonly [number, number];
  readonly reportEveryMs: number;
  readonly hasLimits: boolean;
  readonly metrics: Readonly<
    Record<
      string,
      { type: string; unit: string | null; name: { zh: string; en: string }; range: [number, number] | null }
    >
  >;
}

const AREA_NAMES: readonly (readonly [string, string])[] = [
  ['正阳街道', 'Zhengyang Sub-district'],
  ['东门社区', 'East Gate Community'],
  ['河滨社区', 'Riverside Community'],
  ['老城农贸市场社区', 'Old Town Produce Market Community'],
  ['工业园社区', 'Industrial Park Community'],
  ['学府社区', 'College Community'],
];

const KINDS = [
  { family: 'gas', metric: 'ch4', unit: '%LEL', zh: '可燃气体', en: 'combustible gas', name: ['甲烷', 'Methane'] },
  {
    family: 'vibration',
    metric: 'velocity',
    unit: 'mm/s',
    zh: '水泵振动',
    en: 'pump vibration',
    name: ['振动速度', 'Velocity'],
  },
  {
    family: 'waterlogging',
    metric: 'depth',
    unit: 'cm',
    zh: '下穿道积水',
    en: 'underpass water',
    name: ['水深', 'Depth'],
  },
  { family: 'fire', metric: 'smoke', unit: null, zh: '走廊烟感', en: 'corridor smoke', name: ['烟雾', 'Smoke'] },
] as const;

const CENTER = [108.75, 29.52] as const;

export function fakeAreas() {
  return AREA_NAMES.map(([zh, en], index) => {
    const [x, y] = areaCenter(index);
    const w = 0.009;
    const ring: [number, number][] = [
      [x - w, y - w],
      [x + w, y - w * 0.8],
      [x + w * 0.9, y + w],
      [x - w * 0.8, y + w * 0.9],
      [x - w, y - w],
    ];
    return {
      id: `area-${index}`,
      parent: index === 0 ? null : 'area-0',
      name: { zh, en },
      outline: index === 0 ? null : [ring],
      location: null,
    };
  });
}

function areaCenter(index: number): [number, number] {
  return [CENTER[0] + ((index % 3) - 1) * 0.02, CENTER[1] + (Math.floor(index / 3) - 0.5) * 0.021];
}

export function fakePoints(count: number): FakePoint[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? KINDS[0];
    const areaIndex = 1 + (index % (AREA_NAMES.length - 1));
    const [x, y] = areaCenter(areaIndex);
    const [zh, en] = AREA_NAMES[areaIndex] ?? ['', ''];
    // Spread over the area by two irrational steps: even, irregular, and the same at every run.
    const location: [number, number] = [
      x + (((index * 0.618034) % 1) - 0.5) * 0.015,
      y + (((index * 0.754878) % 1) - 0.5) * 0.015,
    ];
    return {
      id: `point-${index}`,
      name: {
        zh: `${zh.replace('社区', '')}${kind.zh} ${index + 1} 号`,
        en: `${en.replace(' Community', '')} ${kind.en} ${index + 1}`,
      },
      area: `area-${areaIndex}`,
      family: kind.family,
      device: `device-${index}`,
      location,
      reportEveryMs: 30_000,
      hasLimits: true,
      metrics: {
        [kind.metric]: {
          type: kind.unit === null ? 'boolean' : 'number',
          unit: kind.unit,
          name: { zh: kind.name[0], en: kind.name[1] },
          range: kind.unit === null ? null : [0, 100],
        },
      },
    };
  });
}

/** An alert of a point, raised now at the given level. */
export function fakeAlert(point: FakePoint, level: Level, id: string, atMs: number): Alert {
  const [metric = 'value', info] = Object.entries(point.metrics)[0] ?? [];
  const numeric = info?.type !== 'boolean';
  const limit = 10 * (LEVELS.indexOf(level) + 1);
  return {
    id,
    point: point.id,
    area: point.area,
    metric,
    rule: metric,
    level,
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: point.family === 'fire',
    shelvedUntil: null,
    value: numeric ? limit + 2.5 : true,
    limit: numeric ? limit : true,
    unit: info?.unit ?? null,
    raisedAt: atMs,
    receivedAt: atMs,
    clearedAt: null,
    peak: { value: numeric ? limit + 4 : true, at: atMs, level },
    thresholdRevision: 1,
    seq: 0,
    kind: 'levels',
    device: point.device,
    family: point.family,
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: atMs,
    chattering: false,
    repeats: 0,
    label: null,
  };
}
