import type { Level } from '../../model/level.ts';

/**
 * The one place where colours are decided (docs/design.md says why). Everything that is normal is grey; a hue means
 * that something is abnormal. Stylesheets use these as CSS variables, Ant Design, the map and the charts as values.
 */
export type ThemeName = 'light' | 'dark';

export interface Palette {
  /** Behind everything. */
  readonly ground: string;
  /** Lists, tables, bars. */
  readonly panel: string;
  /** What lies above a panel: inputs, dialogs, the selected row. */
  readonly raised: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly textSoft: string;
  readonly textFaint: string;
  /** Buttons and whatever can be pressed: graphite, never a hue, because hues are alarms. */
  readonly action: string;
  readonly actionText: string;
  readonly focus: string;
  /** Charts and the normal state on the map. */
  readonly trace: string;
  readonly traceBand: string;
  readonly mapGround: string;
  readonly mapArea: string;
  readonly mapLine: string;
  readonly level: Readonly<Record<Level, { readonly fill: string; readonly on: string; readonly tint: string }>>;
}

export const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  light: {
    ground: '#dfe2e5',
    panel: '#eef0f1',
    raised: '#fbfbfc',
    line: '#cbd0d5',
    lineStrong: '#868e96',
    text: '#1b2025',
    textSoft: '#464f58',
    textFaint: '#5c656e',
    action: '#38434e',
    actionText: '#ffffff',
    focus: '#0b0d0f',
    trace: '#38434e',
    traceBand: 'rgba(56, 67, 78, 0.18)',
    mapGround: '#dde0e3',
    mapArea: '#ebedee',
    mapLine: '#a9b0b7',
    level: {
      blue: { fill: '#1d5fc4', on: '#ffffff', tint: '#dbe5f4' },
      yellow: { fill: '#f5cb1b', on: '#1b1b1b', tint: '#f6eec9' },
      orange: { fill: '#ee7d12', on: '#1b1b1b', tint: '#f7e1c9' },
      red: { fill: '#c8102e', on: '#ffffff', tint: '#f6d6da' },
    },
  },
  dark: {
    ground: '#121518',
    panel: '#1b1f23',
    raised: '#262b31',
    line: '#343b42',
    lineStrong: '#6c757e',
    text: '#e6e9ec',
    textSoft: '#b4bcc4',
    textFaint: '#98a1aa',
    action: '#c3cad1',
    actionText: '#14181b',
    focus: '#ffffff',
    trace: '#c3cad1',
    traceBand: 'rgba(195, 202, 209, 0.2)',
    mapGround: '#14171a',
    mapArea: '#1f2429',
    mapLine: '#4a535c',
    level: {
      blue: { fill: '#5b9dff', on: '#0d1216', tint: '#1b2a41' },
      yellow: { fill: '#ffd83d', on: '#1b1b1b', tint: '#312c17' },
      orange: { fill: '#ff9a3c', on: '#1b1b1b', tint: '#372614' },
      red: { fill: '#e0283c', on: '#ffffff', tint: '#3c171c' },
    },
  },
};

/** Chinese system faces first, for most of what is read is Chinese; no font is ever fetched. */
export const FONT_STACK =
  '"PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", system-ui, sans-serif';

/** The palette as CSS variables: `lineStrong` is `--line-strong`, a level's fill `--red`, its text `--on-red`. */
export function cssVariables(palette: Palette): Record<string, string> {
  const variables: Record<string, string> = { '--font': FONT_STACK };
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === 'string')
      variables[`--${name.replace(/[A-Z]/g, (upper) => `-${upper.toLowerCase()}`)}`] = value;
  }
  for (const [level, { fill, on, tint }] of Object.entries(palette.level)) {
    variables[`--${level}`] = fill;
    variables[`--on-${level}`] = on;
    variables[`--tint-${level}`] = tint;
  }
  return variables;
}
