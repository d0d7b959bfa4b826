import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** What the administrator gives a new person; it has to be changed. */
const FIRST_PASSWORD = 'until-the-first-sign-in';

/** A production folder on its first day, in Chinese, with what people get wrong on the way. */
describe.runIf(canRun)('from an empty site to an alert of the first device', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer([], 'none');
  });
  afterAll(() => server.close());

  const state = (page: Page, step: string) => page.locator(`[data-step=${step}]`).getAttribute('data-state');
  const next = (page: Page, step: string) => page.locator(`[data-step=${step}][data-state=next]`).waitFor();

  /** Long lists are drawn as far as they are seen: one types what one looks for. */
  async function choose(page: Page, label: string, typed: string): Promise<void> {
    await page.getByRole('dialog').getByLabel(label).fill(typed);
    await page.locator('.ant-select-item-option').filter({ hasText: typed }).first().click();
  }

  test('all steps, by the console alone', async () => {
    const { page, complaints, close } = await openPage(browser, server.url);
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.getByRole('link', { name: '按步骤建立站点' }).click();
    await next(page, 'site');
    const dialog = page.getByRole('dialog');

    // The site, with its coordinates the wrong way round: named, kept as typed, and swapped on request.
    await page.getByRole('button', { name: '填写' }).click();
    await dialog.getByLabel('中文名称').fill('正阳街道');
    await dialog.getByLabel('经度', { exact: true }).fill('29.52');
    await dialog.getByLabel('纬度', { exact: true }).fill('108.75');
    await dialog.getByText('经度和纬度像是填反了').first().waitFor();
    expect(await dialog.getByLabel('纬度', { exact: true }).inputValue()).toBe('108.75');
    await dialog.getByRole('button', { name: '对调经纬度' }).click();
    await dialog.getByRole('button', { name: '对调经纬度' }).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: /保\s*存/ }).click();
    await page.getByText('已保存：正阳街道').waitFor();
    await next(page, 'device');
    expect(await state(page, 'site')).toBe('done');

    await page.locator('[data-step=areas]').getByRole('button', { name: '添加区域' }).click();
    await dialog.getByLabel('中文名称').fill('集市社区');
    await dialog.getByRole('button', { name: /保\s*存/ }).click();
    await page.locator('[data-step=areas][data-state=done]').waitFor();

    // The first device: far outside asks first.
    await page.locator('[data-step=device]').getByRole('button', { name: '添加设备' }).click();
    await dialog.getByLabel('设备编号').fill('gauge-7');
    await choose(page, '型号', '道路积水');
    await choose(page, '区域', '集市社区');
    await dialog.getByLabel('经度', { exact: true }).fill('29.52');
    await dialog.getByLabel('纬度', { exact: true }).fill('8.75');
    await dialog.getByText(/距站点约 \d+ 公里/).waitFor();
    await page.locator('.ant-modal-footer .ant-btn-primary').click();
    await dialog.getByText('请核对位置，无误则勾选').waitFor();
    await dialog.getByLabel('经度', { exact: true }).fill('108.76');
    await dialog.getByLabel('纬度', { exact: true }).fill('29.52');
    await dialog.getByText(/距站点约/).waitFor({ state: 'detached' });
    await page.locator('.ant-modal-footer .ant-btn-primary').click();
    await page.getByText('只显示这一次').waitFor();
    const secret = (await page.locator('.to-copy pre').first().innerText()).trim();
    // The command follows, once the console has asked where the broker is.
    await page
      .locator('.to-copy pre')
      .filter({ hasText: `-P '${secret}' -t 'telemetry/gauge-7'` })
      .waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'first-steps-secret.png') });
    await page.locator('.ant-modal-footer').last().getByRole('button').click();

    await next(page, 'reading');
    await server.publish('gauge-7', { depth: 1 }, secret);
    await next(page, 'limit');
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'first-steps.png') });

    // The first limit, from a template.
    await page.getByRole('button', { name: '选择模板' }).click();
    await page.getByRole('button', { name: /北京下穿道积水/ }).click();
    await page.getByRole('button', { name: '应用到监测点…' }).click();
    await dialog.getByLabel('搜索名称或编号').fill('gauge-7');
    await dialog.getByRole('button', { name: '全选所列' }).click();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByLabel('原因').fill('第一个限值');
    await dialog.getByRole('button', { name: '确认生效' }).click();
    await page.getByText('已应用到 1 个监测点').waitFor();

    // A second person, whose first password somebody else has chosen.
    await followLink(page, '/first-steps');
    await next(page, 'people');
    await page.getByRole('link', { name: '管理用户' }).click();
    await page.getByRole('button', { name: '添加用户' }).click();
    await dialog.getByLabel('用户名').fill('wang');
    await dialog.getByLabel('初始密码').fill(FIRST_PASSWORD);
    await dialog.getByRole('button', { name: /保\s*存/ }).click();
    await page.getByRole('row').filter({ hasText: 'wang' }).getByText('待本人修改').waitFor();
    await followLink(page, '/first-steps');
    await page.getByText('全部完成，可以值守了。').waitFor();

    await server.publish('gauge-7', { depth: 60 }, secret);
    await page.goto(server.url);
    await page.locator('[data-testid=alert-row]').filter({ hasText: 'gauge-7' }).waitFor();
    expect(await page.getByText('按步骤建立站点').count()).toBe(0);
    const { items } = await server.call<{ items: Alert[] }>('GET', '/alerts?state=active');
    expect(items.map(({ point, level }) => [point, level])).toEqual([['gauge-7', 'red']]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the second person chooses a password of his own and acknowledges the alert, on a phone', async () => {
    const context = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true };
    const { page, complaints, close } = await openPage(browser, server.url, { context, withMap: true });
    await page.goto(server.url);
    await page.locator('input[name=username]').fill('wang');
    await page.locator('input[name=password]').fill(FIRST_PASSWORD);
    await page.getByRole('button', { name: '登录' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('当前密码').fill(FIRST_PASSWORD);
    for (const label of ['新密码', '再输一次']) await dialog.getByLabel(label).fill('known to wang alone');
    await dialog.getByRole('button', { name: /保\s*存/ }).click();
    await page.getByText('密码已修改').waitFor();

    const row = page.locator('[data-testid=alert-row]').filter({ hasText: 'gauge-7' });
    await row.getByRole('button', { name: /确\s*认/ }).click();
    await row.getByText('已确认').waitFor();
    const { items } = await server.call<{ items: AlertEvent[] }>('GET', '/events');
    const acknowledged = items.filter(({ event }) => event === 'acknowledged');
    expect(acknowledged.map(({ alert, by }) => [alert.point, by])).toEqual([['gauge-7', 'wang']]);

    // What is known of the point covers the buttons of the map, and can be closed again.
    await row.click({ position: { x: 300, y: 90 } });
    const card = page.locator('[data-testid=point-card]');
    await page.screenshot({ path: join(SCREENSHOTS, 'first-steps-phone.png') });
    await card.getByRole('button', { name: '关闭' }).click();
    await card.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a place that is wrong for all that is named beside the map, which stays on the site', async () => {
    for (const [id, place] of [
      ['near-1', [108.74, 29.51]],
      ['near-2', [108.75, 29.53]],
      ['far', [29.5, 8.7]],
    ] as const) {
      const points = [{ id, area: 'site', location: place }];
      await server.call('PUT', `/devices/${id}`, { profile: 'waterlogging-gauge', points });
    }
    const { page, complaints, close } = await openPage(browser, server.url, { withMap: true });
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.getByText('1 个远离站点的位置未计入视野').waitFor();
    await page.locator('[data-testid=map-outside]').getByRole('link', { name: 'far' }).waitFor();
    // Within a few kilometres, as the scale tells: not half of the globe.
    await until('the map of the town', async () =>
      /^(\d+\s?m|[1-5]\s?km)$/.test(await page.locator('.maplibregl-ctrl-scale').innerText()),
    );
    expect(complaints).toEqual([]);
    await close();
  });
});
