import type { RowField } from '../model/rule-row.ts';
import { type Cell, isFault, type Language, type Table } from './table.ts';

/** The columns of the two sheets: what they are called in either language, and which other headings mean the same. */

export interface Column<K extends string> {
  readonly key: K;
  readonly zh: string;
  readonly en: string;
  /** Headings people have used in sheets of their own. */
  readonly also?: readonly string[];
  /** For reading: what is changed there is not taken over. */
  readonly readOnly?: boolean;
  /** In characters. */
  readonly width: number;
}

export type LimitKey = 'point' | 'name' | 'area' | 'rule' | 'direction' | 'other' | 'source' | 'revision' | RowField;

/** `一级` and its like run both ways in the standards (DOMAIN trap 1): a heading that may mean either is not known. */
export const LIMIT_COLUMNS: readonly Column<LimitKey>[] = [
  {
    key: 'point',
    zh: '测点',
    en: 'point',
    also: ['测点编号', '测点id', '监测点', '监测点编号', '编号', 'id', 'point id'],
    width: 20,
  },
  { key: 'name', zh: '名称', en: 'name', also: ['测点名称', '监测点名称'], readOnly: true, width: 26 },
  { key: 'area', zh: '区域', en: 'area', also: ['街道', '社区'], readOnly: true, width: 16 },
  { key: 'metric', zh: '指标', en: 'metric', also: ['监测指标', '参数'], width: 16 },
  { key: 'rule', zh: '规则', en: 'rule', also: ['规则名'], width: 14 },
  { key: 'unit', zh: '单位', en: 'unit', also: ['计量单位'], width: 9 },
  { key: 'direction', zh: '方向', en: 'direction', also: ['条件', '比较'], width: 8 },
  { key: 'blue', zh: '蓝色限值', en: 'blue', also: ['蓝色', '蓝', '蓝色阈值', 'blue limit'], width: 12 },
  { key: 'yellow', zh: '黄色限值', en: 'yellow', also: ['黄色', '黄', '黄色阈值', 'yellow limit'], width: 12 },
  { key: 'orange', zh: '橙色限值', en: 'orange', also: ['橙色', '橙', '橙色阈值', 'orange limit'], width: 12 },
  { key: 'red', zh: '红色限值', en: 'red', also: ['红色', '红', '红色阈值', 'red limit'], width: 12 },
  { key: 'for', zh: '延时', en: 'for', also: ['报警延时', '持续时间', 'delay', 'on-delay'], width: 9 },
  { key: 'blueFor', zh: '蓝色延时', en: 'blue for', width: 9 },
  { key: 'yellowFor', zh: '黄色延时', en: 'yellow for', width: 9 },
  { key: 'orangeFor', zh: '橙色延时', en: 'orange for', width: 9 },
  { key: 'redFor', zh: '红色延时', en: 'red for', width: 9 },
  { key: 'deadband', zh: '回差', en: 'deadband', also: ['死区', '迟滞', 'hysteresis'], width: 9 },
  { key: 'recover', zh: '恢复值', en: 'recover', also: ['恢复限值'], width: 9 },
  { key: 'recoverFor', zh: '恢复延时', en: 'recover for', also: ['解除延时', 'recoverfor', 'off-delay'], width: 10 },
  { key: 'latch', zh: '锁定', en: 'latch', also: ['自锁', '人工复位'], width: 8 },
  { key: 'other', zh: '其他内容（只读）', en: 'more (read only)', also: ['more'], readOnly: true, width: 34 },
  {
    key: 'source',
    zh: '依据（只读）',
    en: 'source (read only)',
    also: ['source', '依据', '标准'],
    readOnly: true,
    width: 26,
  },
  { key: 'revision', zh: '版本', en: 'revision', width: 8 },
];

export type PointKey =
  | 'id'
  | 'nameZh'
  | 'nameEn'
  | 'area'
  | 'areaName'
  | 'family'
  | 'device'
  | 'profile'
  | 'longitude'
  | 'latitude'
  | 'metrics'
  | 'version';

