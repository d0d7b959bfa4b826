/**
 * Named fields of a notice, for templates that a gateway keeps and for webhooks of any shape. One that a notice has
 * nothing to say in is empty text, so that a template never fails for want of it.
 */
export const NOTICE_FIELDS = [
  /** The same in each attempt. */
  'id',
  /** alert, situation, cleared, system, rehearsal, test. */
  'kind',
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
  /** What was measured or has happened: 积水, 气体浓度, 设备离线. */
  'what',
  'value',
  'limit',
  /** When it began, by the site's clock: 02:13. */
  'time',
  /** The same as ISO 8601 with its offset. */
  'timeIso',
  /** How many alerts it tells of. */
  'count',
  /** Ids of the alerts, separated by commas. */
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
  return template.replace(FIELD, (_, name: string) => written(fields[name] ?? ''));
}
