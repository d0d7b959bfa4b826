import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { textOf } from '../model/cell-text.ts';
import { problemsOfIssues } from '../model/issue.ts';
import { idSchema, type NameText } from '../model/names.ts';
import { type Person, personSchema, type Team } from '../model/notify/people.ts';
import type { NotifySetup } from '../model/notify/setup.ts';
import type { RowFate, SetupSheetPlan, SheetRowFate } from '../model/notify/setup-sheet.ts';
import type { ProblemPath } from '../model/problem.ts';
import { problemText } from '../model/problem-words.ts';
import type { AreaRecord } from '../model/registry.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { SheetChange } from '../model/spreadsheet.ts';
import { type Column, type FoundSheet, findSheet, titleOf } from './columns.ts';
import { collectNotes, tellFaults, tellHeadings, valueIn } from './faults.ts';
import { createLookup } from './lookup.ts';
import { SETUP_PROBLEMS } from './setup-words.ts';
import { type Cell, type Language, placeName, type Table } from './table.ts';
import { PROBLEMS } from './words.ts';

/**
 * The sheet of people who are told (通讯录): a row each, with the teams they are in. What a row leaves out stays: a person who
 * is not in the sheet, a column that it does not have. A cell that is emptied takes away what stood there, and is shown as that.
 */

type PersonKey =
  | 'id'
  | 'name'
  | 'role'
  | 'teams'
  | 'areas'
  | 'phone'
  | 'email'
  | 'wecom'
  | 'dingtalk'
  | 'feishu'
  | 'by'
  | 'language'
  | 'account'
  | 'note'
  | 'version';

export const PERSON_COLUMNS: readonly Column<PersonKey>[] = [
  { key: 'id', zh: '编号', en: 'id', also: ['人员编号', '工号', 'person', 'person id'], width: 14 },
  { key: 'name', zh: '姓名', en: 'name', also: ['联系人', '人员', '人员姓名'], width: 12 },
  { key: 'role', zh: '职务', en: 'role', also: ['岗位', '职责', '职位'], width: 16 },
  { key: 'teams', zh: '班组', en: 'teams', also: ['小组', '组别', 'team'], width: 18 },
  { key: 'areas', zh: '区域', en: 'areas', also: ['负责区域', '社区', '街道', 'area'], width: 18 },
  {
    key: 'phone',
    zh: '手机',
    en: 'phone',
    also: ['电话', '手机号', '手机号码', '联系电话', 'mobile', 'tel'],
    width: 16,
  },
  { key: 'email', zh: '邮箱', en: 'email', also: ['电子邮箱', '邮件', 'e-mail', 'mail'], width: 24 },
  { key: 'wecom', zh: '企业微信', en: 'wecom', also: ['企业微信账号'], width: 14 },
  { key: 'dingtalk', zh: '钉钉', en: 'dingtalk', also: ['钉钉账号'], width: 14 },
  { key: 'feishu', zh: '飞书', en: 'feishu', also: ['飞书账号', 'lark'], width: 14 },
  { key: 'by', zh: '通知渠道', en: 'channels', also: ['渠道', 'by', 'channel'], width: 24 },
  { key: 'language', zh: '语言', en: 'language', width: 8 },
  { key: 'account', zh: '登录账号', en: 'account', also: ['账号', 'user'], width: 14 },
  { key: 'note', zh: '备注', en: 'note', also: ['说明', 'remark'], width: 24 },
  { key: 'version', zh: '版本', en: 'version', also: ['revision'], width: 13 },
];

export const PEOPLE_SHEET_NAME = { zh: '人员', en: 'people' } as const;

const TEXTS = ['name', 'role', 'phone', 'email', 'wecom', 'dingtalk', 'feishu', 'account', 'note'] as const;
const LISTS = ['teams', 'areas', 'by'] as const;
type ListKey = (typeof LISTS)[number];
const KIND_OF = { teams: 'team', areas: 'area', by: 'channel' } as const;
const SEPARATORS = /[,，、;；\n]+/;

/** How spreadsheet programs show, and write into CSV, a number of more than 11 digits. */
const SHOWN_NUMBER = /^\d(?:[.,]\d+)?E\+\d{2,3}$/i;
/** The one kind of telephone number that a number can hold whole: a mobile, which has no zero before it. */
const MOBILE = /^1\d{10}$/;