export const POINT_COLUMNS: readonly Column<PointKey>[] = [
  {
    key: 'id',
    zh: '测点',
    en: 'point',
    also: ['测点编号', '测点id', '监测点', '监测点编号', '编号', 'id', 'point id'],
    width: 20,
  },
  { key: 'nameZh', zh: '中文名称', en: 'name (zh)', also: ['名称', '测点名称', 'name', '监测点名称'], width: 26 },
  { key: 'nameEn', zh: '英文名称', en: 'name (en)', width: 26 },
  { key: 'area', zh: '区域', en: 'area', also: ['区域编号', 'area id', '街道', '社区'], width: 16 },
  {
    key: 'areaName',
    zh: '区域名称（只读）',
    en: 'area name (read only)',
    also: ['区域名称'],
    readOnly: true,
    width: 18,
  },
  { key: 'family', zh: '类别（只读）', en: 'family (read only)', also: ['类别', 'family'], readOnly: true, width: 12 },
  { key: 'device', zh: '设备', en: 'device', also: ['设备编号', 'device id'], width: 16 },
  { key: 'profile', zh: '设备类型', en: 'profile', also: ['型号', '设备型号'], width: 18 },
  { key: 'longitude', zh: '经度', en: 'longitude', also: ['lon', 'lng', 'x'], width: 12 },
  { key: 'latitude', zh: '纬度', en: 'latitude', also: ['lat', 'y'], width: 12 },
  { key: 'metrics', zh: '指标映射', en: 'metrics', also: ['metric map', '指标'], width: 30 },
  { key: 'version', zh: '版本', en: 'version', also: ['revision'], width: 12 },
];

export type DeviceKey =
  | 'device'
  | 'nameZh'
  | 'nameEn'
  | 'profile'
  | 'point'
  | 'pointZh'
  | 'pointEn'
  | 'area'
  | 'longitude'
  | 'latitude'
  | 'secret'
  | 'version';

export const DEVICE_COLUMNS: readonly Column<DeviceKey>[] = [
  {
    key: 'device',
    zh: '设备',
    en: 'device',
    also: ['设备编号', '设备id', 'device id', '用户名', 'user name'],
    width: 18,
  },
  {
    key: 'nameZh',
    zh: '设备中文名称',
    en: 'device name (zh)',
    also: ['设备名称', '设备名', 'device name', '名称', 'name'],
    width: 24,
  },
  { key: 'nameEn', zh: '设备英文名称', en: 'device name (en)', width: 24 },
  { key: 'profile', zh: '设备类型', en: 'profile', also: ['型号', '设备型号', '类型', 'type'], width: 20 },
  {
    key: 'point',
    zh: '测点',
    en: 'point',
    also: ['测点编号', '测点id', '监测点', '监测点编号', 'point id'],
    width: 20,
  },
  {
    key: 'pointZh',
    zh: '测点中文名称',
    en: 'point name (zh)',
    also: ['测点名称', '监测点名称', 'point name'],
    width: 26,
  },
  { key: 'pointEn', zh: '测点英文名称', en: 'point name (en)', width: 26 },
  { key: 'area', zh: '区域', en: 'area', also: ['区域编号', 'area id', '街道', '社区'], width: 16 },
  { key: 'longitude', zh: '经度', en: 'longitude', also: ['lon', 'lng', 'x'], width: 12 },
  { key: 'latitude', zh: '纬度', en: 'latitude', also: ['lat', 'y'], width: 12 },
  {
    key: 'secret',
    zh: '设备密钥',
    en: 'secret',
    also: ['密钥', '口令', '设备口令', '密码', 'password', 'device secret'],
    width: 24,
  },
  { key: 'version', zh: '版本', en: 'version', also: ['revision'], width: 12 },
];

export const SHEET_NAMES = {
  devices: { zh: '设备', en: 'devices' },
  limits: { zh: '限值', en: 'limits' },
  points: { zh: '测点', en: 'points' },
} as const;

