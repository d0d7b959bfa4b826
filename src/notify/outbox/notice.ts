import type { Alert } from '../../model/alert.ts';
import { whatOf } from '../../model/alert-words.ts';
import { LEVELS, type Level } from '../../model/level.ts';
import type { AlertNames } from '../../model/notify/alert-names.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';
import { filled } from '../../model/notify/notice-fields.ts';
import type { TextTemplate } from '../../model/notify/setup.ts';
import { LEVELS_DOWN } from '../../model/severity.ts';
import { SYSTEM_POINT } from '../../model/system-alerts.ts';
import type { Notice, NoticeItem } from '../channel.ts';
import { type Language, WORDS } from './words.ts';

/** An alert as its last entry has it, with the names that people know it by. */
export interface AlertShown {
  readonly alert: Alert;
  readonly names: AlertNames;
  /** Who has acknowledged it, as people call him. Left out while nobody has, and in old rows. */
  readonly takenBy?: string | undefined;
}

/** What is to be said, before it is in words. */
export interface NoticeSpec {
  readonly id: string;
  readonly language: Language;
  /** Why, of all intents that are in it. */
  readonly reasons: readonly ReasonTold[];
  readonly alerts: readonly AlertShown[];
  readonly atMs: number;
  readonly link: string | null;
  readonly code: string | null;
}

export interface NoticeContext {
  /** IANA name of the site's zone. */
  readonly timezone: string;
  readonly templates: readonly TextTemplate[];
}

/** Puts into words what people are told: one alert, or a situation that names every one. */
export function noticeOf(spec: NoticeSpec, { timezone, templates }: NoticeContext): Notice {
  const { id, language, atMs, link, code } = spec;
  const shown = spec.alerts.toSorted((a, b) => byUrgency(a.alert, b.alert));
  const [first] = shown;
  const items = shown.map((one) => itemOf(one, { language, timezone }));
  const level = highestOf(shown.map(({ alert }) => alert.level));
  const kind = kindOf(spec, shown);
  const fields = { ...fieldsOf(spec, shown, timezone), ...(code === null ? {} : { code }) };
  const words = plainWords(spec, shown, items, timezone);
  const template = templateFor(kind, language, templates);
  const named = {
    ...fields,
    ...{ id, kind, levelId: level ?? '', link: link ?? '', code: code ?? '' },
    ...{ alerts: items.map(({ alert }) => alert).join(','), title: words.title, body: words.body },
  };
  const title = template === undefined ? words.title : filled(template.title, named);
  const body = template === undefined ? words.body : filled(template.body, named);
  const isOne = shown.length === 1;
  return {
    id,
    kind,
    tone: toneOf(spec, shown),
    language,
    level,
    title,
    body,
    items,
    fields,
    link,
    code,
    thread: isOne ? (first?.alert.id ?? null) : null,
    atMs,
  };
}

/** What tells of no alert has nothing to put into the fields of one. */
function templateFor(
  kind: Notice['kind'],
  language: Language,
  templates: readonly TextTemplate[],
): TextTemplate | undefined {
  const ofLanguage = templates.filter((template) => template.language === language);
  const own = ofLanguage.find((template) => template.for === kind);
  return kind === 'rehearsal' || kind === 'test'
    ? own
    : (own ?? ofLanguage.find((template) => template.for === undefined));
}

/** What is still the case before what is over, most severe first, and of those the oldest. */
function byUrgency(a: Alert, b: Alert): number {
  return (
    Number(isOver(a)) - Number(isOver(b)) ||
    LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) ||
    a.raisedAt - b.raisedAt
  );
}

function highestOf(levels: readonly Level[]): Level | null {
  return LEVELS_DOWN.find((level) => levels.includes(level)) ?? null;
}

function kindOf({ reasons }: NoticeSpec, shown: readonly AlertShown[]): Notice['kind'] {
  if (reasons.includes('test')) return 'test';
  if (reasons.includes('rehearsal')) return 'rehearsal';
  if (shown.length !== 1) return 'situation';
  if (reasons.includes('cleared')) return 'cleared';
  return shown[0]?.alert.kind === 'system' ? 'system' : 'alert';
}

