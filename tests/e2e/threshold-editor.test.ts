import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';
import { BARE, POINT, seedStorms } from './threshold-seed.ts';

const HISTORY_DAYS = 7;

interface Revision {
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly reason: string | null;
  readonly until: number | null;
}

interface Opened {
  readonly user?: string;
  readonly language?: 'zh' | 'en';
  readonly theme?: 'light' | 'dark';
  readonly rule?: string;
}

/** From "this point cries wolf" to a change that rests on evidence and can be taken back, from the console alone. */
describe.runIf(canRun)('threshold editor', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer();
    await seedStorms(server, HISTORY_DAYS);
    for (const [username, role] of [
      ['li', 'engineer'],
      ['wang', 'operator'],
      ['zhao', 'viewer'],
    ]) {
      await server.call('POST', '/users', { username, role, password: 'chosen by somebody else' });
      await ownPassword(server.url, username ?? '');
    }
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(() => server.close());

  const documentOf = (point: string) => server.call<ThresholdDocument>('GET', `/points/${point}/thresholds`);
  const revisionsOf = async (point: string) =>
    (await server.call<{ items: Revision[] }>('GET', `/points/${point}/thresholds/revisions`)).items;
  const put = (point: string, document: unknown) =>
    server.call('PUT', `/points/${point}/thresholds?reason=test`, document, { 'if-match': '*' });

  async function editor(point: string, options: Opened = {}) {
    const { user = 'admin', language = 'zh', theme = 'light', rule } = options;
    const watched = await openPage(browser, server.url, { language, theme });
    const query = rule === undefined ? '' : `?rule=${rule}`;
    await signIn(watched.page, `${server.url}/points/${point}/thresholds${query}`, user, ADMIN_PASSWORD);
    await watched.page.locator('[data-testid=editor-page]').waitFor();
    return watched;
  }

  /** The control of a field of the document. */
  const field = (page: Page, pointer: string) => page.locator(`[id="field/${pointer}"]`);
  const problemAt = (page: Page, pointer: string) =>
    page.locator(`[id="field/${pointer}-help"] [data-testid=field-problem]`);

  async function choose(page: Page, select: Locator, option: string) {
    await select.click();
    await page.locator('.ant-select-dropdown:visible').getByText(option, { exact: true }).click();
  }

  async function save(page: Page, reason: string) {
    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '原因' }).fill(reason);
    await dialog.getByRole('button', { name: '保存并生效' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  const figure = async (page: Page, side: 'present' | 'proposed') =>
    Number(await page.locator(`[data-figure=${side}]`).innerText());
  const isJudged = (page: Page) => page.getByText('已按当前修改推算').waitFor();

  test('from the point to fewer alerts: a deadband, what it would have done, why, saved', async () => {
    await put(POINT, BARE);
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/points/${POINT}`, 'li', ADMIN_PASSWORD);
    await page.getByRole('link', { name: '调整限值' }).click();
    await page.getByRole('button', { name: '积水深度 depth', exact: true }).click();
    await isJudged(page);
    const present = await figure(page, 'present');
    expect(present).toBeGreaterThan(40);
    expect(await figure(page, 'proposed')).toBe(present);

    await field(page, 'rules/depth/deadband').fill('3');
    await expect.poll(() => figure(page, 'proposed')).toBeLessThan(present / 3);
    expect(await figure(page, 'present')).toBe(present);
    // An incident of the list is shown on the chart.
    await page
      .getByRole('button', { name: /^在图上查看/ })
      .first()
      .click();
    await page.getByRole('button', { name: '显示全部' }).click();

    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('回差').waitFor();
    await dialog.getByText(`报警由 ${present} 次变为`).waitFor();
    await dialog.getByRole('button', { name: '保存并生效' }).click();
    await dialog.getByText('请写明原因').waitFor();
    await dialog.getByRole('textbox', { name: '原因' }).fill('夜间反复误报，见推算');
    await dialog.getByRole('button', { name: '保存并生效' }).click();
    await page.getByText(/已保存为第 \d+ 版/).waitFor();
    const [newest] = await revisionsOf(POINT);
    expect(newest).toMatchObject({ author: 'li', reason: '夜间反复误报，见推算', until: null });
    expect(newest?.document).toEqual({
      ...BARE,
      rules: { ...BARE.rules, depth: { ...BARE.rules.depth, deadband: 3 } },
    });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a preview of history that comes more seldom than the profile says says so, and one of a few readings says nothing', async () => {
    const nowMs = Date.now();
    const readings = Array.from({ length: 2_880 }, (_, i) => ({
      ts: nowMs - (2_880 - i) * 60_000,
      depth: i % 300 < 20 ? 50 : 2,
    }));
    await server.publish('water-03', readings);
    await server.publish('water-05', readings.slice(-4));
    const slow = await editor('underpass-02', { rule: 'depth' });
    await isJudged(slow.page);
    await slow.page.getByText('数据间隔为 1 分钟（设备类型规定 15 秒）').waitFor();
    expect(await figure(slow.page, 'present')).toBeLessThan(12);
    await slow.close();
    const few = await editor('underpass-03', { rule: 'depth', language: 'en' });
    await few.page.getByText('Too little data to judge anything (4 readings').waitFor();
    // Nor does the dialog that asks for a reason count alerts that nobody can know of.
    await field(few.page, 'rules/depth/deadband').fill('3');
    await few.page.getByText('Up to date with the form').waitFor();
    await few.page.getByRole('button', { name: 'Save…' }).click();
    const dialog = few.page.getByRole('dialog');
    await dialog.getByText('Too little data to judge anything (4 readings').waitFor();
    expect(await dialog.getByText(/alerts instead of/).count()).toBe(0);
    await few.close();
  });

  test('what is wrong is said beside the field, by the schema at once and by the server’s evaluation', async () => {
    await put(POINT, BARE);
    const { page, complaints, close } = await editor(POINT, { rule: 'depth' });
    const red = 'rules/depth/levels/red/above';
    await field(page, red).fill('');
    await problemAt(page, red).getByText('请填写').waitFor();
    expect(await page.getByRole('button', { name: '保存…' }).isDisabled()).toBe(true);
    await page.getByText('更正后继续推算').waitFor();
    await field(page, red).fill('27');
    await problemAt(page, red).waitFor({ state: 'detached' });

    // What is hardly meant is said too, and keeps nobody from saving.
    await field(page, red).fill('18');
    const warnings = page.getByRole('region', { name: '1 处请核对' });
    await warnings.getByText('红色比橙色更容易达到').waitFor();
    expect(await page.getByRole('button', { name: '保存…' }).isEnabled()).toBe(true);
    // What is no number is not taken back in silence.
    await field(page, red).fill('abc');
    await field(page, red).blur();
    expect(await field(page, red).inputValue()).toBe('abc');
    await problemAt(page, red).getByText('应为数字').waitFor();
    // Mended, it is so at once, while one is still in the field.
    await field(page, red).press('ControlOrMeta+a');
    await page.keyboard.type('9999');
    await problemAt(page, red).waitFor({ state: 'detached' });
    expect(await field(page, red).inputValue()).toBe('9999');
    await warnings.getByText('永远达不到').waitFor();
    await field(page, red).fill('27');
    await warnings.waitFor({ state: 'detached' });

    await page.getByText('解除值', { exact: true }).last().click();
    await field(page, 'rules/depth/recover').fill('12');
    await problemAt(page, 'rules/depth/recover').getByText('解除值 12 须低于限值 10').waitFor();
    await field(page, 'rules/depth/unit').fill('MPa');
    await problemAt(page, 'rules/depth/unit').getByText('MPa 不能换算为 cm').waitFor();
    // What the browser says itself of an answer of 422 is no complaint of ours.
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
    await close();
  });

  test('a limit is moved by mouse and by keyboard, and the form says the same', async () => {
    await put(POINT, BARE);
    const { page, complaints, close } = await editor(POINT, { rule: 'depth' });
    await isJudged(page);
    const handle = page.getByRole('slider', { name: '红色限值，depth' });
    const box = await handle.boundingBox();
    if (box === null) throw new Error('the limit line is not on the page');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y + 20, { steps: 4 });
    await page.mouse.move(x, y + 45, { steps: 4 });
    await page.mouse.up();
    const dragged = Number(await field(page, 'rules/depth/levels/red/above').inputValue());
    expect(dragged).toBeLessThan(26);
    expect(dragged).toBeGreaterThan(12);

    await handle.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    const stepped = Number(await field(page, 'rules/depth/levels/red/above').inputValue());
    expect(stepped).toBeGreaterThan(dragged);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(Number(await field(page, 'rules/depth/levels/red/above').inputValue())).toBe(dragged);
    // A band below the chart leads to its alert.
    await isJudged(page);
    await page.locator('[data-set=proposed] [data-testid=incident]').last().click();
    await page.getByRole('button', { name: '显示全部' }).click();
    // What was moved can be put back.
    await page.getByRole('button', { name: '放弃修改' }).click();
    expect(await field(page, 'rules/depth/levels/red/above').inputValue()).toBe('27');
    expect(complaints).toEqual([]);
    await close();
  });

  test('every kind of criterion is made in fields', async () => {
    const point = 'site-house-01';
    await put(point, { rules: { ppv: { metric: 'ppv', levels: { yellow: { above: 5 } } } } });
    const { page, complaints, close } = await editor(point, { rule: 'ppv' });
    const at = 'rules/ppv/levels';
    const kindOf = (pointer: string) => page.locator(`[id="field/${pointer}-kind"]`);
    const addLevel = (level: string) =>
      page.locator('[data-testid=add-levels]').getByRole('button', { name: level }).click();
    const seconds = async (pointer: string, amount: string) => field(page, pointer).fill(amount);

    // Two-sided, with the delays and the recovery of its own.
    await field(page, `${at}/yellow/below`).fill('1');
    await seconds(`${at}/yellow/for`, '30');
    await page.getByRole('button', { name: '黄色: 本级单独设置…' }).click();
    await field(page, `${at}/yellow/label`).fill('注意');
    await page.getByLabel('本地名称，英文').fill('Notice');
    await field(page, `${at}/yellow/deadband`).fill('0.2');
    // A change over a time.
    await addLevel('蓝');
    await choose(page, kindOf(`${at}/blue`), '变化量');
    await field(page, `${at}/blue/rise`).fill('2');
    await field(page, `${at}/blue/within`).fill('10');
    // A limit that depends on another metric.
    await addLevel('红');
    await choose(page, kindOf(`${at}/red`), '随另一指标变化');
    for (const [row, [over, limit]] of [
      ['10', '5'],
      ['50', '15'],
    ].entries()) {
      await page.getByRole('spinbutton', { name: `第 ${row + 1} 点横坐标` }).fill(over ?? '');
      await page.getByRole('spinbutton', { name: `第 ${row + 1} 点限值` }).fill(limit ?? '');
    }
    await page.getByRole('button', { name: '添加折点' }).click();
    await page.getByRole('spinbutton', { name: '第 3 点横坐标' }).fill('100');
    await page.getByRole('spinbutton', { name: '第 3 点限值' }).fill('20');
    // Nested: any of a limit and all of two windows.
    await addLevel('橙');
    await choose(page, kindOf(`${at}/orange`), '任一成立');
    await field(page, `${at}/orange/any/0/above`).fill('8');
    await choose(page, kindOf(`${at}/orange/any/1`), '全部成立');
    await choose(page, kindOf(`${at}/orange/any/1/all/0`), '时段平均');
    await field(page, `${at}/orange/any/1/all/0/average`).fill('8');
    await field(page, `${at}/orange/any/1/all/0/above`).fill('3');
    await choose(page, kindOf(`${at}/orange/any/1/all/1`), '时段最大');
    await field(page, `${at}/orange/any/1/all/1/maximum`).fill('1');
    await field(page, `${at}/orange/any/1/all/1/above`).fill('6');
    // For all levels.
    await seconds('rules/ppv/recoverFor', '20');
    await page.getByRole('checkbox', { name: '锁定：报警后须人工复位' }).click();
    // Other limits in the flood season.
    await page.getByText('分时段限值', { exact: true }).click();
    await page.getByRole('button', { name: '添加时段' }).click();
    await field(page, 'rules/ppv/schedule/0/season').fill('05-01');
    await page.getByRole('textbox', { name: '季节（每年），止' }).fill('09-30');

    const addRule = async (kind: string) => {
      await page.getByRole('button', { name: '添加规则' }).click();
      await page.getByRole('menuitem', { name: kind }).click();
    };
    await addRule('离线');
    await field(page, 'rules/noData/noData/after').fill('15');
    await addRule('读数不变');
    await field(page, 'rules/stuck/stuck/after').fill('6');
    await field(page, 'rules/stuck/stuck/tolerance').fill('0.1');
    await addRule('传感器量程');
    await page.getByText('设备型号的量程为 0 – 250 mm/s').waitFor();
    await field(page, 'rules/range/range/limits').fill('0');
    await page.getByRole('spinbutton', { name: '有效范围，止' }).fill('200');
    await addRule('多点联判');
    await choose(page, field(page, 'rules/vote/vote/points'), '正阳大桥跨中 bridge-mid-01');
    await page.keyboard.press('Escape');
    await field(page, 'rules/vote/vote/atLeast').fill('2');
    const idField = page.getByLabel('规则编号');
    await idField.fill('zone');
    await idField.press('Enter');

    await save(page, '各种判据');
    const saved = await documentOf(point);
    expect(saved.rules.ppv?.levels).toEqual({
      yellow: { above: 5, below: 1, for: '30s', label: { zh: '注意', en: 'Notice' }, deadband: 0.2 },
      blue: { rise: 2, within: '10m' },
      red: {
        curve: {
          over: 'frequency',
          points: [
            [10, 5],
            [50, 15],
            [100, 20],
          ],
        },
      },
      orange: {
        any: [
          { above: 8 },
          {
            all: [
              { average: '8h', above: 3 },
              { maximum: '1h', above: 6 },
            ],
          },
        ],
      },
    });
    expect(saved.rules.ppv).toMatchObject({
      recoverFor: '20s',
      latch: true,
      schedule: [{ season: ['05-01', '09-30'] }],
    });
    expect(saved.rules.noData).toEqual({ noData: { after: '15m', level: 'blue' } });
    expect(saved.rules.stuck).toMatchObject({ stuck: { after: '6h', tolerance: 0.1 } });
    expect(saved.rules.range).toMatchObject({ metric: 'ppv', range: { limits: [0, 200] } });
    expect(saved.rules.zone?.vote).toEqual({ points: [point, 'bridge-mid-01'], atLeast: 2, level: 'yellow' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('what is on or off equals something; minimum and sum; levels and rules can go; everything as text', async () => {
    const point = 'market-hall-smoke';
    await put(point, { rules: {} });
    const { page, complaints, close } = await editor(point);
    await page.getByRole('button', { name: '添加规则' }).click();
    await page.getByRole('menuitem', { name: '分级限值' }).click();
    await choose(page, field(page, 'rules/smoke/metric'), 'smoke');
    await choose(page, field(page, 'rules/smoke/levels/yellow/equals'), '报警 true');
    await page.getByRole('button', { name: '添加规则' }).click();
    await page.getByRole('menuitem', { name: '读数不变' }).click();
    await page.getByRole('button', { name: '删除规则 stuck' }).click();

    await page.getByText('文本', { exact: true }).click();
    const text = page.getByRole('textbox', { name: '全部限值（YAML 或 JSON）' });
    const written = await text.inputValue();
    expect(written).toContain('equals: true');
    await text.fill(`${written}    levels: [`);
    await page.locator('[data-testid=text-problems] [data-testid=field-problem]').first().waitFor();
    expect(await page.getByRole('button', { name: '保存…' }).isDisabled()).toBe(true);
    await text.fill(
      [
        'rules:',
        '  smoke: { metric: smoke, latch: true, levels: { red: { equals: true } } }',
        '  battery:',
        '    metric: battery',
        '    levels:',
        '      blue: { minimum: 1h, below: 20 }',
        '      yellow: { sum: 24h, above: 900 }',
      ].join('\n'),
    );
    await page.getByText('表单', { exact: true }).click();
    await page.getByRole('button', { name: '电池电量 battery' }).click();
    expect(await field(page, 'rules/battery/levels/blue/below').inputValue()).toBe('20');
    await page.getByRole('button', { name: '删除黄色级别' }).click();
    await save(page, '文本');
    expect((await documentOf(point)).rules).toEqual({
      smoke: { metric: 'smoke', latch: true, levels: { red: { equals: true } } },
      battery: { metric: 'battery', levels: { blue: { minimum: '1h', below: 20 } } },
    });
    expect(complaints).toEqual([]);
    await close();
  });

  test('two at the same point: the second sees what the first did, and puts the own change on top of it', async () => {
    await put(POINT, BARE);
    const mine = await editor(POINT, { user: 'li', rule: 'depth' });
    await field(mine.page, 'rules/depth/deadband').fill('3');
    await field(mine.page, 'rules/depth/levels/blue/above').fill('9');

    const theirs = await editor(POINT, { user: 'admin', rule: 'depth' });
    await field(theirs.page, 'rules/depth/levels/red/above').fill('25');
    await field(theirs.page, 'rules/depth/levels/blue/above').fill('8');
    await save(theirs.page, '汛期收紧');

    await mine.page.getByRole('button', { name: '保存…' }).click();
    const saving = mine.page.getByRole('dialog');
    await saving.getByRole('textbox', { name: '原因' }).fill('减少误报');
    await saving.getByRole('button', { name: '保存并生效' }).click();
    const conflict = mine.page.getByRole('dialog').filter({ hasText: '限值已被他人修改' });
    await conflict.getByText('汛期收紧').waitFor();
    await conflict.getByText('双方都改了同一处').waitFor();
    await conflict.getByText(/用他人的/).click();
    await conflict.getByRole('button', { name: '把我的修改放到新版之上' }).click();
    expect(await field(mine.page, 'rules/depth/levels/red/above').inputValue()).toBe('25');
    expect(await field(mine.page, 'rules/depth/levels/blue/above').inputValue()).toBe('8');
    await save(mine.page, '减少误报');
    const [newest, before] = await revisionsOf(POINT);
    expect([newest?.author, before?.author]).toEqual(['li', 'admin']);
    expect(newest?.document.rules.depth).toMatchObject({
      deadband: 3,
      levels: { red: { above: 25 }, blue: { above: 8 } },
    });
    expect(mine.complaints.filter((text) => !text.includes('412'))).toEqual([]);
    await mine.close();
    await theirs.close();
  });

  test('temporary values say until when; any two revisions are compared, and one is restored', async () => {
    await put(POINT, BARE);
    const { page, complaints, close } = await editor(POINT, { rule: 'depth' });
    await field(page, 'rules/depth/deadband').fill('4');
    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '原因' }).fill('施工期间');
    await dialog.getByRole('radio', { name: '立即，临时有效' }).click();
    await dialog.getByRole('button', { name: '保存并生效' }).click();
    await dialog.getByText('请选择时间').waitFor();
    await dialog.getByRole('textbox', { name: '有效至' }).click();
    await page.locator('.ant-picker-presets').getByText('8 小时后').click();
    await dialog.getByRole('button', { name: '保存并生效' }).click();
    await page
      .getByText(/^临时，至 /)
      .first()
      .waitFor();
    const [temporary, former] = await revisionsOf(POINT);
    expect(temporary?.until).toBeGreaterThan(Date.now() + 7 * 3_600_000);

    await page.getByRole('button', { name: '历史版本' }).click();
    const drawer = page.getByRole('dialog').filter({ hasText: '历史版本' });
    await drawer.getByText('施工期间').waitFor();
    await drawer.locator('[data-testid=change-list]').getByText('4 cm').waitFor();
    await drawer.getByText('逐行', { exact: true }).click();
    await drawer.getByText(/^\+ +deadband: 4/).waitFor();
    await drawer.getByRole('button', { name: `恢复第 ${former?.revision} 版` }).click();
    await drawer.getByRole('textbox', { name: '原因' }).fill('施工结束');
    await drawer.getByRole('textbox', { name: '原因' }).press('Enter');
    await expect.poll(async () => (await revisionsOf(POINT))[0]?.reason).toBe('施工结束');
    const [restored] = await revisionsOf(POINT);
    expect(restored?.document).toEqual(former?.document);
    await drawer.getByText('施工结束').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a change for a time ahead waits where everybody sees it, and can be called off; from an alert to its rule', async () => {
    await put(POINT, BARE);
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'li', ADMIN_PASSWORD);
    const { items } = await server.call<{ items: { id: string; rule: string }[] }>(
      'GET',
      `/alerts?point=${POINT}&state=all`,
    );
    const alert = items.find(({ rule }) => rule === 'depth');
    await followLink(page, `/alerts/${alert?.id}`);
    await page.getByRole('link', { name: '常误报？调整限值' }).click();
    await field(page, 'rules/depth/levels/red/above').fill('25');
    await page.keyboard.press('Control+s');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '原因' }).fill('汛期');
    await dialog.getByRole('radio', { name: '到时生效' }).click();
    await dialog.getByRole('textbox', { name: '生效时间' }).click();
    await page.locator('.ant-picker-presets').getByText('24 小时后').click();
    await dialog.getByRole('button', { name: '保存，到时生效' }).click();
    await page.getByText(/^li 的修改将于 .* 生效：汛期/).waitFor();
    expect(await documentOf(POINT)).toEqual(BARE);
    await page.getByRole('button', { name: '取消预定' }).click();
    await page.getByText('li 的修改将于').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a preview that fails or takes long says so, can be stopped and asked for again', async () => {
    await put(POINT, BARE);
    const { page, close } = await editor(POINT, { rule: 'depth' });
    await isJudged(page);
    let isBroken = true;
    await page.route('**/thresholds/preview', async (route) => {
      if (!isBroken) return route.continue();
      const body = JSON.stringify({ code: 'busy', title: '系统繁忙，请稍后重试' });
      return route.fulfill({ status: 422, contentType: 'application/problem+json', body });
    });
    await field(page, 'rules/depth/deadband').fill('1');
    const failed = page.getByRole('alert').filter({ hasText: /推算没有成功：\s*系统繁忙，请稍后重试/ });
    await failed.waitFor();
    isBroken = false;
    await failed.getByRole('button', { name: '再试' }).click();
    await isJudged(page);

    const held = Promise.withResolvers<void>();
    await page.unroute('**/thresholds/preview');
    await page.route('**/thresholds/preview', async (route) => {
      await held.promise;
      await route.continue().catch(() => {});
    });
    await field(page, 'rules/depth/deadband').fill('2');
    await page.getByText(/^正在推算，已 \d+ 秒…$/).waitFor();
    await page.getByRole('button', { name: '停止', exact: true }).click();
    await page.getByText('推算已停止').waitFor();
    held.resolve();
    await page.getByRole('button', { name: '继续推算' }).click();
    await isJudged(page);
    await close();
  });

  test('what makes red harder to reach asks for a second person where the site wants that', async () => {
    const strict = await startRealServer(['--second-approval', 'true']);
    const { page, complaints, close } = await openPage(browser, strict.url);
    await signIn(page, `${strict.url}/points/${POINT}/thresholds?rule=depth`, 'admin', ADMIN_PASSWORD);
    await field(page, 'rules/depth/levels/red/above').fill('35');
    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('须另一名工程师审批后才生效').waitFor();
    await dialog.getByText(/depth 更难达到/).waitFor();
    await dialog.getByRole('textbox', { name: '原因' }).fill('水泵已扩容');
    await dialog.getByRole('button', { name: '提交审批' }).click();
    await page.getByText('admin 的修改正等待审批：水泵已扩容').waitFor();
    expect(await field(page, 'rules/depth/levels/red/above').inputValue()).toBe('27');
    await page.getByRole('link', { name: '查看申请' }).click();
    await page.waitForURL(/\/review\//);
    expect(complaints).toEqual([]);
    await close();
    await strict.close();
  });

  test('advice fills the form and changes nothing by itself', async () => {
    await put(POINT, BARE);
    const before = (await revisionsOf(POINT))[0]?.revision;
    const { page, complaints, close } = await editor(POINT, { rule: 'depth' });
    await page.evaluate(ADVICE_IN_TWO_PARTS);
    await page.getByText('建议', { exact: true }).first().click();
    await page.locator('[role=progressbar][aria-valuenow="40"]').waitFor();
    await page.getByText(/正在推算，已 \d+ 秒… 大约还需 \d+ 秒。/).waitFor();
    await page.evaluate('goOn()');
    await page.getByText('噪声（标准差）').waitFor();
    await page.getByText('还没有判定').waitFor();
    await page.getByRole('button', { name: '填入表单' }).click();
    const deadband = Number(await field(page, 'rules/depth/deadband').inputValue());
    expect(deadband).toBeGreaterThan(0.5);
    await page.getByRole('button', { name: '填入回差 2 cm' }).click();
    expect(await field(page, 'rules/depth/deadband').inputValue()).toBe('2');
    await page.getByText('推算', { exact: true }).click();
    await isJudged(page);
    expect(await figure(page, 'proposed')).toBeLessThan((await figure(page, 'present')) / 3);
    expect((await revisionsOf(POINT))[0]?.revision).toBe(before);
    // Leaving now would lose it, so one is asked.
    await page.getByRole('link', { name: '值守' }).click();
    await page.getByRole('dialog').getByText('修改将丢失').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: '留下' }).click();
    expect(complaints).toEqual([]);
    await close();
  });

  test('others look and are told why they may not change anything', async () => {
    const operator = await editor(POINT, { user: 'wang', rule: 'depth' });
    await operator.page.getByText('需要工程权限').waitFor();
    await isJudged(operator.page);
    expect(await field(operator.page, 'rules/depth/levels/red/above').isDisabled()).toBe(true);
    expect(await operator.page.getByRole('button', { name: '保存…' }).isDisabled()).toBe(true);
    expect(await operator.page.getByRole('slider').count()).toBe(0);
    await operator.close();
    const viewer = await editor(POINT, { user: 'zhao', rule: 'depth' });
    await viewer.page.getByText('需要值班权限').waitFor();
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
  });

  test.each([
    ['zh', 'light', 'all'],
    ['en', 'light', 'but contrast'],
    ['zh', 'dark', 'contrast'],
  ] as const)('looks as it should, and axe finds nothing serious (%s, %s, %s)', async (language, theme, looked) => {
    await put(POINT, BARE);
    const { page, complaints, close } = await editor(POINT, { language, theme, rule: 'depth' });
    const findings: string[] = [];
    const look = async (name: string) => {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${language}-${theme}.png`) });
      findings.push(...(await seriousFindings(page, looked)).map((finding) => `${name}: ${finding}`));
    };
    await page.locator('[data-figure=proposed]').waitFor();
    await field(page, 'rules/depth/deadband').fill('3');
    await expect.poll(() => figure(page, 'proposed')).toBeLessThan(30);
    await look('threshold-editor');
    await page
      .getByText(language === 'zh' ? '建议' : 'Advice', { exact: true })
      .first()
      .click();
    await page.locator('[data-testid=trade-off]').first().waitFor();
    await look('threshold-advice');
    await page.locator('[data-testid=trade-off]').first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(SCREENSHOTS, `threshold-trade-${language}-${theme}.png`) });
    // By night the colours are others, the pages the same: those with the most colour are enough.
    if (theme === 'light') {
      await page.getByRole('button', { name: language === 'zh' ? '保存…' : 'Save…' }).click();
      await page.getByRole('dialog').waitFor();
      await look('threshold-save');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: language === 'zh' ? '历史版本' : 'Revisions' }).click();
      await page.locator('[data-testid=revision-table]').waitFor();
      await look('threshold-revisions');
      await page.keyboard.press('Escape');
      await page.getByText(language === 'zh' ? '文本' : 'Text', { exact: true }).click();
      await page.locator('[data-testid=document-text]').waitFor();
      await look('threshold-text');
    }
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

/** Until a person has chosen a password of their own the console asks for one. */
async function ownPassword(url: string, username: string): Promise<void> {
  const headers = { 'x-brink-csrf': '1', 'content-type': 'application/json' };
  const current = 'chosen by somebody else';
  const session = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ username, password: current }),
  });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  const changed = await fetch(`${url}/api/v1/me/password`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ current, new: ADMIN_PASSWORD }),
  });
  if (!changed.ok) throw new Error(`the password of ${username} could not be changed: ${await changed.text()}`);
}

/** Advice comes in two parts: how far it is, and after `goOn()` what the server says. */
const ADVICE_IN_TWO_PARTS = `
  const ask = fetch;
  window.fetch = async (url, options) => {
    if (!String(url).includes('/thresholds/advice')) return ask(url, options);
    return new Response(new ReadableStream({
      start(parts) {
        parts.enqueue(new TextEncoder().encode('{"share":0.4}\\n'));
        window.goOn = async () => {
          parts.enqueue(new Uint8Array(await (await ask(url, options)).arrayBuffer()));
          parts.close();
        };
      },
    }));
  };
`;
