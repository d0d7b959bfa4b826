import { LEVELS, type Level } from '../model/level.ts';
import { resolveName } from '../model/resolve-name.ts';
import { type Direction, isPlainLevel } from '../model/rule-row.ts';
import type { Family } from '../model/site.ts';
import type { Criterion, LevelRule, Rule } from '../model/threshold.ts';
import type { CellFault, Language } from './table.ts';

/** What the sheets say in words, in either language. */

export const LEVEL_WORDS: Readonly<Record<Language, Readonly<Record<Level, string>>>> = {
  zh: { blue: '蓝', yellow: '黄', orange: '橙', red: '红' },
  en: { blue: 'blue', yellow: 'yellow', orange: 'orange', red: 'red' },
};

export const FAMILY_WORDS: Readonly<Record<Language, Readonly<Record<Family, string>>>> = {
  zh: {
    gas: '气体',
    vibration: '振动',
    waterlogging: '积水',
    fire: '消防',
    geohazard: '地质灾害',
    weather: '气象',
    other: '其他',
  },
  en: {
    gas: 'gas',
    vibration: 'vibration',
    waterlogging: 'waterlogging',
    fire: 'fire',
    geohazard: 'geohazard',
    weather: 'weather',
    other: 'other',
  },
};

export const DIRECTION_SIGNS: Readonly<Record<Direction, string>> = { above: '≥', below: '≤' };

export function yesNo(value: boolean, language: Language): string {
  if (language === 'zh') return value ? '是' : '否';
  return value ? 'yes' : 'no';
}

const AGGREGATES = { average: '平均', maximum: '最大', minimum: '最小', sum: '累计' } as const;

/** A criterion as a sentence, in the rule's own unit: `≥ 25 或 10m 内上升 ≥ 8`. */
export function criterionWords(criterion: Criterion, language: Language): string {
  const zh = language === 'zh';
  const list = (all: readonly Criterion[], word: string) =>
    all
      .map((one) =>
        (one.any ?? one.all) === undefined ? criterionWords(one, language) : `(${criterionWords(one, language)})`,
      )
      .join(word);
  if (criterion.any !== undefined) return list(criterion.any, zh ? ' 或 ' : ' or ');
  if (criterion.all !== undefined) return list(criterion.all, zh ? ' 且 ' : ' and ');
  const parts: string[] = [];
  const aggregate = (Object.keys(AGGREGATES) as (keyof typeof AGGREGATES)[]).find(
    (key) => criterion[key] !== undefined,
  );
  const window = aggregate === undefined ? '' : `${criterion[aggregate]} ${zh ? AGGREGATES[aggregate] : aggregate} `;
  if (criterion.above !== undefined) parts.push(`${window}≥ ${criterion.above}`);
  if (criterion.below !== undefined) parts.push(`${window}≤ ${criterion.below}`);
  const within = criterion.within ?? '';
  if (criterion.rise !== undefined)
    parts.push(zh ? `${within} 内上升 ≥ ${criterion.rise}` : `rises by ${criterion.rise} within ${within}`);
  if (criterion.fall !== undefined)
    parts.push(zh ? `${within} 内下降 ≥ ${criterion.fall}` : `falls by ${criterion.fall} within ${within}`);
  if (criterion.equals !== undefined) parts.push(`${zh ? '为' : 'is'} ${criterion.equals}`);
  if (criterion.curve !== undefined) {
    const points = criterion.curve.points.map(([x, y]) => `${x}: ${y}`).join(', ');
    parts.push(zh ? `随 ${criterion.curve.over} 变化（${points}）` : `by ${criterion.curve.over} (${points})`);
  }
  const coverage =
    criterion.coverage === undefined ? '' : zh ? `，覆盖率 ${criterion.coverage}` : `, coverage ${criterion.coverage}`;
  return parts.join(zh ? ' 或 ' : ' or ') + coverage;
}

