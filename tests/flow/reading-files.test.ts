import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { type Brink, type SiteSpec, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli, runBrinkProcess } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const SITE: SiteSpec = {
  profiles: {
    gauge: {
      family: 'waterlogging',
      metrics: {
        depth: { unit: 'cm', range: [0, 200] },
        wet: { type: 'boolean' },
        state: { type: 'string' },
      },
      reportEvery: '1h',
    },
    gas: { family: 'gas', metrics: { ch4: { unit: '%LEL' } }, reportEvery: '1h' },
  },
  site: {
    areas: [{ id: 'town' }, { id: 'market', parent: 'town' }, { id: 'harbour' }],
    devices: [
      { id: 'dev-1', profile: 'gauge', secret: 'secret-1', points: [{ id: '地下道', area: 'market' }] },
      { id: 'dev-2', profile: 'gas', secret: 'secret-2', points: [{ id: 'canteen', area: 'harbour' }] },
    ],
  },
};

const T0 = Date.UTC(2026, 5, 1);
const POINT = encodeURIComponent('地下道');

async function published(options: { data?: string } = {}): Promise<Brink> {
  const brink = await startBrink(SITE, options);
  const gauge = await brink.device('dev-1');
  const telemetry = (ts: number, values: object) => JSON.stringify({ ts, values });
  await gauge.publishAsync('telemetry/dev-1', telemetry(T0, { depth: 12.5, wet: true, state: '=正常' }), { qos: 1 });
  await gauge.publishAsync('telemetry/dev-1', telemetry(T0 + 1_000, { depth: 999, wet: false }), { qos: 1 });
  const gas = await brink.device('dev-2');
  await gas.publishAsync('telemetry/dev-2', telemetry(T0 + 500, { ch4: 3 }), { qos: 1 });
  return brink;
}

const HEADINGS = 'point,metric,unit,time,value,type,quality';
const LINES = {
  ch4: 'canteen,ch4,%LEL,2026-06-01T00:00:00.500Z,3,number,good',
  depth: [
    '地下道,depth,cm,2026-06-01T00:00:00.000Z,12.5,number,good',
    '地下道,depth,cm,2026-06-01T00:00:01.000Z,999,number,bad',
  ],
  wet: [
    '地下道,wet,,2026-06-01T00:00:00.000Z,true,boolean,good',
    '地下道,wet,,2026-06-01T00:00:01.000Z,false,boolean,good',
  ],
  state: "地下道,state,,2026-06-01T00:00:00.000Z,'=正常,text,good",
};
const ALL = [HEADINGS, LINES.ch4, ...LINES.depth, ...LINES.wet, LINES.state, ''].join('\n');

