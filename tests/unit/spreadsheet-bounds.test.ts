import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { createBoundedWork, NoTurnError } from '../../src/lib/bounded-work.ts';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { UnreadableFileError } from '../../src/spreadsheet/table.ts';
import { readInThread } from '../../src/spreadsheet/threads.ts';
import { rawRow, rawXlsx } from '../support/xlsx.ts';

const xlsx = (rows: string) => readFile(Uint8Array.from(rawXlsx([{ name: 's', rows }])), 'xlsx');
const csv = (text: string) => readFile(Uint8Array.from(Buffer.from(text)), 'csv');

/** A small file whose only text stands in thousands of cells. */
function sharedText(): Uint8Array<ArrayBuffer> {
  const rows = Array.from({ length: 2_500 }, (_, n) => `<row r="${n + 1}"><c r="A${n + 1}" t="s"><v>0</v></c></row>`);
  const parts = unzipSync(rawXlsx([{ name: 's', rows: rows.join('') }]));
  const rels = 'xl/_rels/workbook.xml.rels';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const relation = `<Relationship Id="rIdT" Type="${office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`;
  const shared = `<sst xmlns="${main}"><si><t>${'y'.repeat(30_000)}</t></si></sst>`;
  const added = {
    [rels]: strToU8(strFromU8(parts[rels] ?? new Uint8Array()).replace('</Relationships>', relation)),
    'xl/sharedStrings.xml': strToU8(shared),
  };
  return Uint8Array.from(zipSync({ ...parts, ...added }));
}

/** A small file whose only rows stand in thousands of sheets. */
function sharedRows(): Uint8Array<ArrayBuffer> {
  const parts = unzipSync(rawXlsx([{ name: 's', rows: `${rawRow(1, ['a'])}${'<row r="1"/>'.repeat(20_000)}` }]));
  const nth = (one: string, n: number) =>
    one.replace('"s"', `"s${n}"`).replace('"1"', `"${n}"`).replace('rId1', `rId${n}`);
  const manyOf = (path: string, what: RegExp) => {
    const xml = strFromU8(parts[path] ?? new Uint8Array());
    return strToU8(xml.replace(what, (one) => Array.from({ length: 2_000 }, (_, n) => nth(one, n + 1)).join('')));
  };
  const names = { workbook: 'xl/workbook.xml', rels: 'xl/_rels/workbook.xml.rels' };
  const added = {
    [names.workbook]: manyOf(names.workbook, /<sheet [^>]*>/),
    [names.rels]: manyOf(names.rels, /<Relationship Id="rId1"[^>]*>/),
  };
  return Uint8Array.from(zipSync({ ...parts, ...added }));
}

describe('a file that is made to take memory is refused before it does', () => {
  const long = 'x'.repeat(40_000);
  test.each([
    ['megabytes in a cell', () => xlsx(rawRow(1, ['x'.repeat(5_000_000)])), /cell is longer/],
    ['a cell that is a little too long', () => xlsx(rawRow(1, [long])), /cell is longer/],
    ['a long attribute', () => xlsx(`<row r="1" spans="${'1'.repeat(600_000)}"/>`), /cell is longer/],
    ['a row far below all others', () => xlsx(`${rawRow(1, ['a'])}<row r="900000000"/>`), /more than is read/],
    ['a row whose number is none', () => xlsx(`<row r="?"/><row r="900000000"/>`), /more than is read/],
    ['cells far to the right', () => xlsx('<row r="1"><c r="XFD190000"><v>1</v></c></row>'), /more than is read/],
    ['one text in very many cells', () => readFile(sharedText(), 'xlsx'), /more than is read/],
    ['one part for very many sheets', () => readFile(sharedRows(), 'xlsx'), /more than is read/],
    ['millions of columns of CSV', () => csv(`${','.repeat(900_000)}\n`.repeat(5)), /more than is read/],
    ['a cell of CSV that is too long', () => csv(`a,b\n${long},1\n`), /cell is longer/],
  ])('%s', async (_what, read, words) => {
    const error = await read().catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(UnreadableFileError);
    expect(String(error)).toMatch(words);
  });

  test('rows and cells that are there for their format alone are none', async () => {
    const [sheet] = await xlsx(`${rawRow(1, ['a'])}<row r="2"><c r="XFD2" s="1"/></row><row r="1048576" s="1"/>`);
    expect(sheet?.rows).toEqual([['a']]);
  });

  test('many sheets count together', async () => {
    const rows = '<row r="1"><c r="XFD150"><v>1</v></c></row>';
    const sheets = Array.from({ length: 3 }, (_, n) => ({ name: `s${n}`, rows }));
    await expect(readFile(Uint8Array.from(rawXlsx(sheets)), 'xlsx')).rejects.toThrow(/more than is read/);
  });

  test('a text as long as a spreadsheet allows is read', async () => {
    const text = '长'.repeat(32_767);
    expect((await xlsx(rawRow(1, [text])))[0]?.rows[0]?.[0]).toBe(text);
    expect((await csv(`${text}\n`))[0]?.rows[0]?.[0]).toBe(text);
  });
});

describe('files that are read at the same time', () => {
  const bytes = () => Uint8Array.from(Buffer.from('point,metric\na,b\n'));

  test('are few, and a crowd is sent away', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 14 }, () => readInThread(bytes(), 'csv')));
    const refused = crowd.filter((one) => one.status === 'rejected' && one.reason instanceof NoTurnError);
    expect(refused).toHaveLength(4);
    expect(crowd.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  test('are given up when nobody waits for them any more', async () => {
    const controller = new AbortController();
    const files = Array.from({ length: 10 }, () => readInThread(bytes(), 'csv', controller.signal));
    controller.abort(new Error('gone'));
    for (const one of await Promise.allSettled(files)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { message: 'gone' } });
    }
    await expect(readInThread(bytes(), 'csv', controller.signal)).rejects.toThrow('gone');
    expect((await readInThread(bytes(), 'csv'))[0]?.rows).toHaveLength(2);
  });
});

test('turns come in order, and one that was given up makes room', async () => {
  const inTurn = createBoundedWork(1, 2);
  const order: string[] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = inTurn(async () => {
    await held;
    order.push('first');
  });
  const controller = new AbortController();
  const given = inTurn(async () => void order.push('given up'), controller.signal);
  const second = inTurn(async () => void order.push('second'));
  await expect(inTurn(async () => {})).rejects.toThrow(NoTurnError);
  controller.abort(new Error('gone'));
  await expect(given).rejects.toThrow('gone');
  const third = inTurn(async () => {
    order.push('third');
    throw new Error('fails');
  });
  release();
  await Promise.all([first, second]);
  await expect(third).rejects.toThrow('fails');
  await inTurn(async () => void order.push('fourth'));
  expect(order).toEqual(['first', 'second', 'third', 'fourth']);
});
