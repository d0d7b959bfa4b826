import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** Devices have secrets here, as in production. */
describe.runIf(canRun)('devices of a site with secrets', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer(['--gbt26875', '127.0.0.1:0'], 'none');
    await server.call('PUT', '/areas/market', { name: { zh: '集市社区', en: 'Market' } });
  });
  afterAll(() => server.close());

  async function chooseProfile(page: Page): Promise<void> {
    await page.getByRole('dialog').getByLabel('型号').fill('道路积水');
    await page.locator('.ant-select-item-option').filter({ hasText: '道路积水' }).first().click();
  }

  const submit = (page: Page) => page.locator('.ant-modal-footer .ant-btn-primary').click();

  /** Reads the secret that is shown this once, and closes the dialog. */
  async function takeSecret(page: Page): Promise<string> {
    await page.getByText('只显示这一次').waitFor();
    await page.getByTestId('secret-code').locator('svg').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-secret.png') });
    const secret = (await page.locator('.to-copy pre').first().innerText()).trim();
    await page.locator('.ant-modal-footer').last().getByRole('button').click();
    await page.getByText('只显示这一次').waitFor({ state: 'detached' });
    return secret;
  }

  test('one that was refused is registered from the list, connects with the secret and is on its page', async () => {
    await expect(server.publish('gauge-7', { depth: 12 }, 'from-the-workshop')).rejects.toThrow();
    await expect(server.publish('gauge-7', { depth: 12 }, 'from-the-workshop')).rejects.toThrow();
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices`, 'admin', ADMIN_PASSWORD);
    await page.getByRole('tab', { name: '连接被拒（1）' }).click();
    const row = page.locator('.ant-table-row', { hasText: 'gauge-7' });
    await row.getByText('设备未登记').waitFor();
    await row.getByText('127.0.0.1').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-refused.png') });

    await row.getByRole('button', { name: '登记' }).click();
    await chooseProfile(page);
    await submit(page);
    const secret = await takeSecret(page);
    await page.getByText('没有被拒绝的连接').waitFor();
    await server.publish('gauge-7', { depth: 12.5 }, secret);
    await followLink(page, '/points/gauge-7');
    await page.getByText('12.5').first().waitFor();

    // With a wrong one it is on the list again, and another one is drawn there.
    await expect(server.publish('gauge-7', { depth: 13 }, 'mistyped')).rejects.toThrow();
    await followLink(page, '/devices?tab=refused');
    await row.getByText('密钥不对').waitFor();
    await row.getByRole('button', { name: '更换密钥' }).click();
    await page.locator('.ant-modal-confirm-title').getByText('更换设备 gauge-7 的密钥？').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: '更换密钥' }).click();
    const another = await takeSecret(page);
    await expect(server.publish('gauge-7', { depth: 13 }, secret)).rejects.toThrow();
    await server.publish('gauge-7', { depth: 13.25 }, another);
    await followLink(page, '/points/gauge-7');
    await page.getByText('13.25').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a fire host that writes times otherwise than its kind is said to, in a form', async () => {
    await server.call('PUT', '/devices/gbt26875-00000000000a', {
      profile: 'gbt26875-host',
      points: [{ id: 'panel-a', area: 'market' }],
    });
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.goto(`${server.url}/devices/gbt26875-00000000000a`);
    await page.getByRole('button', { name: '操作' }).first().click();
    await page.getByRole('menuitem', { name: '协议方言' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('时间格式').click();
    await page.locator('.ant-select-item-option').filter({ hasText: 'BCD' }).click();
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-dialect.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await submit(page);
    await page.getByText('时间格式：BCD').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('one is added without traffic; what cannot be stands at its field, in the language of the page', async () => {
    await server.call('PUT', '/devices/old', {
      profile: 'waterlogging-gauge',
      points: [{ id: 'basin', area: 'market' }],
    });
    const { page, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices`, 'admin', ADMIN_PASSWORD);
    await page.getByRole('button', { name: '添加设备' }).click();
    const dialog = page.getByRole('dialog');
    const wrong = (label: string) =>
      dialog
        .locator('.ant-form-item', { has: page.getByLabel(label, { exact: true }) })
        .locator('.ant-form-item-explain-error');
    await dialog.getByLabel('设备编号').fill('old');
    await chooseProfile(page);
    await submit(page);
    await wrong('设备编号').getByText('已有此编号的设备').waitFor();
    await dialog.getByLabel('设备编号').fill('gauge-8');
    await dialog.getByLabel('监测点编号').fill('basin');
    await submit(page);
    await wrong('监测点编号').getByText('已有此编号的监测点').waitFor();
    expect(await page.locator('.ant-message-error').count()).toBe(0);
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-add.png') });
    await dialog.getByLabel('监测点编号').fill('culvert');
    await dialog.getByLabel('中文名称').fill('涵洞');
    await dialog.getByLabel('限值模板').click();
    await page.locator('.ant-select-item-option').filter({ hasText: '北京下穿道积水' }).click();
    await dialog.getByText('未核对原文').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-add-limits.png') });
    await submit(page);
    const secret = await takeSecret(page);
    const { rules } = await server.call<{ rules: object }>('GET', '/points/culvert/thresholds');
    expect(rules).toMatchObject({ depth: { levels: { orange: { above: 20 }, red: { above: 27 } } } });
    await server.publish('gauge-8', { depth: 7.5 }, secret);
    await followLink(page, '/points/culvert');
    await page.getByText('7.5').first().waitFor();
    await page.getByText('涵洞').first().waitFor();

    // One that a gateway speaks for has no secret of its own.
    await followLink(page, '/devices');
    await page.getByRole('button', { name: '添加设备' }).click();
    await dialog.getByLabel('设备编号').fill('behind-1');
    await chooseProfile(page);
    await dialog.getByText('经网关或平台').click();
    await dialog.getByText('设备自己没有密钥').waitFor();
    await submit(page);
    await page.getByText('behind-1 已登记').waitFor();
    expect(await server.call('GET', '/devices/behind-1')).toMatchObject({ hasSecret: false });

    // From the list: another secret, and out; each says first what it means.
    await followLink(page, '/devices');
    await page.getByRole('button', { name: '设备 gauge-8 的操作' }).click();
    await page.getByRole('menuitem', { name: '更换密钥' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '更换密钥' }).click();
    const another = await takeSecret(page);
    await expect(server.publish('gauge-8', { depth: 8 }, secret)).rejects.toThrow();
    await server.publish('gauge-8', { depth: 8 }, another);
    await page.getByRole('button', { name: '设备 gauge-8 的操作' }).click();
    await page.getByRole('menuitem', { name: '移除' }).click();
    await dialog.getByText('未结束的报警随之解除：涵洞').waitFor();
    await dialog.getByRole('button', { name: /移\s*除/ }).click();
    await page.getByText('gauge-8 已移除').waitFor();
    await page.getByRole('button', { name: '设备 gauge-8 的操作' }).waitFor({ state: 'detached' });
    await expect(server.publish('gauge-8', { depth: 8 }, another)).rejects.toThrow();
    await close();
  });

  test('one that is there is renamed, moved with its limits, given another profile, and replaced', async () => {
    await server.call('PUT', '/devices/g-1', {
      profile: 'waterlogging-gauge',
      secret: 'of the first gauge',
      points: [{ id: 'inlet', area: 'market', name: { zh: '进水口', en: 'Inlet' } }],
    });
    await server.call(
      'PUT',
      '/points/inlet/thresholds?reason=x',
      { rules: { flood: { metric: 'depth', levels: { red: { above: 40 } } } } },
      { 'if-match': '*' },
    );
    await server.publish('g-1', { depth: 60 }, 'of the first gauge');
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices`, 'admin', ADMIN_PASSWORD);
    const dialog = page.getByRole('dialog');
    const effect = page.locator('[data-testid=act-effect]');
    const ok = page.locator('.ant-modal-footer .ant-btn-primary');
    const act = async (device: string, name: string) => {
      await page.getByRole('button', { name: `设备 ${device} 的操作` }).click();
      await page.getByRole('menuitem', { name }).click();
      await dialog.waitFor();
    };
    const done = async (words: string) => {
      await ok.click();
      await page.getByText(words).waitFor();
      await dialog.waitFor({ state: 'detached' });
    };

    await act('g-1', '改名');
    await dialog.getByText('设备始终用编号 g-1 登录').waitFor();
    await dialog.getByLabel('中文名称').fill('闸口水位计');
    await done('设备 g-1 已改名');
    await page.locator('.ant-table-row').getByText('闸口水位计').waitFor();

    await act('g-1', '移到别处');
    await dialog.getByText('以前的读数留在原监测点').waitFor();
    await dialog.getByLabel('监测点编号').fill('outlet');
    await dialog.getByLabel('中文名称').fill('出水口');
    await dialog.getByLabel('带上原监测点的限值').check();
    await effect.getByText('随之解除的报警：flood').waitFor();
    await effect.getByText('规则：flood').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-move.png') });
    await done('设备 g-1 已移动');
    await server.publish('g-1', { depth: 61.5 }, 'of the first gauge');
    await followLink(page, '/points/outlet');
    await page.getByText('61.5').first().waitFor();

    await followLink(page, '/devices');
    await act('g-1', '更改型号');
    await dialog.getByLabel('型号').fill('可燃气体');
    await page.locator('.ant-select-item-option').filter({ hasText: '可燃气体' }).first().click();
    await effect.getByText('不再适用、将被删除的规则：flood').waitFor();
    await effect.getByText(/新增指标：.*甲烷/).waitFor();
    expect(await ok.isDisabled()).toBe(true);
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-profile.png') });
    await dialog.getByLabel('删除上述规则').check();
    await done('设备 g-1 已更改型号');

    await act('g-1', '换新设备');
    await dialog.getByLabel('新设备的编号').fill('old');
    const wrong = dialog.locator('.ant-form-item-explain-error');
    await server.call('PUT', '/devices/old', { profile: 'waterlogging-gauge', points: [] });
    await wrong.getByText('已有此编号的设备').waitFor();
    expect(await ok.isDisabled()).toBe(true);
    await dialog.getByLabel('新设备的编号').fill('g-2');
    await effect.getByText('改由 g-2 监测').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-replace.png') });
    await ok.click();
    const secret = await takeSecret(page);
    await expect(server.publish('g-1', { ch4: 1 }, 'of the first gauge')).rejects.toThrow();
    await server.publish('g-2', { ch4: 3.25 }, secret);
    // By its address: what the page has known of the point so far is of another profile.
    await page.goto(`${server.url}/points/outlet`);
    await page.getByText('3.25').first().waitFor();
    expect(complaints.filter((text) => !text.includes('412'))).toEqual([]);
    await close();
  });

  test('the page of one shows its messages beside what was read of them, and acts end on the right page', async () => {
    const definition = { profile: 'waterlogging-gauge', points: [{ id: 'gully', area: 'market' }] };
    await server.call('PUT', '/devices/w-1', { ...definition, secret: 'of the gully' });
    const rules = { deep: { metric: 'depth', levels: { red: { above: 15 } } } };
    await server.call('PUT', '/points/gully/thresholds?reason=x', { rules }, { 'if-match': '*' });
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices?q=w-1`, 'admin', ADMIN_PASSWORD);
    await page.getByRole('link', { name: 'w-1' }).click();
    const messages = page.getByTestId('last-messages');
    await messages.getByText('还没有收到报文').waitFor();
    await page.getByRole('link', { name: 'gully' }).waitFor();
    await server.publish('w-1', { depth: 17.5 }, 'of the gully');
    await messages.getByText('{"depth":17.5}').waitFor();
    await messages.locator('tr', { hasText: '17.5' }).getByText('积水深度').waitFor();
    await server.publish('w-1', { depth: 'deep' }, 'of the gully');
    await messages.locator('li', { hasText: '"deep"' }).getByText('读不出').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'device.png'), fullPage: true });

    await page.getByRole('button', { name: '设备 w-1 的操作' }).click();
    await page.getByRole('menuitem', { name: '换新设备' }).click();
    await page.getByRole('dialog').getByLabel('新设备的编号').fill('w-2');
    await page.getByTestId('act-effect').getByText('改由 w-2 监测').waitFor();
    await submit(page);
    await takeSecret(page);
    expect(new URL(page.url()).pathname).toBe('/devices/w-2');
    await page.getByRole('heading', { name: 'w-2' }).waitFor();
    // The point tells where another sensor took over, on its chart too.
    await page.getByRole('link', { name: 'gully' }).click();
    await page.getByTestId('handovers').getByText('w-1 → w-2').waitFor();
    await page.getByTestId('time-mark').getByText('换设备').waitFor();
    expect(await page.getByTestId('time-mark').getAttribute('title')).toContain('admin 更换设备：w-1 → w-2');
    await page.screenshot({ path: join(SCREENSHOTS, 'point-handover.png') });
    // And on those of its limits, and of an alert of it.
    await followLink(page, '/points/gully/thresholds');
    await page.getByTestId('time-mark').getByText('换设备').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'editor-handover.png') });
    const { items } = await server.call<{ items: { id: string }[] }>('GET', '/alerts?point=gully');
    await followLink(page, `/alerts/${items[0]?.id}`);
    await page.getByTestId('time-mark').getByText('换设备').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'alert-handover.png') });
    await followLink(page, '/devices/w-2');
    await page.getByRole('button', { name: '设备 w-2 的操作' }).click();
    await page.getByRole('menuitem', { name: '移除' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /移\s*除/ })
      .click();
    await page.waitForURL(`${server.url}/devices`);
    // What a page asks of a device that goes meanwhile is not found.
    expect(complaints.filter((text) => !/412|404.*\/devices\/w-/.test(text))).toEqual([]);
    await close();
  });

  test('a fire host is asked whether somebody is there, and what it is; what it answers is on its page', async () => {
    const address = '0a0b0c0d0e0f';
    const id = `gbt26875-${address}`;
    await server.call('PUT', `/devices/${id}`, {
      profile: 'gbt26875-host',
      points: [{ id: 'panel', area: 'market' }],
      protocol: { gbt26875: { time: 'binary' } },
    });
    const host = await fireTransmitter(server.lines.gbt26875, address);
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices/${id}`, 'admin', ADMIN_PASSWORD);
    await page.getByText('时间格式：二进制').waitFor();
    const panel = page.getByTestId('device-commands');
    await panel.getByRole('button', { name: /查\s*岗/ }).click();
    await page.getByRole('dialog').getByLabel('应答时限（分钟）').fill('5');
    await submit(page);
    const check = await host.told(1);
    expect([...check.data]).toEqual([91, 1, 5]);
    host.say(COMMAND.confirm, undefined, check.serial);
    await panel.getByText('设备已收到').waitFor();
    host.say(COMMAND.send, Buffer.concat([Buffer.of(24, 1, 1 << 5, 3), tagOf(Date.now(), 'binary')]));
    await panel.getByText(/查岗应答 · 操作员：3/).waitFor();

    await panel.getByRole('button', { name: /读\s*取/ }).click();
    await page.getByRole('dialog').getByLabel('系统或部件').fill('999');
    await submit(page);
    await page.getByText('应为 0 至 255 的系统地址').waitFor();
    await page.getByRole('dialog').getByLabel('系统或部件').fill('');
    await submit(page);
    const read = await host.told(2);
    host.say(COMMAND.answer, Buffer.concat([Buffer.of(21, 1, 1 | (1 << 3)), tagOf(Date.now(), 'binary')]), read.serial);
    await panel.getByText(/主电故障/).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'device-commands.png'), fullPage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.screenshot({ path: join(SCREENSHOTS, 'device-commands-narrow.png'), fullPage: true });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a hundred come in from a spreadsheet; their secrets are downloaded once, and let them in', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/devices`, 'admin', ADMIN_PASSWORD);
    const open = async (item: string) => {
      await page.getByRole('button', { name: /表\s*格/ }).click();
      return page.getByRole('menuitem', { name: item });
    };
    const out = page.waitForEvent('download');
    await (await open('下载设备表（CSV）')).getByRole('link').click();
    expect(readFileSync(await (await out).path(), 'utf8')).toContain('设备,设备中文名称,设备英文名称,设备类型,测点');
    await page.keyboard.press('Escape');

    const rows = (area: string) =>
      Array.from({ length: 100 }, (_, i) => `wl-${i},水位计${i},道路积水监测仪,road-${i},${area}\n`).join('');
    const choose = (area: string) =>
      page.locator('input[type=file]').setInputFiles({
        name: 'devices.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(`设备编号,名称,型号,测点,区域\n${rows(area)}`),
      });
    await (await open('导入')).click();
    await choose('moon');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('100 处有误').waitFor();
    await dialog.getByText('没有区域“moon”').first().waitFor();
    expect(await page.locator('.ant-modal-footer .ant-btn-primary').isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: '换一个文件' }).click();
    await choose('集市社区');
    await dialog.getByText('100 台设备将改变').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'devices-import.png') });
    await dialog.locator('textarea').fill('雨季前新增');
    await page.locator('.ant-modal-footer .ant-btn-primary').click();
    await dialog.getByText('已为 100 台设备生成密钥').waitFor();
    const closing = dialog.getByRole('button', { name: /关\s*闭/ });
    expect(await closing.isDisabled()).toBe(true);
    const taking = page.waitForEvent('download');
    await dialog.getByText('下载密钥表').click();
    const [, row = ''] = readFileSync(await (await taking).path(), 'utf8').split('\r\n');
    await closing.click();
    await dialog.waitFor({ state: 'detached' });
    const cells = row.split(',');
    expect([cells[0], cells[4], cells[7], cells[9]]).toEqual(['wl-0', '127.0.0.1', 'wl-0', 'telemetry/wl-0']);
    await server.publish('wl-0', { depth: 4.75 }, cells[8] ?? '');
    await followLink(page, '/points/road-0');
    await page.getByText('4.75').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
