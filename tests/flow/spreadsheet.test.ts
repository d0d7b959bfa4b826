import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import writeXlsxFile from 'write-excel-file/node';
import type { SheetPlan } from '../../src/model/spreadsheet.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const RULES = { depth: { metric: 'v', deadband: 2, levels: { yellow: { above: 15 }, red: { above: 40 } } } };

interface Answer extends Pick<SheetPlan, 'errors' | 'conflicts' | 'warnings' | 'rowsRead'> {
  readonly applied: boolean;
  readonly needsApproval?: boolean;
  readonly items: SheetPlan['points'];
  readonly code?: string;
}

async function send(brink: Brink, file: string | Uint8Array, query = '', headers: Record<string, string> = {}) {
  const token = (await brink.call('POST', '/tokens', { name: `t${Math.random()}`, role: 'engineer' })).json();
  const response = await fetch(`${brink.app.http}/api/v1/spreadsheet${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${((await token) as { token: string }).token}`,
      'content-type': typeof file === 'string' ? 'text/csv' : XLSX,
      ...headers,
    },
    body: typeof file === 'string' ? file : Uint8Array.from(file),
  });
  const body = (await response.json()) as Answer & { errors: { path?: string }[] };
  return { status: response.status, etag: response.headers.get('etag') ?? '', body };
}

const cellsOf = ({ place, rule, what, before, after }: SheetPlan['points'][number]['changes'][number]) => [
  ...[place, rule, what, before, after],
];

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const documentOf = (brink: Brink, point: string) => brink.get<ThresholdDocument>(`/points/${point}/thresholds`);
const HEAD = 'point,rule,yellow,red,revision\n';