/** Everything of a rule that its cells do not say. */
export function otherWords(rule: Rule, language: Language): string {
  const zh = language === 'zh';
  const level = (name: Level) => LEVEL_WORDS[language][name];
  const parts: string[] = [];
  if (rule.noData === false) parts.push(zh ? '不监视静默' : 'silence is not watched');
  else if (rule.noData !== undefined) {
    const { after, level: raised = 'blue' } = rule.noData;
    const time = after ?? (zh ? '默认时间' : 'the usual time');
    parts.push(zh ? `静默 ${time}：${level(raised)}` : `silent for ${time}: ${level(raised)}`);
  }
  if (rule.stuck !== undefined) {
    const { after, tolerance, level: raised = 'blue' } = rule.stuck;
    const within = tolerance === undefined ? '' : ` ±${tolerance}`;
    parts.push(zh ? `${after} 不变${within}：${level(raised)}` : `unchanged${within} for ${after}: ${level(raised)}`);
  }
  if (rule.range === false) parts.push(zh ? '不检查量程' : 'range is not watched');
  else if (rule.range !== undefined)
    parts.push(zh ? `量程 ${rule.range.limits?.join('–') ?? ''}` : `range ${rule.range.limits?.join(' to ') ?? ''}`);
  if (rule.vote !== undefined) {
    const { points, atLeast, level: voted } = rule.vote;
    parts.push(
      zh
        ? `${points.length} 个测点中 ${atLeast} 个达到${level(voted)}`
        : `${atLeast} of ${points.length} points at ${level(voted)}`,
    );
  }
  for (const name of LEVELS) {
    const words = levelExtras(rule.levels?.[name], language);
    if (words !== '') parts.push(`${level(name)}${zh ? '：' : ': '}${words}`);
  }
  if (rule.schedule !== undefined) {
    const count = rule.schedule.length;
    parts.push(zh ? `另有 ${count} 组分时段限值` : `${count} more sets of limits by schedule`);
  }
  if (rule.labels !== undefined) {
    parts.push(
      Object.entries(rule.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(zh ? '，' : ', '),
    );
  }
  return parts.join(zh ? '；' : '; ');
}

function levelExtras(level: LevelRule | undefined, language: Language): string {
  if (level === undefined) return '';
  const zh = language === 'zh';
  const { deadband, recover, recoverFor, label } = level;
  return [
    ...(label === undefined ? [] : [resolveName(label, '')[language]]),
    ...(deadband === undefined ? [] : [`${zh ? '回差' : 'deadband'} ${deadband}`]),
    ...(recover === undefined ? [] : [`${zh ? '恢复值' : 'recover'} ${recover}`]),
    ...(recoverFor === undefined ? [] : [`${zh ? '恢复延时' : 'recover for'} ${recoverFor}`]),
  ].join(zh ? '，' : ', ');
}

/** What stands in the cell of a level that is more than a number. */
export function levelWords(level: LevelRule, language: Language): string {
  return isPlainLevel(level) ? '' : criterionWords(level, language);
}

/** What kind of thing a column holds. */
export type CellKind = 'number' | 'duration' | 'yesNo' | 'direction' | 'text';

/** What can be wrong with a cell or a row. `found` is what stands there. */
export interface Problems {
  /** What a column of a kind should hold. */
  readonly expected: Readonly<Record<CellKind, string>>;
  /** What stands in a cell that cannot be taken for a value. */
  fault(expected: string, fault: CellFault): string;
  rowTooLong(cells: number, headings: number): string;
  readonly hiddenSheet: string;
  number(found: string): string;
  duration(found: string): string;
  yesNo(found: string): string;
  direction(found: string): string;
  readOnlyLimit: string;
  notLimits: string;
  unknownPoint(found: string): string;
  ambiguous(found: string, kind: string): string;
  unknownMetric(found: string, known: readonly string[]): string;
  metricNeeded: string;
  ruleNeeded(rules: readonly string[]): string;
  badRuleId(found: string): string;
  directionNeeded: string;
  pointNeeded: string;
  rowTwice(first: string): string;
  differsFrom(cell: string): string;
  revision(found: string): string;
  stale(now: number | string, found: number | string): string;
  wordsNotTaken: string;
  readOnlyColumn(heading: string): string;
  unknownHeading(heading: string): string;
  repeatedHeading(heading: string): string;
  nothingFound: string;
  unknownSheet: string;
  sheetTwice(first: string): string;
  tooMany(count: number, most: number): string;
  unknownArea(found: string): string;
  areaNeeded: string;
  deviceNeeded: string;
  profileNeeded(device: string): string;
  unknownProfile(found: string, known: readonly string[]): string;
  profileFixed(present: string): string;
  deviceFixed(present: string): string;
  bothCoordinates: string;
  coordinate(found: string, most: number): string;
  swapped(longitude: number, latitude: number): string;
  farOutside(km: number, isSwapped: boolean): string;
  metricsMap(found: string): string;
  unknownField(found: string, known: readonly string[]): string;
  badId(found: string): string;
  noSecret(device: string): string;
  deviceIdNeeded: string;
  secretNumber: string;
  secretLong(most: number): string;
  publicSecret: string;
  secretGiven: string;
  secretDrawn: string;
  secretNone: string;
  secretStays: string;
}

const listed = (names: readonly string[]) =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} …` : names.join(', ');

const FAULT_WORDS: Readonly<Record<Language, Readonly<Record<CellFault['fault'], (found: string) => string>>>> = {
  zh: {
    error: (found) => `错误值 ${found}`,
    noResult: (found) =>
      `没有计算结果的公式${found === '' ? '' : ` ${found}`}（请在电子表格程序中打开并保存，或改填结果）`,
    emptyResult: (found) => `结果为空的公式 ${found}（确要留空，请清除该单元格）`,
    scaled: (found) => `显示与数值不同的数 ${found}（请改为常规格式，按该行的单位填写）`,
    date: (found) => `日期或时间 ${found}（请改为文本或常规格式后重新填写）`,
    merged: (found) => `合并单元格 ${found} 的一部分（请取消合并，逐格填写）`,
    unreadable: (found) => `无法读取的内容 ${found}`,
  },
  en: {
    error: (found) => `the error ${found}`,
    noResult: (found) =>
      `a formula without its result${found === '' ? '' : `, ${found}`} (open the file in a spreadsheet program and save it, or type the result)`,
    emptyResult: (found) => `a formula whose result is empty, ${found} (to leave it blank, clear the cell)`,
    scaled: (found) =>
      `a number that is shown as another one, ${found} (give it the general format, in the row's unit)`,
    date: (found) => `a date or time, ${found} (format the cell as text or general and type it again)`,
    merged: (found) => `a part of the merged cells ${found} (unmerge them and fill each)`,
    unreadable: (found) => `what cannot be read, ${found}`,
  },
};

