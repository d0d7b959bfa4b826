import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { isLong } from '../support/long.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** The console as the server serves it, in a real browser, against the real program and real MQTT. */
describe.runIf(canRun)('console against the real server', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer();
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(() => server.close());

  async function signedIn(path = '/') {
    const watched = await openPage(browser, server.url);
    await signIn(watched.page, server.url + path, 'admin', ADMIN_PASSWORD);
    return watched;
  }

  const rowOf = (page: Page, point: string) => page.locator('[data-testid=alert-row]', { hasText: point });
  const openAlerts = async (point: string) =>
    (await server.call<{ items: Alert[] }>('GET', `/alerts?point=${point}&state=active`)).items;

  test('a wrong password is refused in words, the right one opens the duty view', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await page.goto(server.url);
    await page.locator('input[name=username]').fill('admin');
    await page.locator('input[name=password]').fill('not this one');
    await page.keyboard.press('Enter');
    await page.getByText('用户名或密码不对').waitFor();
    await page.locator('input[name=password]').fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: '主菜单' }).waitFor();
    await page.getByText('实时', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a publish over MQTT becomes a row at once, and is acknowledged with one click', async () => {
    const { page, complaints, close } = await signedIn();
    await server.publish('water-01', { depth: 22 });
    const row = rowOf(page, '水深').or(rowOf(page, '积水深度')).first();
    await row.waitFor();
    expect(await row.getAttribute('class')).toContain('level-orange');
    expect(await page.title()).toMatch(/^\(\d+\) /);
    await row.getByRole('button', { name: '确认' }).click();
    await row.getByText('已确认').waitFor();
    await expect
      .poll(async () => (await openAlerts('underpass-01')).map((alert) => alert.acknowledged))
      .toEqual([true]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('with the keyboard alone: sign in, find the alert, acknowledge it, open it', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await server.publish('gas-01', { ch4: 60 });
    await page.goto(server.url);
    await page.locator('input[name=username]:focus').waitFor();
    await page.keyboard.type('admin');
    await page.keyboard.press('Tab');
    await page.keyboard.type(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await page.keyboard.press('j');
    const focused = page.locator('[data-testid=alert-row]:focus');
    await focused.waitFor();
    expect(await focused.getAttribute('class')).toContain('level-red');
    await page.keyboard.press('a');
    await expect
      .poll(async () => (await openAlerts('canteen-gas')).some((alert) => alert.level === 'red' && alert.acknowledged))
      .toBe(true);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: '快捷键' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: '快捷键' }).waitFor({ state: 'hidden' });
    await page.locator('[data-testid=alert-row]').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '经过' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a note and shelving go through their dialogs and into the log', async () => {
    const { page, close } = await signedIn();
    await server.publish('water-03', { depth: 12 });
    const [alert] = await expect
      .poll(() => openAlerts('underpass-02'))
      .not.toEqual([])
      .then(() => openAlerts('underpass-02'));
    await followLink(page, `/alerts/${alert?.id}`);
    await page.getByRole('button', { name: '备注' }).click();
    // It looks like what the server writes for a verdict, and is what a person wrote.
    await page.getByRole('dialog').locator('textarea').fill('verdict:false 已派人到现场');
    await page.getByRole('dialog').getByRole('button', { name: '备注' }).click();
    const entry = page.locator('[data-testid=timeline] li', { hasText: 'verdict:false 已派人到现场' });
    await entry.getByText('备注', { exact: true }).waitFor();
    expect((await openAlerts('underpass-02')).map(({ verdict }) => verdict)).toEqual([undefined]);
    await page.getByRole('button', { name: '搁置' }).click();
    await page.getByRole('dialog').getByText('15 分钟').click();
    await page.getByRole('dialog').getByRole('button', { name: '搁置' }).click();
    await page.getByRole('button', { name: '取消搁置' }).waitFor();
    await page.locator('[data-testid=timeline]').getByText('搁置', { exact: true }).waitFor();
    // On paper: what it is, who printed it and when, and no grey.
    await page.emulateMedia({ media: 'print' });
    await page.locator('[data-testid=print-head]', { hasText: /报警记录.*admin 打印于 20\d\d-/s }).waitFor();
    expect(await page.locator('.bar').isVisible()).toBe(false);
    const grounds = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.panel')].map((one) => getComputedStyle(one).backgroundColor)",
    );
    expect(new Set(grounds)).toEqual(new Set(['rgb(255, 255, 255)']));
    await close();
  });

  test('the server goes away and comes back under the page: nothing that happened is missed', async () => {
    const { page, complaints, close } = await signedIn();
    await page.getByText('实时', { exact: true }).waitFor();
    await server.stop();
    await page.getByText('重连中', { exact: true }).waitFor();
    await server.start();
    await server.publish('water-05', { depth: 30 });
    await rowOf(page, '站前大道下穿道').first().waitFor();
    await page.getByText('实时', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('every page in English, by night: no Chinese but what people wrote, contrast enough', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, {
      language: 'en',
      theme: 'dark',
      withMap: true,
    });
    const findings: string[] = [];
    await visitAll(page, async (name) => {
      if (isLong) await page.screenshot({ path: join(SCREENSHOTS, `${name}-en.png`) });
      // By night the colours are others, the pages the same: the ones with the most colour are enough.
      if (COLOURFUL.includes(name)) {
        findings.push(...(await seriousFindings(page, 'contrast')).map((finding) => `${name}: ${finding}`));
      }
      if (WRITTEN_ON.includes(name)) return;
      const text = (await page.locator('body').innerText()).replaceAll('中文', '').split('\n');
      // Read behind the page: a card that comes in between was not on it.
      const written = (await page.getByTestId('card-panel').allInnerTexts()).join('\n').split('\n');
      const ours = text.filter((line) => !written.includes(line)).join('\n');
      expect(ours.match(/.*[\u4e00-\u9fff].*/g) ?? [], name).toEqual([]);
    });
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('latched alarms are reset together; of a dead detector with a reason, as the command line may', async () => {
    const { page, complaints, close } = await signedIn();
    await server.publish('gas-02', { ch4: 60 });
    await server.publish('gas-03', { ch4: 60 });
    await page
      .locator('[data-key] [data-testid=alert-point]', { hasText: '火锅街' })
      .or(page.getByText('hotpot'))
      .first()
      .waitFor();
    // The one has recovered, the other says nothing that could be believed any more.
    await server.publish('gas-02', { ch4: 1 });
    await server.publish('gas-03', { ch4: 400 });
    await expect.poll(async () => (await openAlerts('market-food-gas'))[0]?.recoveredAt ?? null).not.toBeNull();
    const dead = async () => (await openAlerts('hotpot-street-gas')).find(({ kind }) => kind === 'levels');
    await expect.poll(async () => (await dead())?.unverified).toBe(true);
    const id = (await dead())?.id ?? '';
    const recovered = (await openAlerts('market-food-gas'))[0]?.id ?? '';
    for (const key of [id, recovered]) await page.locator(`[data-key="${key}"] input[type=checkbox]`).check();
    await page.getByRole('button', { name: '复位' }).first().click();
    const dialog = page.getByRole('dialog', { name: '复位 2 条报警' });
    await dialog.getByText('其中 1 条的探测器没有数据或失真').waitFor();
    const confirm = dialog.getByRole('button', { name: '复位' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox', { name: '复位原因' }).fill('现场检测无泄漏，探头进水');
    await confirm.click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(dead).toBeUndefined();
    const { log } = await server.call<{ log: { event: string; note: string | null }[] }>('GET', `/alerts/${id}`);
    expect(log.at(-1)).toMatchObject({ event: 'reset', note: '现场检测无泄漏，探头进水' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a point without limits is marked wherever it is seen, and led to a template', async () => {
    await server.call('PUT', '/points/low-street-02/thresholds?reason=test', { rules: {} }, { 'if-match': '*' });
    const { page, complaints, close } = await signedIn('/points?state=unlimited');
    const row = page.locator('.ant-table-row');
    await row.getByText('无限值').waitFor();
    expect(await row.count()).toBe(1);
    await row.getByRole('link').click();
    await page.getByText('这个监测点没有限值，测到多少都不会报警').waitFor();
    await page.getByRole('link', { name: '从模板设置限值' }).click();
    await page
      .getByRole('heading', { name: '限值模板' })
      .or(page.locator('[data-testid=template-list]'))
      .first()
      .waitFor();
    expect(new Set(await page.locator('[data-testid=template-list] button .soft').allInnerTexts())).toSatisfy(
      (all: Set<string>) => [...all].every((text) => text.startsWith('积水')),
    );
    await followLink(page, '/system');
    await page
      .locator('dd', { hasText: /^1 \/ 5\d$/ })
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('the log shows the level an alarm is at and the highest it reached, and is filtered by either', async () => {
    const levels = { blue: { above: 10 }, red: { above: 27 } };
    const rules = { depth: { metric: 'depth', levels } };
    await server.call('PUT', '/points/underpass-04/thresholds?reason=test', { rules }, { 'if-match': '*' });
    await server.publish('water-06', { depth: 60 });
    await server.publish('water-06', { depth: 17 });
    const at = async (query: string) =>
      (await server.call<{ items: Alert[] }>('GET', `/alerts?state=all&${query}`)).items.map(({ id }) => id);
    const one = async () => (await openAlerts('underpass-04')).find(({ kind }) => kind === 'levels');
    await expect.poll(async () => (await one())?.level).toBe('blue');
    const id = (await one())?.id ?? '';
    expect([await at('level=blue'), await at('peakLevel=red')].map((ids) => ids.includes(id))).toEqual([true, true]);
    expect([await at('level=red'), await at('peakLevel=blue')].map((ids) => ids.includes(id))).toEqual([false, false]);
    const { page, complaints, close } = await signedIn('/history?peak=red');
    const row = page.locator('.ant-table-row', { has: page.locator(`a[href$="${id}"]`) });
    await row.locator('.alert-levels', { hasText: '最高 红' }).waitFor();
    // Silent points of the sample site are blue as well, and push others out of the window of the table.
    await followLink(page, '/history?level=blue&q=underpass-04');
    await row.waitFor();
    await followLink(page, '/history?level=red');
    await page.locator('.ant-table-row, .ant-table-placeholder').first().waitFor();
    await expect.poll(() => row.count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a viewer sees everything and may do nothing, and is told why', async () => {
    await server.addPerson('guest', 'viewer', 'look but no touch');
    const { page, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'guest', 'look but no touch');
    const ack = page.locator('[data-testid=alert-do] button').first();
    await ack.waitFor();
    expect(await ack.isDisabled()).toBe(true);
    expect(await ack.getAttribute('title')).toContain('值班');
    await page.getByRole('button', { name: /用户菜单/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).waitFor();
    expect(await page.getByRole('menuitem', { name: '用户' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/users`);
    await page.getByText('需要管理权限').waitFor();
    await close();
  });

  test('users and tokens are made and taken away again', async () => {
    const { page, complaints, close } = await signedIn('/system');
    await page.getByRole('button', { name: /用户菜单/ }).click();
    await page.getByRole('menuitem', { name: '用户' }).click();
    await page.getByRole('button', { name: '添加用户' }).click();
    await page.getByLabel('用户名').fill('王敏');
    await page.getByLabel('初始密码').fill('a first password');
    await page.getByRole('button', { name: '保存' }).click();
    const row = page.getByRole('row', { name: /王敏/ });
    await row.getByRole('button', { name: '删除' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除' }).click();
    await row.waitFor({ state: 'detached' });
    await followLink(page, '/tokens');
    await page.getByRole('button', { name: '新建令牌' }).click();
    await page.getByLabel('用途').fill('大屏');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('请立即复制保存').waitFor();
    const token = await page.locator('.payload').first().innerText();
    expect(token).toMatch(/^brink_.{20,}/);
    // A token that may only look opens a wall screen too.
    expect(await page.locator('.payload').nth(1).innerText()).toBe(`${server.url}/wall#token=${token}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('whoever was given a password chooses one of their own before anything else', async () => {
    await server.call('POST', '/users', { username: 'zhao', role: 'operator', password: 'given by somebody' });
    const { page, complaints, close } = await openPage(browser, server.url);
    await page.goto(`${server.url}/alerts`);
    await page.locator('input[name=username]').fill('zhao');
    await page.locator('input[name=password]').fill('given by somebody');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: '修改密码' });
    await dialog.getByText('当前密码由他人设定').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'own-password-first.png') });
    // There is no way around it.
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/points`);
    await dialog.waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);

    const answer = async (current: string, next: string, again: string) => {
      await dialog.getByLabel('当前密码').fill(current);
      await dialog.getByLabel('新密码').fill(next);
      await dialog.getByLabel('再输一次').fill(again);
      await dialog.getByRole('button', { name: '保存' }).click();
    };
    await answer('given by somebody', 'known to me alone', 'known to me alome');
    await dialog.getByText('两次输入不一致').waitFor();
    await answer('not what was given', 'known to me alone', 'known to me alone');
    await dialog.locator('.ant-form-item-explain-error').first().waitFor();
    await answer('given by somebody', 'known to me alone', 'known to me alone');
    await page.getByRole('navigation', { name: '主菜单' }).waitFor();
    await page.reload();
    await page.getByRole('navigation', { name: '主菜单' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a point page draws what its device sends, and its thresholds in words', async () => {
    const { page, complaints, close } = await signedIn('/points/underpass-01');
    await page.getByText('≥ 20 cm').first().waitFor();
    await server.publish('water-01', { depth: 7.25 });
    await page.locator('[data-testid=tile]', { hasText: '7.25' }).waitFor();
    await page.getByText('30 天').click();
    await page.getByText('7 天').click();
    await page.getByRole('img', { name: /积水深度|水深/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('maintenance is planned and ended, and keeps the point quiet meanwhile', async () => {
    const { page, complaints, close } = await signedIn('/points/low-street-01');
    await page.getByRole('button', { name: '安排检修' }).click();
    const dialog = page.getByRole('dialog', { name: '安排检修' });
    await dialog.getByLabel('原因').fill('清淤');
    await dialog.getByRole('button', { name: '安排检修' }).click();
    await page.locator('.badge', { hasText: '检修中' }).first().waitFor();
    await server.publish('water-02', { depth: 40 });
    await expect.poll(async () => (await openAlerts('low-street-01')).map((alert) => alert.suppressed)).toEqual([true]);
    await followLink(page, '/maintenance');
    const row = page.locator('.ant-table-row', { hasText: '清淤' });
    await row.getByRole('button', { name: '结束' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '结束' }).click();
    await expect
      .poll(async () => (await openAlerts('low-street-01')).map((alert) => alert.suppressed))
      .toEqual([false]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('what could not be read can be looked at; who is not registered can be, and is watched from then on', async () => {
    await server.publish('nobody-knows-me', { depth: 1 });
    await server.publish('nobody-knows-me', { depth: 2 });
    const { page, complaints, close } = await signedIn('/devices?tab=quarantine');
    await page.getByText('nobody-knows-me').first().click();
    await page.getByRole('dialog', { name: '未登记设备' }).locator('.payload').getByText('"depth": 2').waitFor();
    await followLink(page, '/devices?tab=unknown');
    await page.locator('.ant-table-row', { hasText: 'nobody-knows-me' }).getByRole('button', { name: '登记' }).click();
    const dialog = page.getByRole('dialog', { name: /登记/ });
    // The profile that knows most of what the device sent is proposed.
    await dialog.getByText(/积水/).first().waitFor();
    await dialog
      .locator('[data-testid=trial-device] tr', { hasText: '积水深度' })
      .getByText('2', { exact: true })
      .waitFor();
    await dialog.getByTestId('earlier-messages').getByText('此前 1 条').click();
    await dialog.getByTestId('earlier-messages').getByText('{"depth":1}').waitFor();
    // Those that read it come first.
    await dialog.getByRole('combobox', { name: '型号' }).click();
    await page.locator('.ant-select-item-group').first().getByText('读得出这条报文的型号').waitFor();
    await page
      .locator('.ant-select-item-option')
      .first()
      .getByText(/积水.*读出 1 项/)
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByLabel('监测点编号').fill('new-gauge');
    await dialog.getByLabel('中文名称').fill('新装水位计');
    await dialog.getByRole('combobox', { name: '区域' }).click();
    await page.locator('.ant-select-item-option:visible').first().click();
    await dialog.getByRole('button', { name: '登记' }).click();
    await page.getByText('nobody-knows-me 已登记').waitFor();
    await server.publish('nobody-knows-me', { depth: 3.5 });
    await followLink(page, '/points/new-gauge');
    await page.getByRole('heading', { name: '新装水位计' }).waitFor();
    await page.locator('[data-testid=tile]', { hasText: '3.5' }).waitFor();
    const first = '/points/new-gauge/readings?metric=depth&from=0&to=4000000000000&limit=1';
    expect((await server.call<{ items: object[] }>('GET', first)).items).toMatchObject([{ value: 1, quality: 'late' }]);

    await followLink(page, '/devices?tab=trial');
    await page.getByLabel('主题').fill('telemetry/any');
    await page.locator('textarea').fill('{"depth": 900, "nonsense": 1}');
    await page.getByRole('button', { name: '试读' }).click();
    await page.locator('[data-testid=trial]', { hasText: /道路积水监测仪.*900.*超出量程/ }).waitFor();
    await page.locator('textarea').fill('7E 7E');
    await page.getByRole('button', { name: '试读' }).click();
    await page.getByText('没有型号能读出这条报文').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a device whose clock is off is shown with how far, and so is one that sends old data', async () => {
    await server.publish('gas-03', { ts: Date.now() + 2 * 3_600_000, values: { ch4: 1 } });
    await server.publish('gas-04', { ts: Date.now() - 50 * 3_600_000, values: { ch4: 1 } });
    const { page, complaints, close } = await signedIn('/devices?q=gas-0');
    await page.locator('.ant-table-row', { hasText: /快 (2 小时|1 小时)/ }).waitFor();
    await page.locator('.ant-table-row', { hasText: '数据晚 2 天' }).waitFor();
    await page.getByRole('combobox', { name: '状态' }).click();
    await page.locator('.ant-select-item-option', { hasText: '时钟不准' }).click();
    await expect.poll(() => page.locator('.ant-table-row').count()).toBe(2);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the system page tells what comes in, how far behind anything is, room on the disk, and versions', async () => {
    const { page, complaints, close } = await signedIn('/system');
    const figure = (name: string) =>
      page.locator('[data-testid=check] dl > div', { has: page.getByText(name, { exact: true }) });
    await figure('每秒消息').waitFor();
    const before = Number((await figure('启动以来读数').locator('dd').innerText()).replaceAll(',', ''));
    await server.publish('water-04', { depth: 1 });
    await page.getByRole('button', { name: '刷新' }).click();
    await expect
      .poll(async () => Number((await figure('启动以来读数').locator('dd').innerText()).replaceAll(',', '')))
      .toBeGreaterThan(before);
    for (const name of ['每秒读数', '近一小时报警', '滞后条数', '剩余空间', '容量上限', '在线设备']) {
      expect(await figure(name).first().locator('dd').innerText(), name).toMatch(/\d/);
    }
    expect(await page.locator('.page-head').innerText()).toMatch(/Brink \d+\.\d+\.\d+.*Node \d+/);
    await page.getByRole('button', { name: 'English' }).click();
    await expect.poll(() => page.locator('h1').first().innerText()).not.toMatch(/[\u4e00-\u9fff]/);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the description of the API is readable under the same policy', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await page.goto(`${server.url}/api/docs`);
    // Of so many calls those in sight are drawn; these come first.
    await page.getByText('/api/v1/health', { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  /** Every page, and what is on it once it is all there. */
  const PAGES = {
    duty: ['/', '.map canvas'],
    points: ['/points', '.ant-table-row'],
    point: ['/points/underpass-01', '.u-wrap'],
    history: ['/history', '.ant-table-row'],
    devices: ['/devices', '.ant-table-row'],
    quarantine: ['/devices?tab=quarantine', '[data-testid=table-box] .ant-table'],
    unknown: ['/devices?tab=unknown', '[data-testid=table-box] .ant-table'],
    refused: ['/devices?tab=refused', '[data-testid=table-box] .ant-table'],
    maintenance: ['/maintenance', '[data-testid=table-box] .ant-table'],
    thresholds: ['/thresholds', 'h1'],
    review: ['/review', 'h1'],
    system: ['/system', '[data-testid=check]'],
    users: ['/users', '.ant-table-row'],
    tokens: ['/tokens', '.plain-table .ant-table'],
    site: ['/site', '[data-testid=table-box] .ant-table-row'],
    wall: ['/wall', '[data-testid=wall] .map canvas'],
  } as const;

  /** The pages that say in so many words what somebody wrote. */
  const WRITTEN_ON: readonly string[] = ['login', 'quarantine', 'unknown'];
  const COLOURFUL: readonly string[] = ['duty', 'points', 'point', 'alert', 'wall'];

  /** From one page to the next as people go. That each is there by its address too is seen where its own story begins. */
  async function visitAll(page: Page, look: (name: string) => Promise<void>): Promise<void> {
    await page.goto(server.url);
    await page.locator('input[name=username]').waitFor();
    await look('login');
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    for (const [name, [path, sign]] of Object.entries(PAGES)) {
      if (path !== '/') await followLink(page, path);
      await page.locator(sign).first().waitFor();
      await look(name);
    }
    await server.publish('water-06', { depth: 30 });
    await expect.poll(() => openAlerts('underpass-04')).not.toEqual([]);
    const [alert] = await openAlerts('underpass-04');
    await followLink(page, `/alerts/${alert?.id}`);
    await page.locator('[data-testid=timeline] li').first().waitFor();
    await look('alert');
  }

  test('every page in Chinese, by day: axe finds nothing serious, and a picture', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, { withMap: true });
    const findings: string[] = [];
    await visitAll(page, async (name) => {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-zh.png`) });
      findings.push(...(await seriousFindings(page)).map((finding) => `${name}: ${finding}`));
    });
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
