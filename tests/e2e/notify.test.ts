import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayServer, startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { NotifySetup } from '../../src/model/notify/setup.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

const KEY = 'robot-key-for-tests';

/** Telling people, set up and watched in the console. */
describe.runIf(canRun)('telling people', () => {
  let browser: Browser;
  let server: RealServer;
  let robots: GatewayServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    robots = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
    server = await startRealServer(['--notify-allow', '127.0.0.1']);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(async () => {
    await server.close();
    await robots.close();
  });

  const setupText = (key: string) => `
people:
  - {id: zhang, name: 张三, role: 值班长, phone: "13800000001", by: [robot]}
rotas:
  - {id: office, shifts: [{id: day, hours: ["08:00", "08:00"]}], turn: day, from: 2026-01-01, order: [{primary: zhang}]}
channels:
  - {id: robot, kind: wecom, settings: {origin: "${robots.origin}", key: ${key}}}
routes:
  - {id: all, to: [{channel: robot}]}
`;

  test('an engineer sets a robot up, tries it, and sees on the alert who was told of it', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/notify`, 'admin', ADMIN_PASSWORD);
    await page.getByText('还没有通知渠道').waitFor();
    await page.getByRole('tab', { name: '方案文本' }).click();
    const text = page.getByLabel('方案（YAML）');
    await text.fill('routes: [{id: all, to: [{person: gone}]}]');
    await page.getByRole('button', { name: '检查' }).click();
    await page.getByRole('alert').getByText('通知规则 all').waitFor();
    await text.fill(setupText(KEY));
    await page.getByRole('button', { name: '检查' }).click();
    await page.getByText('方案可以生效').waitFor();
    // What is proposed is asked before it is in force.
    await choose(page, page.getByLabel('监测点或区域'), '集市社区');
    await page.getByRole('button', { name: '推演' }).click();
    await page.getByTestId('explanation').getByText('规则“all”：接收').waitFor();
    await page.getByLabel('修改原因').fill('汛期值班');
    await page.getByRole('button', { name: '生效' }).click();
    // From then on the secret is a mask.
    await page.getByTestId('setup-done').getByText('第 1 版').waitFor();
    await until('the mask', async () => (await text.inputValue()).includes('••••'));
    expect(await text.inputValue()).not.toContain(KEY);
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-setup.png') });

    await page.getByRole('tab', { name: '现状' }).click();
    await page.getByTestId('on-duty').getByText('张三').waitFor();
    await page.getByRole('button', { name: '试发' }).click();
    await page.getByText('对方已接受').waitFor();
    await page.getByRole('button', { name: '查岗' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发送' }).click();
    await page.getByTestId('rehearsal').getByText('1 人：已通知 1，已应答 0').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify.png') });
    expect(await seriousFindings(page)).toEqual([]);

    await server.publish('water-01', { depth: 90 });
    const open = async () => (await server.call<{ items: Alert[] }>('GET', '/alerts?state=active')).items;
    const alert = await until('the alert', async () => (await open()).find(({ kind }) => kind === 'levels'));
    await followLink(page, `/alerts/${alert.id}`);
    await page.getByTestId('told').getByText('网关已接受').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-alert.png') });
    await followLink(page, '/notify?tab=chat');
    const said = page.getByTestId('chat-message').filter({ hasText: '90 cm' }).first();
    await said.getByText('已发到群里').waitFor();
    expect(await said.locator('.level-tag').count()).toBe(1);
    expect(await said.textContent()).toContain('90 cm');
    expect(await said.textContent()).not.toContain('<font');
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-chat.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await followLink(page, '/notify?tab=told');
    await page.locator('.ant-table-row').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-told.png') });
    expect(await seriousFindings(page)).toEqual([]);
    // The browser tells of the setup that was refused; that is the story.
    expect(complaints.filter((words) => !words.includes('status of 422'))).toEqual([]);
    await close();
  });

  test('people, rotas, routes, channels and silences are changed by forms that say what is wrong where it is wrong, and lose nothing to a faster colleague', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/notify?tab=people`, 'admin', ADMIN_PASSWORD);
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: '新增人员' }).click();
    await dialog.getByLabel('姓名').fill('李四');
    await dialog.getByLabel('电话').fill('电话');
    await dialog.getByText('手机或固定电话').waitFor();
    await dialog.getByLabel('电话').fill('13800000002');
    await dialog.getByLabel('备注').fill('新来的');
    // Somebody else is faster.
    const shown = await server.call<{ revision: number; setup: NotifySetup }>('GET', '/notify/setup');
    await server.call('PUT', '/notify/setup', { ...pick(shown), reason: '换了说明' });
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText('换了说明').waitFor();
    expect(await dialog.getByLabel('姓名').inputValue()).toBe('李四');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.ant-table-row').filter({ hasText: '李四' }).getByText('仅按规则指定的渠道').waitFor();
    const after = await server.call<{ setup: NotifySetup }>('GET', '/notify/setup');
    expect(after.setup.people).toEqual([
      shown.setup.people[0],
      { id: '李四', name: '李四', phone: '13800000002', note: '新来的', areas: [], by: [], language: 'zh' },
    ]);
    // Who is on a rota cannot go; it is said where he stands.
    await page.getByRole('button', { name: '编辑 张三' }).click();
    await dialog.getByRole('button', { name: '删除' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '删除' }).click();
    await dialog.getByText('值班表 office').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '试发 张三' }).click();
    await dialog.getByRole('button', { name: '试发' }).click();
    // The minute's messages may all have been needed for alerts; then that is said.
    await dialog.locator('output').waitFor();
    expect(await dialog.locator('output').textContent()).toMatch(/对方已接受|暂时没有发出|渠道不可用/);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: '导入通讯录' }).click();
    const contacts = '姓名,职务,手机\n王五,网格员,13800000003\n';
    await dialog
      .locator('input[type=file]')
      .setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer: Buffer.from(contacts) });
    await dialog.getByText('新增 1 行').waitFor();
    await dialog.getByRole('textbox').fill('新增网格员');
    await dialog.getByRole('button', { name: '导入并生效' }).click();
    await page.locator('.ant-table-row').filter({ hasText: '王五' }).getByText('网格员').waitFor();

    // Whoever is dragged onto a shift takes it; the same by keyboard, and back.
    await followLink(page, '/notify?tab=rota&view=week');
    const shift = page.getByTestId('rota-calendar').getByRole('button').first();
    await shift.getByText('张三').waitFor();
    await drag(page, page.getByTestId('rota-people').getByText('李四'), shift.getByText('主班'));
    await dialog.getByLabel('换班原因').fill('张三培训');
    await dialog.getByRole('button', { name: '保存' }).click();
    await shift.getByText('李四').waitFor();
    await shift.getByText('换班').waitFor();
    const swaps = async () => (await server.call<{ setup: NotifySetup }>('GET', '/notify/setup')).setup.rotas[0]?.swaps;
    expect(await swaps()).toMatchObject([{ primary: '李四', by: 'admin', reason: '张三培训' }]);
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-rota.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await shift.focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: '恢复原排班' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '恢复原排班' }).click();
    await shift.getByText('张三').waitFor();
    expect(await swaps()).toEqual([]);

    // A route behind one that takes everything is never asked; that is said until it is moved before it.
    await followLink(page, '/notify?tab=routes');
    await page.getByRole('button', { name: '新增规则' }).click();
    await dialog.getByLabel('名称').fill('红色');
    await choose(page, dialog.getByLabel('级别'), '红');
    await choose(page, dialog.getByLabel('对象'), '张三');
    await dialog.getByLabel('重复提醒间隔').fill('0.1');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText('至少 1m').waitFor();
    await dialog.getByLabel('重复提醒间隔').fill('10');
    await dialog.getByRole('button', { name: '保存' }).click();
    const route = page.getByTestId('route').filter({ hasText: '红色' });
    await route.getByText('→ 张三').waitFor();
    await page.getByTestId('setup-warnings').getByText('永远不会用到').waitFor();
    await page.getByRole('button', { name: '更多 红色' }).click();
    await page.getByRole('menuitem', { name: '上移' }).click();
    await page.getByTestId('setup-warnings').getByText('永远不会用到').waitFor({ state: 'detached' });
    await choose(page, page.getByLabel('监测点或区域'), '集市社区');
    await page.getByRole('button', { name: '推演' }).click();
    await page.getByTestId('explanation').getByText('规则“红色”：接收').waitFor();
    await page.getByRole('button', { name: '预演', exact: true }).click();
    await page.getByTestId('preview-found').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-routes.png'), fullPage: true });
    expect(await seriousFindings(page)).toEqual([]);

    // A secret that is kept is not shown, and stays when its field is left empty.
    await followLink(page, '/notify?tab=channels');
    await page.getByRole('button', { name: '编辑 robot' }).click();
    await dialog.getByPlaceholder('已加密保存，留空不变').waitFor();
    await dialog.getByLabel('名称').fill('值班群');
    await dialog.getByLabel('平台地址').fill('https://user:word@example.org');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.locator('.ant-form-item-explain-error').waitFor();
    await dialog.getByLabel('平台地址').fill(robots.origin);
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });
    const card = page.getByTestId('channel').filter({ hasText: '值班群' });
    await card.waitFor();
    expect(await card.getByText('缺少').count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);

    await followLink(page, '/notify?tab=silences');
    await page.getByRole('button', { name: '新增静默' }).click();
    await dialog.getByLabel('原因').fill('清淤');
    await dialog.getByRole('button', { name: '新增静默' }).click();
    await dialog.getByText('至少选一项条件').waitFor();
    await dialog.getByLabel('监测点').fill('下穿道');
    await choose(page, dialog.getByLabel('监测点'), '集市路下穿道');
    await dialog.getByRole('button', { name: '新增静默' }).click();
    const silence = page.locator('.ant-table-row').filter({ hasText: '清淤' });
    await silence.getByText('不含红色').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await silence.getByRole('button', { name: '提前结束' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '提前结束' }).click();
    await silence.waitFor({ state: 'detached' });
    expect(complaints.filter((words) => !/status of (412|422)/.test(words))).toEqual([]);
    await close();
  });
});

const pick = ({ revision, setup }: { revision: number; setup: NotifySetup }) => ({ revision, setup });

/** As a hand does it: a little first, so that it is known for a drag. */
async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  const middle = async (of: Locator) => {
    const box = await of.boundingBox();
    if (box === null) throw new Error('nothing to drag');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [start, end] = [await middle(from), await middle(to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 10, start.y + 10);
  await page.mouse.move(end.x, end.y, { steps: 4 });
  // The place shows that it would take him.
  await page.locator('[class*=_target_]').waitFor();
  await page.mouse.up();
}

/** Chooses one of a list. */
async function choose(page: Page, field: Locator, words: string): Promise<void> {
  await field.click();
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: words }).first().click();
  // The list of a field that takes several stays open otherwise; the tab key would choose what it stands on.
  await field.blur();
}