async function exported(brink: Brink, query: string): Promise<string> {
  const response = await brink.call('GET', `/readings/export?${query}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer()).toString();
}

async function imported(
  brink: Brink,
  csv: string,
  language = 'en',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { token } = JSON.parse(readFileSync(join(dataOf(brink), 'server.json'), 'utf8')) as { token: string };
  const response = await fetch(`${brink.app.http}/api/v1/readings/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv', 'accept-language': language },
    body: csv,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const dataOf = (brink: Brink): string => brink.flags[brink.flags.indexOf('--data') + 1] ?? '';

const spools = (brink: Brink) => readdirSync(dataOf(brink)).filter((name) => name.endsWith('.spool'));

test('what was published comes out as CSV, by every selection', async () => {
  const brink = await published();
  const whole = await exported(brink, '');
  expect(whole).toBe(ALL);
  expect(await exported(brink, 'bom=true')).toBe(`\uFEFF${ALL}`);
  const lines = async (query: string) => (await exported(brink, query)).trimEnd().split('\n').slice(1);
  expect(await lines('points=canteen')).toEqual([LINES.ch4]);
  expect(await lines(`points=canteen,${POINT}&metric=ch4,depth`)).toEqual([LINES.ch4, ...LINES.depth]);
  expect(await lines('area=town&metric=state')).toEqual([LINES.state]);
  expect(await lines('family=gas')).toEqual([LINES.ch4]);
  expect(await lines(`metric=depth&from=${T0 + 1}&to=2026-06-01T08:00:02%2B08:00`)).toEqual([LINES.depth[1]]);
  expect(await lines(`to=${T0}`)).toEqual([]);
  expect(await lines('metric=ch4&timezone=Asia/Shanghai')).toEqual([
    'canteen,ch4,%LEL,2026-06-01T08:00:00.500+08:00,3,number,good',
  ]);

  const refusals = await Promise.all(
    ['timezone=Nowhere/Land', 'points=nowhere', 'metric=nothing', 'format=xlsx', 'from=yesterday'].map(
      async (query) => {
        const response = await brink.call('GET', `/readings/export?${query}`);
        return [response.status, ((await response.json()) as { code: string }).code];
      },
    ),
  );
  expect(refusals).toEqual([
    [400, 'validation-failed'],
    [404, 'unknown-point'],
    [422, 'nothing-selected'],
    [400, 'validation-failed'],
    [400, 'validation-failed'],
  ]);
});

test('a browser is told that it is a file, and its name', async () => {
  const brink = await published();
  const headersOf = async (query: string) => {
    const { headers } = await brink.call('GET', `/readings/export?${query}`);
    return [headers.get('content-type'), headers.get('content-disposition')];
  };
  expect(await headersOf(`points=${POINT}&metric=depth&from=${T0}&to=${T0 + 3_600_000}`)).toEqual([
    'text/csv; charset=utf-8',
    `attachment; filename="____depth_20260601T0000_20260601T0100.csv"; filename*=UTF-8''${POINT}_depth_20260601T0000_20260601T0100.csv`,
  ]);
  expect(await headersOf('format=parquet')).toEqual([
    'application/vnd.apache.parquet',
    `attachment; filename="readings.parquet"; filename*=UTF-8''readings.parquet`,
  ]);
});

test('Parquet holds the same readings', async () => {
  const brink = await published();
  const response = await brink.call('GET', '/readings/export?format=parquet&area=town');
  const none = { number: null, boolean: null, text: null };
  const at = { point: '地下道', time: new Date(T0) };
  expect(await parquetReadObjects({ file: await response.arrayBuffer() })).toEqual([
    { ...at, metric: 'depth', unit: 'cm', ...none, number: 12.5, quality: 'good' },
    { ...at, time: new Date(T0 + 1_000), metric: 'depth', unit: 'cm', ...none, number: 999, quality: 'bad' },
    { ...at, metric: 'wet', unit: null, ...none, boolean: true, quality: 'good' },
    { ...at, time: new Date(T0 + 1_000), metric: 'wet', unit: null, ...none, boolean: false, quality: 'good' },
    { ...at, metric: 'state', unit: null, ...none, text: '=正常', quality: 'good' },
  ]);
});

test('the command line takes readings out of one server and into another, once however often it is done', async () => {
  const from = temporaryFolder();
  const brink = await published({ data: from });
  const out = join(temporaryFolder(), 'readings.csv');
  const flags = ['--data', from, '--out', out];
  expect(await brinkJson('export-readings', ...flags, '--bom')).toEqual({ out, bytes: Buffer.byteLength(ALL) + 3 });
  expect(readFileSync(out, 'utf8')).toBe(`\uFEFF${ALL}`);
  expect(await runBrinkCli(['export-readings', ...flags])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is there already'),
  });
  const piped = await runBrinkProcess(['export-readings', '--data', from, '--family', 'gas']);
  expect(piped).toEqual({ status: 0, stdout: `${HEADINGS}\n${LINES.ch4}\n`, stderr: '' });
  const parquet = join(temporaryFolder(), 'readings.parquet');
  await brinkJson('export-readings', '--data', from, '--out', parquet, '--format', 'parquet', '--points', 'canteen');
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(parquet)).buffer });
  expect(rows).toMatchObject([{ point: 'canteen', number: 3 }]);
  await brink.close();

  const to = temporaryFolder();
  const other = await startBrink(SITE, { data: to });
  await runBrinkCli(['import-readings', out, '--data', to]);
  expect(await brinkJson('import-readings', out, '--data', to)).toEqual({ readings: 6, rejected: 0, rejections: [] });
  expect(await exported(other, '')).toBe(ALL);
  expect(await other.alerts()).toEqual([]);
  expect(spools(other)).toEqual([]);
});

