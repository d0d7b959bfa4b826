import type { Notice } from '../channel.ts';

/** All named fields of a notice: those that it was put into words with, and those that are the notice itself. */
export function fieldsOfNotice(notice: Notice): Readonly<Record<string, string>> {
  return {
    ...notice.fields,
    id: notice.id,
    kind: notice.kind,
    levelId: notice.level ?? '',
    title: notice.title,
    body: notice.body,
    alerts: notice.items.map(({ alert }) => alert).join(','),
    link: notice.link ?? '',
    code: notice.code ?? '',
  };
}

/** The body without lines that name an alert, where there are several: a channel lists them itself, and counts those it cannot. */
export function bodyBesideItems({ body, items }: Pick<Notice, 'body' | 'items'>): string {
  if (items.length < 2) return body;
  const listed = new Set(items.map(({ text }) => text));
  return body
    .split('\n')
    .filter((line) => !listed.has(line))
    .join('\n');
}
