import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** Readings as files, taken from the console. */
describe.runIf(canRun)('exports of the console', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer();
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(() => server.close());

  async function downloaded(page: Page, click: () => Promise<void>): Promise<[string, string]> {
    const [download] = await Promise.all([page.waitForEvent('download'), click()] as [
      Promise<Download>,
      Promise<void>,
    ]);
    return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8')];
  }

  test('what a point’s chart shows, and what the table of points shows', async () => {
    const { items } = await server.call<{ items: { id: string; device: string }[] }>('GET', '/points?device=water-01');
    const point = items[0]?.id ?? '';
    await server.publish('water-01', { ts: Date.now() - 1_000, values: { depth: 7.5 } });
    await server.publish('water-01', { ts: Date.now() - 2 * 3_600_000, values: { depth: 1 } });
    const { page, complaints, close } = await openPage(browser, server.url);
    const chart = `${server.url}/points/${encodeURIComponent(point)}?metric=depth`;
    await signIn(page, chart, 'admin', ADMIN_PASSWORD);
    await page.getByRole('button', { name: '导出读数' }).click();
    await page.screenshot({ path: join(SCREENSHOTS, 'point-export.png') });
    const [name, shown] = await downloaded(page, () => page.getByRole('link', { name: 'CSV' }).click());
    expect(name).toMatch(new RegExp(`^${point}_depth_.*\\.csv$`));
    expect(shown).toMatch(
      new RegExp(`^\uFEFFpoint,metric,unit,time,value,type,quality\n${point},depth,cm,[^,]+,7.5,number,good\n$`),
    );

    await followLink(page, `/points?q=${encodeURIComponent(point)}`);
    await page.getByRole('button', { name: '导出读数' }).click();
    const [, all] = await downloaded(page, () => page.getByRole('menuitem', { name: '24 小时 · CSV' }).click());
    expect(all).toContain(`${point},depth,cm`);
    expect(all.match(/,depth,cm,[^,]+,(1|7.5),number/g)).toHaveLength(2);
    await page.screenshot({ path: join(SCREENSHOTS, 'points-export.png') });
    expect(complaints).toEqual([]);
    await close();
  });
});
