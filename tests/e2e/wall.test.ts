import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { canRun, followLink, launchBrowser, openPage, signIn } from './browser.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

describe.runIf(canRun)('a screen on the wall', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer();
  });
  afterAll(() => server.close());

  const newToken = (role: string) =>
    server.call<{ token: string; id: string }>('POST', '/tokens', { name: `大屏 ${role}`, role });

  async function open(token: string) {
    const watched = await openPage(browser, server.url);
    await watched.page.goto(`${server.url}/wall#token=${token}`);
    return watched;
  }

  const numberOf = async (page: Page, level: string) =>
    Number(await page.locator('[data-testid=wall-counts] li', { hasText: level }).locator('b').innerText());

  test('opens by its address alone, shows what happens, and keeps no secret in sight', async () => {
    const { token } = await newToken('viewer');
    const { page, complaints, close } = await open(token);
    await page.getByText('实时', { exact: true }).waitFor();
    expect(page.url()).toBe(`${server.url}/wall`);
    expect(await page.evaluate('document.cookie')).toBe('');
    await server.publish('water-01', { depth: 60 });
    await expect.poll(() => numberOf(page, '红色')).toBe(1);
    // The cookie is enough from now on, also after the browser was closed and opened.
    await page.goto(`${server.url}/wall`);
    await page.getByText('实时', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('has no words smaller than what three metres ask for, whatever the screen', async () => {
    const { token } = await newToken('viewer');
    for (const width of [1366, 3840]) {
      const context = { viewport: { width, height: Math.round((width * 9) / 16) } };
      const { page, close } = await openPage(browser, server.url, { context, withMap: true });
      await page.goto(`${server.url}/wall#token=${token}`);
      await page.locator('[data-testid=wall-row]').first().waitFor();
      await page.locator('.map-legend').waitFor();
      const smallest = await page.evaluate(`
        Math.min(...[...document.querySelectorAll('[data-testid=wall] *')]
          .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
          .map((element) => parseFloat(getComputedStyle(element).fontSize)))`);
      expect(Number(smallest) / width).toBeGreaterThanOrEqual(0.0129);
      await close();
    }
  });

  test('what a barrier says of itself stands there in words, on the wall, on its alert’s page and on its point’s', async () => {
    await server.call('PUT', '/devices/barrier-1', {
      profile: 'barrier',
      points: [{ id: 'gate', area: 'market', name: { zh: '下穿道栏杆', en: 'Gate' } }],
    });
    const rules = { open: { metric: 'position', levels: { orange: { equals: 'open' } } } };
    await server.call('PUT', '/points/gate/thresholds?reason=test', { rules }, { 'if-match': '*' });
    const { token } = await newToken('viewer');
    const wall = await open(token);
    await wall.page.getByText('实时', { exact: true }).waitFor();
    await server.publish('barrier-1', { position: 'open' });
    await wall.page.locator('[data-testid=wall-row]', { hasText: '下穿道栏杆' }).getByText('开启').first().waitFor();
    const { items } = await server.call<{ items: Alert[] }>('GET', '/alerts?state=active');
    const alert = items.find(({ point }) => point === 'gate');
    expect(alert?.value).toBe('open');
    const desk = await openPage(browser, server.url);
    await signIn(desk.page, `${server.url}/alerts/${alert?.id}`, 'admin', ADMIN_PASSWORD);
    await desk.page.getByText('= 开启').first().waitFor();
    await followLink(desk.page, '/points/gate');
    await desk.page.locator('[data-testid=tile]', { hasText: '开启' }).waitFor();
    await desk.page.locator('li', { hasText: '为“开启”' }).waitFor();
    expect([...wall.complaints, ...desk.complaints]).toEqual([]);
    await Promise.all([wall.close(), desk.close()]);
  });

  test('goes when its token is revoked, and says so', async () => {
    const { token, id } = await newToken('viewer');
    const { page, close } = await open(token);
    await page.getByText('实时', { exact: true }).waitFor();
    await server.call('DELETE', `/tokens/${id}`);
    await page.getByText('此大屏地址无效或已被吊销').waitFor();
    await close();
  });

  test('is not opened with a token that may do more than look', async () => {
    const { token } = await newToken('operator');
    const { page, close } = await open(token);
    await page.getByText('此大屏地址无效或已被吊销').waitFor();
    await close();
  });

  test('comes up by itself once the server does, as after a power cut', async () => {
    const { token } = await newToken('viewer');
    const { page, close } = await openPage(browser, server.url);
    // The page itself comes from the browser's memory or a proxy; the server's answers do not come yet.
    let isDown = true;
    await page.route('**/api/v1/session', (route) => (isDown ? route.abort('connectionrefused') : route.continue()));
    await page.goto(`${server.url}/wall#token=${token}`);
    await page.getByText('连不上服务器').waitFor();
    isDown = false;
    await page.getByText('实时', { exact: true }).waitFor();
    await close();
  });

  test('an alert’s page says on whose screens it has been', async () => {
    const { token } = await newToken('viewer');
    const wall = await open(token);
    await wall.page.getByText('实时', { exact: true }).waitFor();
    await server.publish('gas-02', { ch4: 60 });
    const alertOf = async () => (await server.call<{ items: Alert[] }>('GET', '/alerts?state=active')).items;
    await expect.poll(async () => (await alertOf()).some(({ device }) => device === 'gas-02')).toBe(true);
    const alert = (await alertOf()).find(({ device }) => device === 'gas-02');
    const desk = await openPage(browser, server.url);
    await signIn(desk.page, server.url, 'admin', ADMIN_PASSWORD);
    const seenBy = async () =>
      (await server.call<{ seenBy: { user: string }[] }>('GET', `/alerts/${alert?.id}`)).seenBy.map(({ user }) => user);
    await expect.poll(seenBy).toEqual(['token:大屏 viewer', 'admin']);
    await followLink(desk.page, `/alerts/${alert?.id}`);
    const list = desk.page.locator('[data-testid=seen-by]');
    await list.getByText('大屏 viewer').waitFor();
    await list.getByText('admin').waitFor();
    expect(desk.complaints).toEqual([]);
    await Promise.all([wall.close(), desk.close()]);
  });
});