describe('spreadsheets over the API', () => {
  test('out as XLSX and CSV, back in without a difference', async () => {
    const brink = await startBrink(plainSite(3, RULES));
    for (const query of ['', '?lang=zh', '?format=csv', '?format=csv&sheet=points&lang=zh']) {
      const response = await brink.call('GET', `/spreadsheet${query}`);
      const isCsv = query.includes('csv');
      expect(response.headers.get('content-type')).toBe(isCsv ? 'text/csv; charset=utf-8' : XLSX);
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="brink.*\.(xlsx|csv)"$/);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const { status, body } = await send(brink, isCsv ? new TextDecoder().decode(bytes) : bytes, '?dryRun=true');
      expect([status, body.applied, body.items, body.errors, body.warnings]).toEqual([200, false, [], [], []]);
    }
    const some = await brink.call('GET', '/spreadsheet?format=csv&area=town&family=gas');
    expect((await some.text()).trim().split('\r\n')).toHaveLength(1);
  });

  test('a dry run tells all and changes nothing; applying is one transaction, with a reason, in force at once', async () => {
    const brink = await startBrink(plainSite(3, RULES));
    const file = `${HEAD}pt-1,depth,18,40,1\npt-2,depth,5,,1\n`;
    const dry = await send(brink, file, '?dryRun=true&lang=zh');
    expect(dry.body).toMatchObject({ applied: false, rowsRead: 2, errors: [], conflicts: [] });
    expect(dry.body.items.map(({ point, changes }) => [point, changes.map(cellsOf)])).toEqual([
      ['pt-1', [['C2', 'depth', '黄色限值', '≥ 15', '≥ 18']]],
      [
        'pt-2',
        [
          ['C3', 'depth', '黄色限值', '≥ 15', '≥ 5'],
          ['D3', 'depth', '红色限值', '≥ 40', ''],
        ],
      ],
    ]);
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });
    const turned = await send(brink, `${HEAD}pt-1,depth,45,40,1\n`, '?dryRun=true&lang=zh');
    expect(turned.body.errors).toEqual([]);
    expect(turned.body.warnings).toEqual([{ place: 'D2', message: '红色比黄色更容易达到，请核对' }]);
    const never = await send(brink, `${HEAD}pt-1,depth,45,9999999,1\n`, '?dryRun=true&lang=zh');
    expect(never.body.warnings).toEqual([{ place: 'D2', message: expect.stringContaining('永远达不到') }]);

    const unsaid = await send(brink, file);
    expect([unsaid.status, unsaid.body.code]).toEqual([400, 'validation-failed']);
    const reason = `?reason=${encodeURIComponent('汛期')}`;
    const applied = await send(brink, file, reason, { 'if-match': dry.etag });
    expect([applied.status, applied.body.applied]).toEqual([200, true]);
    expect(await documentOf(brink, 'pt-2')).toEqual({
      rules: { depth: { ...RULES.depth, levels: { yellow: { above: 5 } } } },
    });
    const { items } = await brink.get<{ items: { reason: string; revision: number }[] }>(
      '/points/pt-2/thresholds/revisions',
    );
    expect(items[0]).toMatchObject({ revision: 2, reason: '汛期' });
    const device = await brink.device('dev-2');
    await publish(device, { v: 6 });
    await until('the new limit to raise', async () => (await brink.alerts()).some((alert) => alert.limit === 5));

    // The same file again: its revisions are old, but it says nothing new.
    const again = await send(brink, file, reason);
    expect([again.status, again.body.applied, again.body.items]).toEqual([200, false, []]);
    // The dry run no longer fits what is there.
    const late = await send(brink, `${HEAD}pt-1,depth,19,40,2\n`, reason, { 'if-match': dry.etag });
    expect([late.status, late.body.code]).toEqual([412, 'revision-lost-race']);
  });

  test('one wrong cell or one stale row keeps all of it from changing, and is named', async () => {
    const brink = await startBrink(plainSite(3, RULES));
    const wrong = await send(brink, `${HEAD}pt-1,depth,18,40,1\npt-2,depth,25厘米,40,1\n`, '?reason=x&lang=en');
    expect([wrong.status, wrong.body.code]).toEqual([422, 'spreadsheet-invalid']);
    expect(wrong.body.errors).toEqual([{ path: 'C3', message: "expected a number, found '25厘米'" }]);

    const unit = await send(brink, 'point,rule,unit,red\npt-1,depth,%LEL,40\n', '?dryRun=true');
    expect(unit.body.errors).toEqual([{ place: 'C2', message: expect.stringContaining('%LEL') }]);

    const changed = { rules: { depth: { ...RULES.depth, deadband: 3 } } };
    await brink.call('PUT', '/points/pt-2/thresholds', changed, { 'if-match': '"1"' });
    const stale = await send(brink, `${HEAD}pt-1,depth,18,40,1\npt-2,depth,19,40,1\n`, '?reason=x&lang=zh');
    expect([stale.status, stale.body.code]).toEqual([412, 'revision-lost-race']);
    expect(stale.body.errors).toEqual([{ path: 'E3', message: expect.stringContaining('表中版本 1，当前版本 2') }]);
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });
  });

  test('points are renamed and added by a sheet of their own, and get limits by another', async () => {
    const brink = await startBrink(plainSite(2, RULES));
    const page = await (await brink.call('GET', '/spreadsheet')).arrayBuffer();
    expect(page.byteLength).toBeGreaterThan(1_000);
    const points = 'point,name (zh),area,device\npt-1,新名字,town,dev-1\npt-new,新测点,town,dev-2\n';
    const added = await send(brink, points, '?reason=x');
    expect([added.status, added.body.items.map(({ point, isNew }) => [point, isNew])]).toEqual([
      200,
      [
        ['pt-1', false],
        ['pt-new', true],
      ],
    ]);
    const names = await brink.get<{ items: { id: string; name: { zh: string } }[] }>('/points');
    expect(names.items.map(({ id, name }) => [id, name.zh])).toEqual([
      ['pt-1', '新名字'],
      ['pt-2', 'pt-2'],
      ['pt-new', '新测点'],
    ]);
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });
    const device = await brink.device('dev-2');
    const limits = await send(brink, 'point,metric,direction,red\npt-new,v,≥,7\n', '?reason=x');
    expect(limits.body.applied).toBe(true);
    await publish(device, { v: 8 });
    await until('the new point to be watched', async () =>
      (await brink.alerts()).some(({ point }) => point === 'pt-new'),
    );
  });

  test('a workbook that adds a point and its limits, and changes others, does all of it or nothing', async () => {
    const brink = await startBrink(plainSite(2, RULES));
    const workbook = (unit: string) =>
      writeXlsxFile([
        {
          sheet: '测点',
          data: [
            ['测点', '名称', '区域', '设备'],
            ['pt-2', '改名', 'town', 'dev-2'],
            ['pt-new', '新测点', 'town', 'dev-2'],
          ],
        },
        {
          sheet: '限值',
          data: [
            ['测点', '规则', '指标', '单位', '方向', '红色限值'],
            ['pt-1', 'depth', 'v', 'cm', '≥', 33],
            ['pt-new', 'depth', 'v', unit, '≥', 7],
          ],
        },
      ]).toBuffer();
    const names = async () => {
      const { items } = await brink.get<{ items: { id: string; name: { zh: string } }[] }>('/points');
      return items.map(({ id, name }) => `${id} ${name.zh}`);
    };
    const before = await names();
    const wrong = await send(brink, await workbook('%LEL'), '?reason=x&lang=zh');
    expect([wrong.status, wrong.body.code]).toEqual([422, 'spreadsheet-invalid']);
    expect(wrong.body.errors).toEqual([{ path: '限值!D3', message: expect.stringContaining('%LEL') }]);
    expect(await names()).toEqual(before);
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });

    const dry = await send(brink, await workbook('cm'), '?dryRun=true');
    expect([dry.body.errors, dry.body.items.map(({ point, isNew }) => [point, isNew])]).toEqual([
      [],
      [
        ['pt-2', false],
        ['pt-new', true],
        ['pt-1', false],
      ],
    ]);
    // Trying has left no trace, neither in the database nor in memory.
    expect(await names()).toEqual(before);
    expect((await brink.call('GET', '/points/pt-1/thresholds')).headers.get('etag')).toBe('"1"');

    const done = await send(brink, await workbook('cm'), '?reason=x', { 'if-match': dry.etag });
    expect([done.status, done.body.applied]).toEqual([200, true]);
    expect(await names()).toEqual(['pt-1 pt-1', 'pt-2 改名', 'pt-new 新测点']);
    expect((await documentOf(brink, 'pt-1')).rules.depth?.levels?.red).toEqual({ above: 33 });
    const device = await brink.device('dev-2');
    await publish(device, { v: 8 });
    await until('the new point to be watched', async () => (await brink.alerts()).some(({ limit }) => limit === 7));
    const again = await brink.restart();
    expect((await documentOf(again, 'pt-new')).rules.depth?.levels).toEqual({ red: { above: 7 } });
  });

  test('where two must agree, a red limit that gets harder to reach becomes a proposal, and changes no point meanwhile', async () => {
    const brink = await startBrink(plainSite(2, RULES), { flags: ['--second-approval', 'true'] });
    const file = `${HEAD}pt-1,depth,15,50,1\n`;
    const dry = await send(brink, file, '?dryRun=true');
    expect([dry.body.needsApproval, dry.body.errors]).toEqual([true, []]);
    const sent = await send(brink, file, '?reason=x');
    expect([sent.status, sent.body.applied, sent.body.needsApproval]).toEqual([202, false, true]);
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });
    const fine = await send(brink, `${HEAD}pt-2,depth,12,30,1\n`, '?reason=x');
    expect([fine.status, fine.body.applied]).toEqual([200, true]);
  });

  test('what is no spreadsheet, too large or of another type is refused', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    const text = await send(brink, 'a,b\n', '?dryRun=true&lang=zh');
    expect([text.status, text.body.code]).toEqual([422, 'spreadsheet-unreadable']);
    const zip = await send(brink, new Uint8Array([80, 75, 3, 4]), '?dryRun=true');
    expect([zip.status, zip.body.code]).toEqual([422, 'spreadsheet-unreadable']);
    const large = await send(brink, 'x'.repeat(33 << 20), '?dryRun=true');
    expect([large.status, large.body.code]).toEqual([413, 'body-too-large']);
    const json = await brink.call('POST', '/spreadsheet?dryRun=true', { a: 1 });
    expect(json.status).toBe(400);
  });
});