const LANGUAGES: readonly (readonly ['zh' | 'en', RegExp])[] = [
  ['zh', /^(zh|中文|中|汉语|chinese)$/i],
  ['en', /^(en|英文|英|英语|english)$/i],
];

/** A person as a row has him: with the teams whose member he is. */
interface Entry {
  readonly person: Person;
  readonly teams: readonly string[];
}

/** What cells name things by. */
interface Naming {
  /** The name, where no other has it and no separator stands in it; otherwise the id. */
  written(id: string): string;
  look: ReturnType<typeof createLookup<{ readonly id: string }>>;
  readonly known: readonly string[];
}

type Namings = Readonly<Record<ListKey, Naming>>;

function namingOf(
  things: readonly { readonly id: string; readonly name?: NameText | undefined }[],
  language: Language,
): Naming {
  const named = things.map(({ id, name }) => ({ id, name: resolveName(name, id) }));
  const byId = new Map(named.map((one) => [one.id, one.name[language]]));
  const look = createLookup(named);
  return {
    look,
    known: things.map(({ id }) => id),
    written(id) {
      const name = byId.get(id) ?? id;
      const found = look(name);
      return found.ok && found.found.id === id && !SEPARATORS.test(name) ? name : id;
    },
  };
}

function namingsOf(setup: NotifySetup, areas: readonly AreaRecord[], language: Language): Namings {
  return {
    teams: namingOf(setup.teams, language),
    areas: namingOf(areas, language),
    by: namingOf(setup.channels, language),
  };
}

const teamsOf = (teams: readonly Team[], person: string): string[] =>
  teams.flatMap(({ id, members }) => (members.includes(person) ? [id] : []));

function cellsOf({ person, teams }: Entry, namings: Namings, language: Language): Record<PersonKey, string> {
  const list = (key: ListKey, ids: readonly string[]) =>
    ids.map((id) => namings[key].written(id)).join(language === 'zh' ? '、' : ', ');
  const { id, name, role = '', phone = '', email = '', wecom = '', dingtalk = '', feishu = '' } = person;
  const { account = '', note = '' } = person;
  const words = { zh: language === 'zh' ? '中文' : 'zh', en: language === 'zh' ? '英文' : 'en' };
  return {
    ...{ id, name, role, phone, email, wecom, dingtalk, feishu, account, note },
    teams: list('teams', teams),
    areas: list('areas', person.areas),
    by: list('by', person.by),
    language: words[person.language],
    version: versionOf({ person, teams }),
  };
}

