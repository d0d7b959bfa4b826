/**
 * Named fields of a notice, for texts that a gateway keeps and for webhooks of any shape. One that a notice has nothing to
 * say in is empty text, so that a template never fails for want of it. Of several alerts it is the most urgent one's.
 */
export const NOTICE_FIELDS = [
  /** The same in each attempt. */
  'id',
  /** alert, situation, cleared, system, rehearsal, test. */
  'kind',
  /** Why: 升级, 已解除. Empty for what is new. */
  'reason',
  /** The level as a word, 红色; empty without one. */
  'level',
  /** The level as programs name it: blue, yellow, orange, red; empty without one. */
  'levelId',
  'title',
  'body',
  'area',
  'areaId',
  'point',
  'pointId',
  /** What was measured or has happened: 积水深度, 设备离线. */
  'metric',
  'value',
  'limit',
  /** Metric, value and limit as one text. */
  'fact',
  'state',
  /** Who has acknowledged it; empty while nobody has. */
  'by',
  /** When it began, with the offset: 2026-07-03 02:13:55 UTC+8. */
  'time',
  /** The same for the ear: 02:13. */
  'clock',
  /** When it is told. */
  'sent',
  /** How many alerts it tells of. */
  'count',
  /** The same by level: 红色 2 条，橙色 5 条. */
  'counts',
  /** A line for each alert. */
  'list',
  /** The most urgent alert's id. */
  'alert',
  /** Ids of all of them, separated by commas. */
  'alerts',
  'link',
  'code',
] as const;
export type NoticeField = (typeof NOTICE_FIELDS)[number];

const FIELD = /\{([A-Za-z]+)\}/g;

/** Names in braces of a template, in order, each as often as it stands there. */
export function fieldsIn(template: string): readonly string[] {
  return [...template.matchAll(FIELD)].map((match) => match[1] ?? '');
}

export function isNoticeField(name: string): name is NoticeField {
  return (NOTICE_FIELDS as readonly string[]).includes(name);
}

/** A template with its fields put in, each as `written` gives it for where it goes. What was put in is not looked at again. */
export function filled(
  template: string,
  fields: Readonly<Record<string, string>>,
  written: (value: string) => string = (value) => value,
): string {
  return template.replace(FIELD, (_, name: string) => written(Object.hasOwn(fields, name) ? (fields[name] ?? '') : ''));
}