describe('brink import and export of spreadsheets', () => {
  test('export, edit, import: the difference first, then made so', async () => {
    const data = temporaryFolder();
    const brink = await startBrink(plainSite(2, RULES), { data });
    const folder = temporaryFolder();
    const file = join(folder, '限值.csv');
    expect(await runBrinkCli(['export', file, '--data', data])).toMatchObject({ status: 0 });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('测点,名称,区域');
    expect(await runBrinkCli(['import', file, '--data', data])).toEqual({
      status: 0,
      stdout: 'No difference.\n',
      stderr: '',
    });

    writeFileSync(file, text.replace('≥,,15,', '≥,,18,'));
    const dry = await runBrinkCli(['import', file, '--data', data, '--dry-run']);
    expect(dry.stdout).toBe(
      '~ pt-1 (pt-1)\n      I2  depth yellow: ≥ 15 -> ≥ 18\n1 point changed\nNothing was changed (--dry-run).\n',
    );
    expect(await documentOf(brink, 'pt-1')).toEqual({ rules: RULES });
    const no = await runBrinkCli(['import', file, '--data', data], '', {}, async () => false);
    expect([no.status, no.stdout]).toEqual([0, expect.stringMatching(/≥ 15 -> ≥ 18\n.*\nNothing was changed\.\n$/)]);
    const done = await brinkJson<Answer>('import', file, '--data', data, '--yes', '--reason', 'exercise');
    expect([done.applied, done.items.length]).toEqual([true, 1]);
    expect((await documentOf(brink, 'pt-1')).rules.depth?.levels?.yellow).toEqual({ above: 18 });

    writeFileSync(file, text.replace('≥,,15,', '≥,,20厘米,'));
    const wrong = await runBrinkCli(['import', file, '--data', data, '--yes', '--lang', 'zh']);
    expect([wrong.status, wrong.stderr]).toEqual([1, 'Nothing was changed.\n']);
    expect(wrong.stdout).toContain('error  I2: 应为数字，实为“20厘米”');
  });

  test('XLSX through the command line; wrong usage is told', async () => {
    const data = temporaryFolder();
    await startBrink(plainSite(2, RULES), { data });
    const file = join(temporaryFolder(), 'site.xlsx');
    const written = await brinkJson<{ bytes: number }>('export', file, '--data', data, '--lang', 'en');
    expect(written.bytes).toBe(readFileSync(file).length);
    expect((await brinkJson<Answer>('import', file, '--data', data, '--dry-run')).items).toEqual([]);
    for (const args of [
      ['export', 'x.ods'],
      ['export', '--format', 'csv'],
      ['export', 'x.csv', '--sheet', 'people'],
      ['export', 'x.xlsx', '--sheet', 'points'],
      ['import', 'no-such.csv'],
    ]) {
      expect((await runBrinkCli([...args, '--data', data])).status, args.join(' ')).toBe(2);
    }
  });
});