export const PROBLEMS: Readonly<Record<Language, Problems>> = {
  zh: {
    expected: {
      number: '数字或空白',
      duration: '带单位的时长或空白',
      yesNo: '“是”、“否”或空白',
      direction: '≥ 或 ≤',
      text: '文字或空白',
    },
    fault: (expected, { fault, found }) => `应为${expected}，实为${FAULT_WORDS.zh[fault](found)}`,
    rowTooLong: (cells, headings) =>
      `此行有 ${cells} 格，而表头只有 ${headings} 列：数字中是否用了逗号（12,5）？请用小数点，或给该格加引号`,
    hiddenSheet: '隐藏的工作表，未读取',
    number: (found) => `应为数字，实为“${found}”`,
    duration: (found) => `应为带单位的时长，如 60s、5m、1h30m 或 5分钟，实为“${found}”`,
    yesNo: (found) => `应为“是”或“否”，实为“${found}”`,
    direction: (found) => `应为 ≥ 或 ≤，实为“${found}”`,
    readOnlyLimit: '此限值不只是一个数，表格中不能修改；请在控制台修改，或还原原来的文字',
    notLimits: '此规则不是限值规则，表格中不能修改',
    unknownPoint: (found) => `没有测点“${found}”`,
    ambiguous: (found, kind) =>
      `有多个${kind === 'point' ? '测点' : kind === 'area' ? '区域' : '指标'}名为“${found}”，请填编号`,
    unknownMetric: (found, known) => `该测点没有指标“${found}”，可用：${listed(known)}`,
    metricNeeded: '该测点有多个指标，请填写指标',
    ruleNeeded: (rules) => `该指标有多条规则，请填写规则：${listed(rules)}`,
    badRuleId: (found) => `“${found}”不能作规则名：不能含空格和 / + # ? %`,
    directionNeeded: '请填写方向：≥（高限）或 ≤（低限）',
    pointNeeded: '请填写测点',
    rowTwice: (first) => `与 ${first} 是同一行`,
    differsFrom: (cell) => `与同一规则或设备的 ${cell} 不一致`,
    revision: (found) => `应为版本号，实为“${found}”`,
    stale: (now, found) => `导出后已被他人修改（表中版本 ${found}，当前版本 ${now}）；请重新导出`,
    wordsNotTaken: '空白未采用：此限值不只是一个数，保持不变',
    readOnlyColumn: (heading) => `“${heading}”仅供查看，此处的修改未采用`,
    unknownHeading: (heading) => `不认识列“${heading}”，已忽略`,
    repeatedHeading: (heading) => `列“${heading}”重复，已忽略`,
    nothingFound:
      '没有可识别的表：限值表需有“测点”和“蓝色限值”等列，测点表需有“测点”和“区域”“经度”等列，设备表需有“设备”和“设备类型”“设备密钥”等列',
    unknownSheet: '表头无法识别，整张表已忽略',
    sheetTwice: (first) => `与“${first}”是同一种表，已忽略`,
    tooMany: (count, most) => `共修改 ${count} 个测点，一次最多 ${most} 个`,
    unknownArea: (found) => `没有区域“${found}”`,
    areaNeeded: '新测点须填写区域',
    deviceNeeded: '新测点须填写设备',
    profileNeeded: (device) => `设备“${device}”不存在；如为新设备，请填写设备类型`,
    unknownProfile: (found, known) => `没有设备类型“${found}”，可用：${listed(known)}`,
    profileFixed: (present) => `设备类型不能在此修改（当前为 ${present}）`,
    deviceFixed: (present) => `测点不能在此换到别的设备（当前为 ${present}）`,
    bothCoordinates: '经度和纬度须同时填写',
    swapped: (longitude, latitude) => `经度 ${longitude} 和纬度 ${latitude} 像是填反了`,
    farOutside: (km, isSwapped) => `距站点约 ${km} 公里${isSwapped ? '，经度和纬度像是填反了' : ''}`,
    coordinate: (found, most) => `应在 -${most} 到 ${most} 之间，实为“${found}”`,
    metricsMap: (found) => `应为“指标=设备字段”，以分号分隔，实为“${found}”`,
    unknownField: (found, known) => `该设备类型没有字段“${found}”，可用：${listed(known)}`,
    badId: (found) => `“${found}”不能作编号：不能含空格和 / + # ? %`,
    noSecret: (device) => `新设备“${device}”还没有密钥，请在“设备”页设置后再接入`,
    deviceIdNeeded: '请填写设备编号',
    secretNumber: '密钥是数字格式，前导零和多余的位数可能已丢失：请改为文本格式后重新填写，或留空由系统生成',
    secretLong: (most) => `密钥最长 ${most} 个字符`,
    publicSecret: '这是样例站点公开的密钥，请另换一个，或留空由系统生成',
    secretGiven: '以所填为准',
    secretDrawn: '由系统生成，导入后下载一次',
    secretNone: '不设密钥，由网关、网络服务器或行业协议代报',
    secretStays: '已登记设备的密钥不能用表格去掉',
  },
  en: {
    expected: {
      number: 'a number or a blank',
      duration: 'a duration with its unit or a blank',
      yesNo: 'yes, no or a blank',
      direction: '≥ or ≤',
      text: 'text or a blank',
    },
    fault: (expected, { fault, found }) => `expected ${expected}, found ${FAULT_WORDS.en[fault](found)}`,
    rowTooLong: (cells, headings) =>
      `the row has ${cells} cells under ${headings} headings: is there a comma in a number (12,5)? Write a point, or put quotes around the cell`,
    hiddenSheet: 'the sheet is hidden and was not read',
    number: (found) => `expected a number, found '${found}'`,
    duration: (found) => `expected a duration with its unit, such as 60s, 5m or 1h30m, found '${found}'`,
    yesNo: (found) => `expected yes or no, found '${found}'`,
    direction: (found) => `expected ≥ or ≤, found '${found}'`,
    readOnlyLimit:
      'this limit is more than a number and cannot be changed in a sheet: use the console, or put its words back',
    notLimits: 'this rule is not one of limits and cannot be changed in a sheet',
    unknownPoint: (found) => `there is no point '${found}'`,
    ambiguous: (found, kind) => `several ${kind}s are called '${found}'; give the id`,
    unknownMetric: (found, known) => `the point has no metric '${found}', but ${listed(known)}`,
    metricNeeded: 'the point has several metrics: say which one',
    ruleNeeded: (rules) => `the metric has several rules: say which one of ${listed(rules)}`,
    badRuleId: (found) => `'${found}' cannot be the name of a rule: no blanks and no / + # ? %`,
    directionNeeded: 'say in which direction: ≥ (high) or ≤ (low)',
    pointNeeded: 'say which point',
    rowTwice: (first) => `the same row as ${first}`,
    differsFrom: (cell) => `differs from ${cell}, which is the same rule or device`,
    revision: (found) => `expected a revision, found '${found}'`,
    stale: (now, found) =>
      `changed by somebody since it was exported (revision ${found} here, now ${now}); export it again`,
    wordsNotTaken: 'left as it is: this limit is more than a number, and a blank does not remove it',
    readOnlyColumn: (heading) => `'${heading}' is for reading; what was changed here is not taken over`,
    unknownHeading: (heading) => `column '${heading}' is not known and was left alone`,
    repeatedHeading: (heading) => `column '${heading}' is there twice; this one was left alone`,
    nothingFound:
      'no sheet has headings that are known: limits need "point" and levels such as "blue", points need "point" and "area", "longitude" or others, devices need "device" and "profile", "secret" or others',
    unknownSheet: 'the headings are not known; the sheet was left alone',
    sheetTwice: (first) => `a sheet of the same kind as '${first}'; this one was left alone`,
    tooMany: (count, most) => `changes ${count} points; at most ${most} at once`,
    unknownArea: (found) => `there is no area '${found}'`,
    areaNeeded: 'a new point needs an area',
    deviceNeeded: 'a new point needs a device',
    profileNeeded: (device) => `there is no device '${device}'; if it is new, give its profile`,
    unknownProfile: (found, known) => `there is no profile '${found}', but ${listed(known)}`,
    profileFixed: (present) => `the profile of a device cannot be changed here (it is ${present})`,
    deviceFixed: (present) => `a point cannot be moved to another device here (it is at ${present})`,
    bothCoordinates: 'longitude and latitude go together',
    swapped: (longitude, latitude) => `longitude ${longitude} and latitude ${latitude} look swapped`,
    farOutside: (km, isSwapped) =>
      `about ${km} km from the site${isSwapped ? '; longitude and latitude look swapped' : ''}`,
    coordinate: (found, most) => `expected a number from -${most} to ${most}, found '${found}'`,
    metricsMap: (found) => `expected 'metric=field' with semicolons between, found '${found}'`,
    unknownField: (found, known) => `the profile has no field '${found}', but ${listed(known)}`,
    badId: (found) => `'${found}' cannot be an id: no blanks and no / + # ? %`,
    noSecret: (device) =>
      `device '${device}' is new and has no secret yet: give it one on the page of devices before it connects`,
    deviceIdNeeded: 'say which device',
    secretNumber:
      'a secret in the format of a number may have lost leading zeros or digits: format the cell as text and type it again, or leave it blank to have one drawn',
    secretLong: (most) => `a secret has at most ${most} characters`,
    publicSecret:
      'this secret stands in the sample site for everybody to read: take another, or leave it blank to have one drawn',
    secretGiven: 'as given',
    secretDrawn: 'drawn; to be downloaded once, after the import',
    secretNone: 'none, as a gateway, network server or line protocol speaks for it',
    secretStays: 'a device that is registered keeps its secret: a sheet does not take it away',
  },
};