/** What is told beside alarms. */
const NEWS: ReadonlySet<ReasonTold> = new Set(['acknowledged', 'deescalated', 'cleared']);

function toneOf({ reasons }: NoticeSpec, shown: readonly AlertShown[]): Notice['tone'] {
  if (shown.length > 0 && shown.every(({ alert }) => isOver(alert))) return 'over';
  return reasons.length > 0 && reasons.every((reason) => NEWS.has(reason)) ? 'news' : 'alarm';
}

const isOver = ({ state }: Alert): boolean => state !== 'active';

interface In {
  readonly language: Language;
  readonly timezone: string;
}

function itemOf({ alert, names, takenBy }: AlertShown, { language, timezone }: In): NoticeItem {
  const words = WORDS[language];
  const over = alert.state === 'cleared' ? words.cleared : alert.state === 'closed' ? words.closed : '';
  const parts = [
    words.level[alert.level],
    nameOf(alert, names, language),
    factOf(alert, names, language),
    clockOf(alert.raisedAt, timezone),
    over,
    takenBy === undefined || isOver(alert) ? '' : words.taken(takenBy),
  ];
  const text = parts.filter((part) => part !== '').join(' ');
  return { alert: alert.id, level: alert.level, text, isOver: isOver(alert) };
}

function nameOf({ point }: Alert, { point: name }: AlertNames, language: Language): string {
  if (point === SYSTEM_POINT) return WORDS[language].system;
  return name?.[language] ?? point;
}

/** `积水深度 52 cm（限值 50 cm）`, or what is wrong where there is no value. */
function factOf(alert: Alert, names: AlertNames, language: Language): string {
  const what = whatOf(alert, names.metric?.[language] ?? null, language);
  if (alert.kind !== 'levels') return what;
  const words = WORDS[language];
  const value = names.value?.[language] ?? valueText(alert.value, alert.unit, language);
  // That smoke is smoke needs no limit.
  const limit =
    typeof alert.limit === 'boolean' ? '' : (names.limit?.[language] ?? valueText(alert.limit, alert.unit, language));
  const brackets = language === 'zh' ? ['（', '）'] : [' (', ')'];
  const inBrackets = limit === '' ? '' : `${brackets[0]}${words.limit(limit)}${brackets[1]}`;
  return `${what} ${alert.unverified ? `${value} ${words.unverified}` : value}${inBrackets}`.trim();
}

/** At most so many digits as instruments show. */
const DIGITS = 6;

function valueText(value: Alert['value'], unit: string | null, language: Language): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return WORDS[language].boolean[value ? 'yes' : 'no'];
  const text = typeof value === 'number' ? String(Number(value.toPrecision(DIGITS))) : String(value);
  return unit === null ? text : `${text} ${unit}`;
}

function plainWords(
  spec: NoticeSpec,
  shown: readonly AlertShown[],
  items: readonly NoticeItem[],
  timezone: string,
): { readonly title: string; readonly body: string } {
  const { language, reasons, code } = spec;
  const words = WORDS[language];
  if (reasons.includes('test')) return words.test;
  const answer = code === null ? [] : [words.code(code)];
  if (reasons.includes('rehearsal')) {
    return { title: words.rehearsal.title, body: [words.rehearsal.body, ...answer].join('\n') };
  }
  const [first] = shown;
  if (shown.length === 1 && first !== undefined) {
    const { alert, names, takenBy } = first;
    const reason = reasonWord(reasons, language);
    const title = [reason, levelText(alert, language), nameOf(alert, names, language), factOf(alert, names, language)];
    const body = [
      ...(alert.point === SYSTEM_POINT ? [] : [words.area(names.area?.[language] ?? alert.area)]),
      ...(alert.kind === 'system' ? [valueText(alert.value, alert.unit, language)] : []),
      words.at(timeText(alert.raisedAt, timezone)),
      ...(takenBy === undefined || isOver(alert) ? [] : [words.by(takenBy)]),
      ...answer,
    ];
    return { title: title.filter((part) => part !== '').join(' '), body: body.join('\n') };
  }
  return {
    title: words.situation(shown.length, countsText(shown, language)),
    body: [...items.map(({ text }) => text), ...answer].join('\n'),
  };
}