/** Changes with anything the row shows. The letter keeps spreadsheet programs from taking it for a number. */
function versionOf(entry: Entry): string {
  const { person, teams } = entry;
  const text = JSON.stringify([Object.entries(person).sort(), teams.toSorted()]);
  return `v${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

/** The heading, and a row for each person. */
export function* peopleRows(
  setup: NotifySetup,
  areas: readonly AreaRecord[],
  language: Language,
): Generator<readonly Cell[]> {
  yield PERSON_COLUMNS.map((column) => titleOf(column, language));
  const namings = namingsOf(setup, areas, language);
  for (const person of setup.people) {
    const cells = cellsOf({ person, teams: teamsOf(setup.teams, person.id) }, namings, language);
    yield PERSON_COLUMNS.map(({ key }) => (cells[key] === '' ? null : cells[key]));
  }
}

/** The sheet of people in a table; undefined when it is none. */
export function findPeople(table: Table): FoundSheet<PersonKey> | undefined {
  return findSheet(table, PERSON_COLUMNS, (found) => {
    const others = PERSON_COLUMNS.filter(({ key }) => key !== 'id' && key !== 'name' && found.has(key));
    return found.has('name') && others.length > 0;
  });
}

interface PersonRow {
  readonly cell: (key: PersonKey) => Cell;
  readonly has: (key: PersonKey) => boolean;
  readonly place: (key: PersonKey) => string;
}

/** What the rows would do to the people of a setup, and to their teams. */
export function planPeople(
  setup: NotifySetup,
  areas: readonly AreaRecord[],
  sheet: FoundSheet<PersonKey>,
  language: Language,
): SetupSheetPlan {
  const problems = SETUP_PROBLEMS[language];
  const { errors, warnings, notes } = collectNotes();
  tellHeadings(sheet, language, notes);
  const namings = namingsOf(setup, areas, language);
  const present = new Map(setup.people.map((person) => [person.id, person]));
  const planned = new Map<string, { readonly entry: Entry; readonly row: PersonRow }>();
  const rows: SheetRowFate[] = [];

  for (let index = sheet.headingRow + 1; index < sheet.table.rows.length; index++) {
    const row = rowAt(sheet, index);
    // Cells that hold no value are told as soon as they are looked at, and such a row is not planned.
    const isFaulty = tellFaults(sheet, index, PERSON_COLUMNS, language, notes);
    if (isFaulty) rows.push(fateOf(row, textOf(row.cell('id')), 'wrong', []));
    else if (PERSON_COLUMNS.some(({ key }) => textOf(row.cell(key)) !== '')) planRow(row);
  }
  const added = [...planned].flatMap(([id, { entry }]) => (present.has(id) ? [] : [entry.person]));
  const people = [...setup.people.map((person) => planned.get(person.id)?.entry.person ?? person), ...added];
  return {
    setup: { ...setup, people, teams: setup.teams.map(withMembers) },
    rows,
    untouched: setup.people.length - [...planned.keys()].filter((id) => present.has(id)).length,
    errors,
    warnings,
    placeOf([part, at, key]: ProblemPath) {
      const id = part === 'people' && typeof at === 'number' ? people[at]?.id : undefined;
      const row = id === undefined ? undefined : planned.get(id)?.row;
      return row?.place(PERSON_COLUMNS.find((column) => column.key === key)?.key ?? 'name') ?? '';
    },
  };

  function planRow(row: PersonRow): void {
    const errorsBefore = errors.length;
    const id = idOf(row);
    if (id === undefined) {
      rows.push(fateOf(row, textOf(row.cell('id')), 'wrong', []));
      return;
    }
    const twin = planned.get(id);
    if (twin !== undefined) notes.error(row.place('id'), problems.personTwice(twin.row.place('id')));
    const former = present.get(id);
    const before = former === undefined ? undefined : { person: former, teams: teamsOf(setup.teams, id) };
    const entry = entryOf(id, before, row);
    check(entry, row);
    const changes = changesOf(before, entry, row);
    const isStale = before !== undefined && changes.length > 0 && refuseStale(before, row);
    const isWrong = errors.length > errorsBefore;
    if (twin === undefined) planned.set(id, { entry, row });
    const fate = isStale ? 'stale' : isWrong ? 'wrong' : before === undefined ? 'new' : 'same';
    rows.push(fateOf(row, id, fate === 'same' && changes.length > 0 ? 'changed' : fate, changes, entry.person.name));
  }

  /** Whom a row is about: by the id, else by a name that one person alone has; a new one without an id has his name for one. */
  function idOf(row: PersonRow): string | undefined {
    const [id, name] = [textOf(row.cell('id')), textOf(row.cell('name'))];
    if (id !== '') {
      if (idSchema.safeParse(id).success) return id;
      notes.error(row.place('id'), PROBLEMS[language].badId(id));
      return undefined;
    }
    if (name === '') {
      notes.error(row.place('name'), problems.nameNeeded);
      return undefined;
    }
    const [first, ...others] = setup.people.filter((person) => person.name === name);
    if (others.length > 0) {
      notes.error(row.place('id'), problems.nameAmbiguous(name));
      return undefined;
    }
    if (first !== undefined) return first.id;
    if (idSchema.safeParse(name).success && !present.has(name)) return name;
    notes.error(row.place('id'), problems.idNeeded(name));
    return undefined;
  }

  function entryOf(id: string, before: Entry | undefined, row: PersonRow): Entry {
    const person: Record<string, unknown> = { ...before?.person, id };
    for (const key of TEXTS) {
      if (!row.has(key)) continue;
      const text = textOf(row.cell(key));
      if (text === '') delete person[key];
      else person[key] = text;
    }
    if (row.has('language')) person.language = languageOf(row);
    for (const key of ['areas', 'by'] as const) person[key] = listOf(key, row) ?? before?.person[key] ?? [];
    const teams = listOf('teams', row) ?? before?.teams ?? [];
    return { person: { areas: [], by: [], language: 'zh', ...person } as unknown as Person, teams };
  }

  function languageOf(row: PersonRow): Person['language'] {
    const text = textOf(row.cell('language'));
    if (text === '') return 'zh';
    const found = LANGUAGES.find(([, words]) => words.test(text))?.[0];
    if (found === undefined) notes.error(row.place('language'), problems.language(text));
    return found ?? 'zh';
  }

  /** Undefined: the sheet does not have the column. */
  function listOf(key: ListKey, row: PersonRow): string[] | undefined {
    if (!row.has(key)) return undefined;
    const texts = textOf(row.cell(key)).split(SEPARATORS);
    const ids = texts.flatMap((one) => {
      const text = one.trim();
      if (text === '') return [];
      const looked = namings[key].look(text);
      if (looked.ok) return [looked.found.id];
      const message = looked.isAmbiguous
        ? problems.ambiguous(text)
        : problems.unknown(KIND_OF[key], text, namings[key].known);
      notes.error(row.place(key), message);
      return [];
    });
    // Which team stands first says nothing.
    return key === 'teams' ? setup.teams.flatMap(({ id }) => (ids.includes(id) ? [id] : [])) : [...new Set(ids)];
  }

  function check({ person }: Entry, row: PersonRow): void {
    const phone = row.cell('phone');
    const text = textOf(phone);
    // As a number a landline has lost its zero, and whatever is long its last digits; CSV has it as it was shown then.
    const isLossy = (typeof phone === 'number' && !MOBILE.test(text)) || SHOWN_NUMBER.test(text);
    if (isLossy) notes.error(row.place('phone'), problems.phoneNumber(text));
    const parsed = personSchema.safeParse(person);
    if (parsed.success) return;
    for (const { path, ...problem } of problemsOfIssues(parsed.error.issues, person)) {
      const key = PERSON_COLUMNS.find((column) => column.key === path[0])?.key ?? 'name';
      if (key === 'phone' && isLossy) continue;
      const words = key === 'name' && person.name === undefined ? problems.nameNeeded : problemText(problem, language);
      notes.error(row.place(key), words);
    }
  }

  function changesOf(before: Entry | undefined, after: Entry, row: PersonRow): Omit<SheetChange, 'rule'>[] {
    if (before !== undefined && isDeepStrictEqual(before, after)) return [];
    const was = before === undefined ? undefined : cellsOf(before, namings, language);
    const now = cellsOf(after, namings, language);
    return PERSON_COLUMNS.flatMap((column) => {
      const { key } = column;
      const [old, text] = [was?.[key] ?? '', now[key] ?? ''];
      if (key === 'version' || old === text) return [];
      return [{ place: row.place(key), what: titleOf(column, language), before: old, after: text }];
    });
  }

  function refuseStale(before: Entry, row: PersonRow): boolean {
    const given = textOf(row.cell('version'));
    const now = versionOf(before);
    if (given === '' || given === now) return false;
    notes.error(row.place('version'), PROBLEMS[language].stale(now, given));
    return true;
  }

  /** Members stay in their order; who is new stands at the end. */
  function withMembers(team: Team): Team {
    const isIn = (id: string) => planned.get(id)?.entry.teams.includes(team.id);
    const stay = team.members.filter((id) => isIn(id) ?? true);
    const join = [...planned.keys()].filter((id) => isIn(id) === true && !team.members.includes(id));
    return join.length === 0 && stay.length === team.members.length ? team : { ...team, members: [...stay, ...join] };
  }
}

function fateOf(
  row: PersonRow,
  id: string,
  fate: RowFate,
  changes: SheetRowFate['changes'],
  name = textOf(row.cell('name')),
): SheetRowFate {
  return { place: row.place(row.has('id') ? 'id' : 'name'), id, name: name ?? '', fate, changes };
}

function rowAt({ table, columns }: FoundSheet<PersonKey>, index: number): PersonRow {
  const row = table.rows[index] ?? [];
  return {
    cell: (key) => valueIn(row[columns.get(key) ?? -1]),
    has: (key) => columns.has(key),
    place: (key) => placeName(table, columns.get(key) ?? columns.get('name') ?? 0, index),
  };
}
