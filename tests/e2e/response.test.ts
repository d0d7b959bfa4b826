import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { canRun, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

const POINT = 'warehouse-smoke';
const SETUP = { people: [{ id: 'wang', name: '王磊', role: '网格员' }] };

/** From the alert to the closed response, at the desk and on a phone's screen at once. */
describe.runIf(canRun)('a response', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchBrowser();
    server = await startRealServer();
    await server.call('PUT', '/notify/setup', { revision: 0, setup: SETUP });
  });
  afterAll(() => server.close());

  async function alertOfPoint(): Promise<Alert | undefined> {
    const { items } = await server.call<{ items: Alert[] }>('GET', `/alerts?point=${POINT}&level=red`);
    return items[0];
  }

  test('somebody is sent from the dialog, arrives, reports; both screens follow, the desk keeps it until it is closed', async () => {
    await server.publish('smoke-04', { smoke: true });
    await until('the alert', async () => (await alertOfPoint()) !== undefined);
    const id = (await alertOfPoint())?.id ?? '';
    const open = async (width: number, height: number) => {
      const { page } = await openPage(browser, server.url, { language: 'zh' });
      await page.setViewportSize({ width, height });
      await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
      await page.goto(`${server.url}/alerts/${id}`);
      await page.getByTestId('response').waitFor();
      return page;
    };
    const desk = await open(1_366, 768);
    const phone = await open(360, 740);

    await desk.getByTestId('response-next').getByRole('button', { name: '派单' }).click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByRole('combobox').fill('王');
    await desk.getByTitle('王磊 · 网格员').click();
    await dialog.getByLabel('备注').fill('带灭火器');
    expect(await seriousFindings(desk)).toEqual([]);
    await dialog.getByRole('button', { name: '派单' }).click();
    await dialog.waitFor({ state: 'hidden' });

    const onIt = phone.getByTestId('dispatches');
    await onIt.getByText('王磊').waitFor();
    await onIt.getByRole('button', { name: '到场' }).click();
    await onIt.getByText('在场').waitFor();
    await desk.getByTestId('dispatches').getByText('在场').waitFor();
    await onIt.getByRole('button', { name: '处置完毕' }).click();
    await phone.getByRole('dialog').getByRole('button', { name: '处置完毕' }).click();
    await onIt.waitFor({ state: 'detached' });
    expect(await phone.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);

    const card = phone.getByTestId('card-panel');
    await card.getByRole('button', { name: '完成' }).first().click();
    await card.getByTestId('step-done').waitFor();
    await desk.getByTestId('card-panel').getByTestId('step-done').waitFor();

    const next = desk.getByTestId('response-next');
    await next.getByRole('button', { name: '填写反馈' }).click();
    await dialog.getByText('真警', { exact: true }).click();
    await dialog.getByLabel('原因').fill('电线短路');
    await dialog.getByLabel('转移人数').fill('12');
    await dialog.getByRole('button', { name: '填写反馈' }).click();
    await desk.getByTestId('feedback').getByText('电线短路').waitFor();
    expect(await next.getByRole('button', { name: '办结' }).isDisabled()).toBe(true);
    await desk.screenshot({ path: join(SCREENSHOTS, 'response.png'), fullPage: true });

    await server.publish('smoke-04', { smoke: false });
    await until('the smoke is gone', async () => (await alertOfPoint())?.recoveredAt !== null);
    await server.call('POST', `/alerts/${id}/reset`, { note: '已复位' });
    await phone.goto(`${server.url}/`);
    const kept = phone.getByTestId('responding');
    await kept.getByText('王磊 待办结').waitFor();
    await next.getByRole('button', { name: '办结' }).click();
    await dialog.getByRole('button', { name: '办结' }).click();
    await next.getByRole('button', { name: '重新打开' }).waitFor();
    await kept.waitFor({ state: 'detached' });
  });
});