interface DevicesAnswer extends Answer {
  readonly devices: SheetPlan['plannedDevices'];
  readonly secrets?: readonly { readonly device: string; readonly secret: string }[];
  readonly handout?: { readonly name: string; readonly type: string; readonly base64: string };
}

describe('devices by the hundred', () => {
  const HEADING = '设备,设备名称,设备类型,测点,区域,设备密钥\n';
  const sheet = (count: number) =>
    HEADING +
    Array.from(
      { length: count },
      (_, i) => `g-${i},表计${i},plain,p-${i},town,${i === 1 ? 'given-by-hand' : ''}\n`,
    ).join('');
  const sendDevices = async (brink: Brink, file: string, query: string, headers: Record<string, string> = {}) => {
    const { body, ...rest } = await send(brink, file, query, headers);
    return { ...rest, body: body as unknown as DevicesAnswer };
  };
  const login = (brink: Brink, username: string, password: string) => brink.device(username, { username, password });

  test('tried first, then in force; the secrets that were drawn leave once, as a sheet with all that is needed', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    const dry = await sendDevices(brink, sheet(120), '?dryRun=true&lang=zh');
    expect([dry.body.errors, dry.body.devices.length, dry.body.items.length]).toEqual([[], 120, 120]);
    expect(dry.body.secrets).toBeUndefined();
    expect((await brink.call('GET', '/devices/g-0')).status).toBe(404);

    const done = await sendDevices(brink, sheet(120), '?reason=x&lang=zh&host=brink.example', { 'if-match': dry.etag });
    expect([done.status, done.body.applied, done.body.secrets?.length]).toEqual([200, true, 119]);
    const [first] = done.body.secrets ?? [];
    const handout = Buffer.from(done.body.handout?.base64 ?? '', 'base64').toString();
    const port = new URL(brink.app.mqtt).port;
    expect(handout.replace('\ufeff', '').split('\r\n').slice(0, 2)).toEqual([
      '设备,设备名称,设备类型,测点,服务器,MQTT 端口,MQTT 端口（TLS）,用户名,设备密钥,发布主题',
      `g-0,表计0,plain,p-0,brink.example,${port},,g-0,${first?.secret},telemetry/g-0`,
    ]);
    expect(handout).not.toContain('given-by-hand');
    await publish(await login(brink, 'g-0', first?.secret ?? ''), { v: 3 });
    await publish(await login(brink, 'g-1', 'given-by-hand'), { v: 3 });
    await until('the reading', async () => {
      const { values } = await brink.get<{ values: { v?: { value: number } } }>('/points/p-0');
      return values.v?.value === 3;
    });

    // Nowhere afterwards: not in exports, not in what the same file would change.
    for (const path of ['/spreadsheet?format=csv&sheet=devices', '/site', '/devices?limit=1000']) {
      const text = await (await brink.call('GET', path)).text();
      expect(text).toContain('g-0');
      expect(text).not.toContain(first?.secret);
      expect(text).not.toContain('given-by-hand');
    }
  });

  test('another secret for one that is there ends its connection; a wrong cell keeps all from changing', async () => {
    const brink = await startBrink(plainSite(2, RULES));
    const client = await brink.device('dev-1');
    const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const wrong = await sendDevices(brink, '设备,设备密钥\ndev-1,生成\ndev-9,\n', '?reason=x&lang=zh');
    expect([wrong.status, wrong.body.code]).toEqual([422, 'spreadsheet-invalid']);
    expect(client.connected).toBe(true);
    const done = await sendDevices(brink, '设备,设备密钥\ndev-1,生成\ndev-2,\n', '?reason=x');
    expect(done.body.secrets?.map(({ device }) => device)).toEqual(['dev-1']);
    await ended;
    await expect(brink.device('dev-1')).rejects.toThrow();
    await login(brink, 'dev-1', done.body.secrets?.[0]?.secret ?? '');
    await brink.device('dev-2');
  });

  test('by command: out, and in with a file of secrets that is never written over', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    const token = (
      (await (await brink.call('POST', '/tokens', { name: 'li', role: 'engineer' })).json()) as { token: string }
    ).token;
    const folder = temporaryFolder();
    const run = (...args: string[]) => runBrinkCli([...args, '--url', brink.app.http, '--token', token]);
    const file = join(folder, 'devices.csv');
    expect((await run('device', 'export', file)).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('dev-1');
    writeFileSync(file, '设备编号,名称,型号,测点,区域\ng-1,一号,plain,inlet,town\n');
    const tried = await run('device', 'import', file, '--dry-run');
    expect(tried.stdout).toContain('+ device g-1');
    expect(existsSync(join(folder, 'devices-secrets.csv'))).toBe(false);
    writeFileSync(join(folder, 'devices-secrets.csv'), 'of last week');
    const refused = await run('device', 'import', file, '--yes');
    expect([refused.status, (await brink.call('GET', '/devices/g-1')).status]).toEqual([2, 404]);
    const secrets = join(folder, 'new.csv');
    const done = await run('device', 'import', file, '--yes', '--secrets', secrets);
    expect([done.status, done.stderr]).toEqual([0, '']);
    expect(statSync(secrets).mode & 0o777).toBe(0o600);
    const [, row = ''] = readFileSync(secrets, 'utf8').split('\r\n');
    const secret = row.split(',')[8] ?? '';
    expect(done.stdout).not.toContain(secret);
    await publish(await login(brink, 'g-1', secret), { v: 1 });
  });
});