test('a file with a wrong line is refused whole, and every wrong line is told', async () => {
  const brink = await published();
  const csv = [HEADINGS, LINES.ch4.replace('0.500Z', '9.000Z'), 'nowhere,x,,2026-06-01,1,,', 'canteen,ch4,,soon,1,,'];
  const { status, body } = await imported(brink, csv.join('\n'));
  expect([status, body.code, body.refused]).toEqual([422, 'import-refused', 2]);
  expect(body.errors).toEqual([
    { path: 'line 3', message: 'there is no metric "x" of a point "nowhere"' },
    { path: 'line 4', message: expect.stringContaining('"soon" is no time') },
  ]);
  expect(await exported(brink, '')).toBe(ALL);
  const inChinese = await imported(brink, csv.join('\n'), 'zh-CN');
  expect(inChinese.body.errors).toEqual([
    { path: 'line 3', message: '没有监测点 "nowhere" 的指标 "x"' },
    { path: 'line 4', message: expect.stringContaining('"soon" 不是时间') },
  ]);

  const file = join(temporaryFolder(), 'wrong.csv');
  writeFileSync(file, csv.join('\n'));
  const run = await runBrinkCli(['import-readings', file, '--data', dataOf(brink)]);
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(/nothing was stored\n {2}line 3: there is no metric "x".*\n {2}line 4: "soon"/);
  expect(await runBrinkCli(['import-readings', join(file, 'not'), '--data', dataOf(brink)])).toMatchObject({
    status: 2,
  });
});

test('a file that makes no sense early on is answered though most of it is still to come', async () => {
  const brink = await published();
  const { status, body } = await imported(brink, `a,b\n${'1,2\n'.repeat(4_000_000)}`);
  expect([status, body.code]).toEqual([422, 'import-refused']);
  expect(body.errors).toEqual([{ path: 'line 1', message: expect.stringContaining('lacks the columns point') }]);
  expect((await imported(brink, '')).body.errors).toEqual([{ path: 'line 1', message: 'the file is empty' }]);
});

test('viewers may take readings out, engineers may put them in, a form of another site may not', async () => {
  const brink = await published();
  const tokenOf = async (role: string) => {
    const response = await brink.call('POST', '/tokens', { name: role, role });
    return { authorization: `Bearer ${((await response.json()) as { token: string }).token}` };
  };
  const viewer = await tokenOf('viewer');
  const operator = await tokenOf('operator');
  const engineer = await tokenOf('engineer');
  const send = async (headers: Record<string, string>, type: string) => {
    const body = `${HEADINGS}\n${LINES.ch4}\n`;
    const url = `${brink.app.http}/api/v1/readings/import`;
    return (await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': type }, body })).status;
  };
  expect((await brink.call('GET', '/readings/export', undefined, viewer)).status).toBe(200);
  expect(await send(operator, 'text/csv')).toBe(403);
  expect(await send(engineer, 'text/csv')).toBe(200);
  expect(await send(engineer, 'text/csv; charset=utf-8')).toBe(200);
  expect(await send(engineer, 'text/plain')).toBe(415);
  expect(await send({}, 'text/csv')).toBe(401);
});

test('an upload that is broken off leaves nothing behind', async () => {
  const brink = await published();
  const controller = new AbortController();
  const { token } = JSON.parse(readFileSync(join(dataOf(brink), 'server.json'), 'utf8')) as { token: string };
  const lines = `${HEADINGS}\n${Array.from({ length: 50_000 }, (_, i) => `canteen,ch4,,${T0 + 10_000 + i},1,,`).join('\n')}\n`;
  const upload = fetch(`${brink.app.http}/api/v1/readings/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    duplex: 'half',
    body: ReadableStream.from(
      (async function* () {
        yield Buffer.from(lines);
        await until('the upload to be looked at', () => spools(brink).length > 0);
        controller.abort();
      })(),
    ),
    signal: controller.signal,
  } as RequestInit);
  await expect(upload).rejects.toThrow(/abort/);
  await until('the traces to be gone', () => spools(brink).length === 0);
  expect(await exported(brink, '')).toBe(ALL);
  expect((await imported(brink, `${HEADINGS}\n${LINES.ch4}\n`)).status).toBe(200);
});

test('an export that is cut off ends with an error, and leaves no file that could be taken for a whole one', async () => {
  const server = createServer((_request, response) => {
    response.write(`${HEADINGS}\n`, () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = temporaryFolder();
  const { port } = server.address() as AddressInfo;
  const args = ['export-readings', '--url', `http://127.0.0.1:${port}`, '--out', join(folder, 'readings.csv')];
  const run = await runBrinkCli(args, '', { BRINK_TOKEN: 'any' });
  expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('the file was cut off')]);
  expect(readdirSync(folder)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});
