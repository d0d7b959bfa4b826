import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../src/wire/calls/sources.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { freePort } from '../support/free-port.ts';
import { networkServer } from '../support/network-server.ts';
import { canRun, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** What an engineer connects in the console, without a file and without a restart. */
describe.runIf(canRun)('sources', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer([], 'none');
    await server.call('PUT', '/areas/market', { name: { zh: '集市社区', en: 'Market' } });
  });
  afterAll(() => server.close());

  const choose = async (page: Page, label: string, option: string) => {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(label, { exact: true }).fill(option);
    await page.locator('.ant-select-item-option').filter({ hasText: option }).first().click();
  };
  const save = (page: Page) => page.locator('.ant-modal-footer .ant-btn-primary').click();

  test('The Things Stack is connected by the address of its broker, tried, and its devices are registered as what was chosen', async () => {
    const network = await networkServer();
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.goto(`${server.url}/devices`);
    await page.getByRole('link', { name: '设置数据源' }).click();
    await page.getByText('还没有数据源').waitFor();
    await page.getByRole('button', { name: '添加数据源' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('服务器地址').fill(network.url.replace('mqtt://', ''));
    await dialog.getByLabel('用户名').fill('app');
    await dialog.getByLabel('密码').fill('wrong');
    expect(await dialog.getByLabel('订阅主题').inputValue()).toBe('v3/app/devices/+/#');
    await dialog.getByRole('button', { name: '测试' }).click();
    await dialog.getByTestId('tested').getByText('对方拒绝').waitFor();
    await dialog.getByLabel('密码').fill('key');
    await choose(page, '设备型号', '道路积水');
    await dialog.getByRole('button', { name: '测试' }).click();
    await dialog.getByTestId('tested').getByText('已连上').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'sources-dialog.png') });
    await save(page);
    const row = page.locator('.ant-table-row', { hasText: 'the-things-stack' });
    await row.getByText('正常').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'sources.png') });
    expect(await seriousFindings(page)).toEqual([]);

    await network.publish('v3/app/devices/east/up', {
      end_device_ids: { device_id: 'east', dev_eui: '70B3D57ED0000004' },
      received_at: new Date().toISOString(),
      uplink_message: { f_port: 2, f_cnt: 1, frm_payload: 'AZA=', decoded_payload: { depth: 12 } },
    });
    await page.goto(`${server.url}/devices?tab=unknown`);
    await page.locator('.ant-table-row', { hasText: '70B3D57ED0000004' }).getByRole('button', { name: '登记' }).click();
    await page.getByRole('dialog').getByTitle('道路积水').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a fire host is connected by host and port; what cannot be stands at its field; it is switched off', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.goto(`${server.url}/sources`);
    await page.getByRole('button', { name: '添加数据源' }).click();
    const dialog = page.getByRole('dialog');
    await choose(page, '接入什么', '消防主机');
    await dialog.getByLabel('端口').fill(new URL(server.url).port);
    await dialog.getByLabel('监听地址').fill('127.0.0.1');
    await dialog.getByRole('button', { name: '测试' }).click();
    await dialog.getByText('端口已被其他程序占用').waitFor();
    const port = await freePort();
    await dialog.getByLabel('端口').fill(String(port));
    await dialog.getByText(`端口 ${port}`).waitFor();
    await dialog.getByRole('button', { name: '测试' }).click();
    await dialog.getByText('端口可用').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'sources-listener.png') });
    await save(page);
    const row = page.locator('.ant-table-row', { hasText: '消防主机' });
    await row.getByText('正常').waitFor();
    await server.call('PUT', '/devices/gbt26875-0a0b0c0d0e0f', {
      profile: 'gbt26875-host',
      points: [{ id: 'panel', area: 'market' }],
    });
    await fireTransmitter(`tcp://127.0.0.1:${port}`, '0a0b0c0d0e0f');
    await row.getByRole('switch').click();
    await row.getByText('已停用').waitFor();
    const { items } = await server.call<{ items: Source[] }>('GET', '/sources');
    expect(items.find(({ name }) => name === 'gbt26875')).toMatchObject({
      revision: 2,
      settings: { port, isOn: false },
    });

    await row.getByRole('button', { name: '修改' }).click();
    await dialog.getByText('修改记录').click();
    await dialog.getByRole('button', { name: '填入此版' }).waitFor();
    await page.getByRole('button', { name: '取消' }).click();
    await row.getByRole('button', { name: '删除' }).click();
    await page.locator('.ant-modal-confirm-btns .ant-btn-primary').click();
    await row.waitFor({ state: 'detached' });
    // The port that was taken.
    expect(complaints).toEqual([expect.stringContaining('422')]);
    await close();
  });

  test('a platform is given its address with a key that is shown this once', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.goto(`${server.url}/sources`);
    await page.getByRole('button', { name: '添加数据源' }).click();
    await choose(page, '接入什么', 'CTWing');
    await save(page);
    const address = (await page.locator('.to-copy pre').innerText()).trim();
    await page.screenshot({ path: join(SCREENSHOTS, 'sources-push.png') });
    const pushed = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messageType: 'dataReport', deviceId: 'x', IMEI: '', timestamp: 1, payload: {} }),
    });
    expect(pushed.status).toBe(200);
    expect(complaints).toEqual([]);
    await close();
  });
});
