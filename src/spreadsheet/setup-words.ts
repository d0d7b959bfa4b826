import type { CellFault, Language } from './table.ts';

/** What can be wrong with the sheets of people and of days, in either language. `found` is what stands in the cell. */
export interface SetupProblems {
  readonly nameNeeded: string;
  idNeeded(name: string): string;
  nameAmbiguous(name: string): string;
  personTwice(first: string): string;
  phoneNumber(found: string): string;
  unknown(kind: 'team' | 'area' | 'channel', found: string, known: readonly string[]): string;
  ambiguous(found: string): string;
  language(found: string): string;
  readonly noPeople: string;
  readonly noDays: string;
  readonly dateNeeded: string;
  date(found: string): string;
  reversed(from: string, to: string): string;
  tooLong(days: number, most: number): string;
  kind(found: string): string;
  readonly kindNeeded: string;
  dayTwice(date: string, first: string): string;
  eventKind(summary: string): string;
  readonly eventDate: string;
  readonly eventRepeats: string;
  readonly noCalendar: string;
}

const listed = (known: readonly string[], separator: string) =>
  known.length > 8 ? `${known.slice(0, 8).join(separator)} …` : known.join(separator);

export const SETUP_PROBLEMS: Readonly<Record<Language, SetupProblems>> = {
  zh: {
    nameNeeded: '请填写姓名',
    idNeeded: (name) => `请为“${name}”填写编号：姓名含有编号不能用的字符，或已是别人的编号`,
    nameAmbiguous: (name) => `有多人名为“${name}”，请填写编号`,
    personTwice: (first) => `与 ${first} 是同一人；如为重名，请分别填写编号`,
    phoneNumber: (found) => `电话号码是数字格式（${found}），开头的 0 或末尾几位可能已丢失：请改为文本格式后重新填写`,
    unknown: (kind, found, known) => {
      const words = { team: '班组', area: '区域', channel: '渠道' } as const;
      return known.length === 0
        ? `没有${words[kind]}“${found}”`
        : `没有${words[kind]}“${found}”，可用：${listed(known, '、')}`;
    },
    ambiguous: (found) => `有多个名为“${found}”，请填编号`,
    language: (found) => `应为“中文”或“英文”，实为“${found}”`,
    noPeople: '没有可识别的人员表：需有“姓名”和“手机”“职务”“邮箱”等列',
    noDays: '没有可识别的日历表：需有“日期”和“安排”两列',
    dateNeeded: '请填写日期',
    date: (found) => `应为日期，如 2026-10-01 或 2026年10月1日，实为“${found}”`,
    reversed: (from, to) => `结束日期 ${to} 早于开始日期 ${from}`,
    tooLong: (days, most) => `从开始到结束共 ${days} 天，一行最多 ${most} 天`,
    kind: (found) => `应为“放假”“上班”或“平常”，实为“${found}”`,
    kindNeeded: '请填写安排：放假、上班，或平常（取消已有的安排）',
    dayTwice: (date, first) => `${date} 在 ${first} 中另有安排`,
    eventKind: (summary) => `“${summary}”看不出是放假还是上班，未采用`,
    eventDate: '事件没有整天的日期（DTSTART;VALUE=DATE）',
    eventRepeats: '重复的事件（RRULE）不读取，请逐年列出',
    noCalendar: '不是日历文件（iCalendar）',
  },
  en: {
    nameNeeded: 'say the name',
    idNeeded: (name) => `give '${name}' an id: the name has letters that no id has, or is the id of somebody else`,
    nameAmbiguous: (name) => `several people are called '${name}'; give the id`,
    personTwice: (first) => `the same person as ${first}; if they only share a name, give each an id`,
    phoneNumber: (found) =>
      `the telephone number has the format of a number (${found}), which may have lost leading zeros or digits: format the cell as text and type it again`,
    unknown: (kind, found, known) =>
      known.length === 0
        ? `there is no ${kind} '${found}'`
        : `there is no ${kind} '${found}', but ${listed(known, ', ')}`,
    ambiguous: (found) => `several are called '${found}'; give the id`,
    language: (found) => `expected zh or en, found '${found}'`,
    noPeople: 'no sheet has headings that are known: people need "name" and "phone", "role", "email" or others',
    noDays: 'no sheet has headings that are known: days need "date" and "day"',
    dateNeeded: 'say the date',
    date: (found) => `expected a date such as 2026-10-01, found '${found}'`,
    reversed: (from, to) => `ends on ${to}, before it begins on ${from}`,
    tooLong: (days, most) => `lasts ${days} days; a row has at most ${most}`,
    kind: (found) => `expected off, working or usual, found '${found}'`,
    kindNeeded: 'say what the day is: off, working, or usual, which takes back what was said of it',
    dayTwice: (date, first) => `${first} says something else of ${date}`,
    eventKind: (summary) => `'${summary}' says neither that the day is off nor that it is worked, and was left alone`,
    eventDate: 'the event has no date of whole days (DTSTART;VALUE=DATE)',
    eventRepeats: 'events that repeat (RRULE) are not read: list each year',
    noCalendar: 'not a calendar (iCalendar)',
  },
};

/** What stands in a cell that should be a date and is none. */
export function faultInDate({ found, fault }: CellFault, language: Language): string {
  return SETUP_PROBLEMS[language].date(found === '' ? fault : found);
}