export function titleOf(column: Pick<Column<string>, 'zh' | 'en'>, language: Language): string {
  return language === 'zh' ? column.zh : column.en;
}

/** A sheet that was recognised: where its columns are and where its rows begin. */
export interface FoundSheet<K extends string> {
  readonly table: Table;
  readonly headingRow: number;
  readonly columns: ReadonlyMap<K, number>;
  /** Headings nobody here knows; their columns are left alone. */
  readonly unknown: readonly { readonly column: number; readonly heading: string }[];
  /** Columns that are there twice. */
  readonly repeated: readonly { readonly column: number; readonly heading: string }[];
}

/** People put a title or two above the heading. */
export const HEADING_ROWS_MAX = 10;

/** Without width, case, blanks, units in brackets and other decoration: `蓝色 限值(cm)` is `蓝色限值`. */
function plain(heading: Cell): string {
  return String(heading ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s*_:]+/g, '')
    .trim();
}

function namesOf(column: Column<string>): string[] {
  return [column.zh, column.en, ...(column.also ?? [])].map(plain);
}

/** Finds the heading among the first rows; undefined when no row has the columns that `isEnough` asks for. */
export function findSheet<K extends string>(
  table: Table,
  columns: readonly Column<K>[],
  isEnough: (found: ReadonlyMap<K, number>) => boolean,
): FoundSheet<K> | undefined {
  const byName = new Map<string, K>();
  for (const column of columns) for (const name of namesOf(column)) if (!byName.has(name)) byName.set(name, column.key);
  const keyOf = (heading: Cell) => byName.get(plain(heading)) ?? byName.get(plain(heading).replace(/\([^)]*\)$/, ''));
  for (const [headingRow, row] of table.rows.slice(0, HEADING_ROWS_MAX).entries()) {
    const found = new Map<K, number>();
    const unknown: { column: number; heading: string }[] = [];
    const repeated: { column: number; heading: string }[] = [];
    row.forEach((heading, column) => {
      if (heading === null || isFault(heading)) return;
      const key = keyOf(heading);
      if (key === undefined) unknown.push({ column, heading: String(heading) });
      else if (found.has(key)) repeated.push({ column, heading: String(heading) });
      else found.set(key, column);
    });
    if (isEnough(found)) return { table, headingRow, columns: found, unknown, repeated };
  }
  return undefined;
}

export type Sheet =
  | { readonly kind: 'limits'; readonly sheet: FoundSheet<LimitKey> }
  | { readonly kind: 'points'; readonly sheet: FoundSheet<PointKey> }
  | { readonly kind: 'devices'; readonly sheet: FoundSheet<DeviceKey> };

/**
 * Sheets are told by their headings, whatever they are called. One of devices and points is one of points, unless it has
 * secrets or was said to be one of devices.
 */
export function recognise(table: Table, isOfDevices = false): Sheet | undefined {
  const limits = findSheet(table, LIMIT_COLUMNS, (found) => {
    return found.has('point') && (['blue', 'yellow', 'orange', 'red'] as const).some((level) => found.has(level));
  });
  if (limits !== undefined) return { kind: 'limits', sheet: limits };
  const devices = findSheet(table, DEVICE_COLUMNS, (found) => {
    const others = (['profile', 'secret', 'point', 'nameZh', 'nameEn'] as const).filter((key) => found.has(key));
    if (!found.has('device') || others.length === 0) return false;
    return isOfDevices || found.has('secret') || (found.has('profile') && !found.has('point'));
  });
  if (devices !== undefined) return { kind: 'devices', sheet: devices };
  const points = findSheet(table, POINT_COLUMNS, (found) => {
    const telling = ['nameZh', 'nameEn', 'area', 'device', 'longitude', 'latitude', 'metrics'] as const;
    return found.has('id') && telling.some((key) => found.has(key));
  });
  return points === undefined ? undefined : { kind: 'points', sheet: points };
}