/** The colour, which everybody knows, and what the document calls the level beside it. */
function levelText({ level, label }: Alert, language: Language): string {
  const colour = WORDS[language].level[level];
  if (label === null) return colour;
  const name = nameText(label, language);
  return language === 'zh' ? `${colour}（${name}）` : `${colour} (${name})`;
}

function nameText(label: NonNullable<Alert['label']>, language: Language): string {
  return typeof label === 'string' ? label : (label[language] ?? label.zh ?? label.en ?? '');
}

/** Of several reasons the one that says most of how things are now. */
const TELLING: readonly ReasonTold[] = [
  'cleared',
  'acknowledged',
  'escalated',
  'deescalated',
  'step',
  'repeat',
  'returned',
  'silence-ended',
  'quiet-ended',
];

function reasonWord(reasons: readonly ReasonTold[], language: Language): string {
  const reason = TELLING.find((one) => reasons.includes(one));
  const word = reason === undefined ? '' : WORDS[language].reason[reason];
  if (word === '') return '';
  return language === 'zh' ? `【${word}】` : `${word}:`;
}

function countsText(shown: readonly AlertShown[], language: Language): string {
  const words = WORDS[language];
  const active = shown.filter(({ alert }) => alert.state === 'active');
  const counts = LEVELS_DOWN.flatMap((level) => {
    const count = active.filter(({ alert }) => alert.level === level).length;
    return count === 0 ? [] : [words.countOf(words.level[level], count)];
  });
  const over = shown.length - active.length;
  return [...counts, ...(over === 0 ? [] : [words.countOf(words.cleared, over)])].join(language === 'zh' ? '，' : ', ');
}

/** Named fields, for templates. Of a situation those of its most urgent alert, and what is of all of them. */
function fieldsOf(spec: NoticeSpec, shown: readonly AlertShown[], timezone: string): Record<string, string> {
  const { language, reasons } = spec;
  const words = WORDS[language];
  const all = {
    count: String(shown.length),
    counts: countsText(shown, language),
    list: shown.map((one) => itemOf(one, { language, timezone }).text).join('\n'),
    reason: reasons.map((reason) => words.reason[reason]).find((word) => word !== '') ?? '',
    sent: timeText(spec.atMs, timezone),
  };
  const [first] = shown;
  if (first === undefined) return all;
  const { alert, names, takenBy } = first;
  return {
    ...all,
    by: takenBy ?? '',
    alert: alert.id,
    level: words.level[alert.level],
    point: nameOf(alert, names, language),
    area: names.area?.[language] ?? alert.area,
    metric: whatOf(alert, names.metric?.[language] ?? null, language),
    value: names.value?.[language] ?? valueText(alert.value, alert.unit, language),
    limit: names.limit?.[language] ?? valueText(alert.limit, alert.unit, language),
    fact: factOf(alert, names, language),
    areaId: alert.area,
    pointId: alert.point,
    time: timeText(alert.raisedAt, timezone),
    clock: clockOf(alert.raisedAt, timezone),
    state: alert.state === 'cleared' ? words.cleared : alert.state === 'closed' ? words.closed : '',
  };
}

/** `02:13` in the site's zone. */
function clockOf(ms: number, timezone: string): string {
  return timeText(ms, timezone).slice(11, 16);
}

/** `2026-07-03 02:13:55 UTC+8`, so that nobody takes it for another zone's. */
function timeText(ms: number, timezone: string): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(ms)) parts[type] = value;
  const { year, month, day, hour, minute, second, timeZoneName } = parts;
  const offset = (timeZoneName ?? 'GMT').replace('GMT', 'UTC');
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${offset}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  formats.set(timezone, format);
  return format;
}
