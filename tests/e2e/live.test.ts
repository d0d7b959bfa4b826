import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LEVELS } from '../../src/model/level.ts';
import { rounds } from '../support/long.ts';
import { canRun, DIST, launchBrowser, openPage, signIn } from './browser.ts';
import { type FakeServer, startFakeServer } from './fake-server.ts';

/** What the console makes of the live stream, with a server whose stream the test holds in its hand. */
describe.runIf(canRun)('console and live stream', () => {
  let browser: Browser;
  let server: FakeServer | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(
    points: number,
    path = '/',
    { withMap = false } = {},
  ): Promise<{ page: Page; fake: FakeServer; complaints: string[] }> {
    const fake = await startFakeServer({ dist: DIST, points });
    server = fake;
    const { page, complaints } = await openPage(browser, fake.url, { withMap });
    await signIn(page, fake.url + path, 'admin', 'whatever');
    return { page, fake, complaints };
  }

  const live = (page: Page) => page.getByText('实时', { exact: true }).waitFor();
  const total = async (page: Page) =>
    (await page.locator('[data-testid=count-number]').allInnerTexts()).reduce((sum, text) => sum + Number(text), 0);

  test('ten seconds without a sign of life: the whole width says since when, and takes it back afterwards', async () => {
    const fake = await startFakeServer({ dist: DIST, points: 20 });
    server = fake;
    const { page, complaints } = await openPage(browser, fake.url, { context: {} });
    await page.clock.install();
    await signIn(page, fake.url, 'admin', 'whatever');
    await live(page);
    fake.silence(true);
    await page.clock.runFor(9_000);
    expect(await page.locator('.stale').count()).toBe(0);
    await page.clock.runFor(4_000);
    const banner = page.getByRole('alert').filter({ hasText: /数据已中断 自 \d\d:\d\d:\d\d/ });
    await banner.waitFor();
    expect((await banner.boundingBox())?.width).toBe(1440);
    // What passing words stay below.
    expect(await page.locator('[data-testid=head] .stale').count()).toBe(1);
    fake.silence(false);
    fake.raise(0, 'blue');
    await page.clock.runFor(1_000);
    await banner.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('a socket that has gone silent for good is given up, and the next one resumes where it was', async () => {
    const fake = await startFakeServer({ dist: DIST, points: 20 });
    server = fake;
    const { page } = await openPage(browser, fake.url, { context: {} });
    await page.clock.install();
    await signIn(page, fake.url, 'admin', 'whatever');
    await live(page);
    fake.raise(1, 'red');
    await page.clock.runFor(1_000);
    await page.locator('[data-testid=alert-row]').first().waitFor();
    fake.silence(true);
    await page.clock.runFor(20_000);
    await expect.poll(() => fake.connections.at(-1)).toBe(1);
  });

  test('told that it fell behind, it comes back at once with its last number and misses nothing', async () => {
    const { page, fake } = await start(50);
    await live(page);
    for (let i = 0; i < 5; i++) fake.raise(i, 'yellow');
    await expect.poll(() => total(page)).toBe(5);
    fake.disconnect(4408);
    for (let i = 5; i < 9; i++) fake.raise(i, 'orange');
    await expect.poll(() => total(page)).toBe(9);
    expect(fake.connections).toEqual([null, 5]);
  });

  test('of a server that was restored from a backup it shows what that server has, and nothing of before', async () => {
    const { page, fake } = await start(50);
    await live(page);
    for (let i = 0; i < 6; i++) fake.raise(i, 'yellow');
    await expect.poll(() => total(page)).toBe(6);
    fake.restore(3);
    for (let i = 10; i < 15; i++) fake.raise(i, 'orange');
    await expect.poll(() => total(page)).toBe(8);
    expect(fake.seq()).toBe(8);
    await expect.poll(() => page.locator('[data-testid=alert-row].level-orange').count()).toBe(5);
    await expect.poll(() => page.locator('[data-testid=alert-row].level-yellow').count()).toBe(3);
  });

  test('3,000 alerts in a minute’s worth of flood: the page stays in hand, none is lost, red is never folded away', async () => {
    const { page, fake, complaints } = await start(5_000, '/', { withMap: true });
    await live(page);
    await watchFrames(page);
    fake.flood();
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 50; i++) {
        const n = second * 50 + i;
        fake.raise(n, n % 100 === 0 ? 'red' : (LEVELS[n % 3] ?? 'blue'));
      }
      // The page answers while they pour in.
      if (second % 20 === 10) {
        await page.getByRole('checkbox', { name: '只看未确认' }).click();
        await page.getByRole('checkbox', { name: '只看未确认' }).click();
      }
    }
    await expect.poll(() => total(page)).toBe(3_001);
    await expect.poll(() => fake.seen()).toBe(3_001);
    await page.getByText('报警高峰：').waitFor();
    const rows = page.locator('[data-testid=alert-row]');
    expect(await rows.count()).toBeLessThan(60);
    // Not only in the end: at no moment did the page draw more than what was in view.
    const { rowsMost, frames, longTasks } = await framesOf(page);
    expect(rowsMost).toBeLessThan(60);
    expect(frames).toBeGreaterThan(10);
    console.info(`flood: ${frames} frames, long tasks ${longTasks.length}, longest ${Math.max(0, ...longTasks)} ms`);
    expect(await rows.first().getAttribute('class')).toContain('level-red');
    await page.getByRole('button', { name: /红色/ }).click();
    expect(await page.locator('[data-testid=alert-row]:has([aria-expanded])').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('5,000 points: the table draws what is in view and reaches the last one', async () => {
    const { page, complaints } = await start(5_000, '/points');
    await page.getByText('共 5000 个监测点').waitFor();
    const rows = page.locator('.ant-table-row');
    await rows.first().waitFor();
    expect(await rows.count()).toBeLessThan(80);
    await page.getByRole('textbox', { name: '搜索名称或编号' }).fill('point-4999');
    await page.getByText('显示 1 / 5000').waitFor();
    expect(complaints).toEqual([]);
  });

  test('5,000 points on the map: all of them, folded into few symbols, and still all of them while it is moved', async () => {
    const { page, fake, complaints } = await start(5_000, '/', { withMap: true });
    await live(page);
    const canvas = page.locator('.map canvas');
    await canvas.waitFor();
    for (let i = 0; i < 40; i++) fake.raise(i * 120, LEVELS[i % 4] ?? 'blue');
    await expect.poll(() => total(page)).toBe(40);
    await watchFrames(page);
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('the map has no size');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.down();
    for (let step = 1; step <= 20; step++) await page.mouse.move(middle.x + step * 8, middle.y + step * 4);
    await page.mouse.up();
    await page.mouse.wheel(0, -600);
    // The alerts go on being drawn and acted on while the map works.
    await page.getByRole('button', { name: '确认', exact: true }).first().click();
    await expect.poll(() => fake.open().filter(({ acknowledged }) => acknowledged).length).toBe(1);
    const { frames, longTasks } = await framesOf(page);
    expect(frames).toBeGreaterThan(5);
    console.info(`map: ${frames} frames, long tasks ${longTasks.length}, longest ${Math.max(0, ...longTasks)} ms`);
    // Symbols are drawn by the graphics card: 5,000 points are no elements of the page.
    expect(await page.locator('.map *').count()).toBeLessThan(200);
    expect(complaints).toEqual([]);
  });

  test('a server that cannot write says so on every page, until it can', async () => {
    const { page, fake } = await start(10, '/points');
    await live(page);
    fake.notice('journal-failing', 'no space left on device');
    await page.getByRole('alert').getByText('数据无法写入磁盘').waitFor();
    await page.getByText('no space left on device').waitFor();
    fake.notice('journal-failing', null);
    await page.getByText('数据无法写入磁盘').waitFor({ state: 'detached' });
  });

  test('a refused action is taken back and said', async () => {
    const { page, fake } = await start(10);
    const alert = fake.raise(1, 'orange');
    const row = page.locator('[data-testid=alert-row]').first();
    await row.waitFor();
    await page.route('**/ack', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'alert-closed', title: '该报警已关闭' }),
      }),
    );
    await row.getByRole('button', { name: '确认' }).click();
    await page.getByText(/操作没有成功.*该报警已关闭/).waitFor();
    await row.getByRole('button', { name: '确认' }).waitFor();
    expect(fake.open().find(({ id }) => id === alert.id)?.acknowledged).toBe(false);
  });

  test('a value that is past its report interval is grey, until the next reading', async () => {
    const fake = await startFakeServer({ dist: DIST, points: 20 });
    server = fake;
    fake.silence(true);
    const { page } = await openPage(browser, fake.url);
    // Points of the fake site report every 30 s; these have last done so ten minutes ago.
    await page.route('**/api/v1/points?*', async (route) => {
      const answer = await route.fetch();
      const text = (await answer.text()).replace(/"ts":(\d+)/g, (_, ts) => `"ts":${Number(ts) - 600_000}`);
      await route.fulfill({ response: answer, body: text });
    });
    await signIn(page, `${fake.url}/points`, 'admin', 'whatever');
    const value = page.locator('.ant-table-row [data-part=reading]').first();
    await expect.poll(() => value.getAttribute('class')).toContain('old');
    fake.silence(false);
    await expect.poll(() => value.getAttribute('class')).not.toContain('old');
  });

  test('what was drawn where nobody could see it is not confirmed as seen', async () => {
    const fake = await startFakeServer({ dist: DIST, points: 20 });
    server = fake;
    const { page } = await openPage(browser, fake.url);
    await page.addInitScript(`
      window.shown = 'visible';
      Object.defineProperty(document, 'visibilityState', { get: () => window.shown });
      window.show = (state) => { window.shown = state; document.dispatchEvent(new Event('visibilitychange')); };
    `);
    await signIn(page, fake.url, 'admin', 'whatever');
    await live(page);
    fake.raise(1, 'blue');
    await expect.poll(() => fake.seen()).toBe(1);
    await page.evaluate("window.show('hidden')");
    fake.raise(2, 'blue');
    await page.locator('[data-testid=alert-row]').nth(1).waitFor();
    expect(fake.seen()).toBe(1);
    await page.evaluate("window.show('visible')");
    await expect.poll(() => fake.seen()).toBe(2);
  });

  test('points are searched, narrowed, sorted; columns are chosen and stay so', async () => {
    const { page, fake } = await start(40, '/points');
    await page.getByText('共 40 个监测点').waitFor();
    fake.raise(7, 'red');
    const rows = page.locator('.ant-table-row');
    // The worst first, without being asked.
    await expect.poll(() => rows.first().innerText()).toContain('8 号');
    await page.getByRole('combobox', { name: '类别' }).click();
    await page.locator('.ant-select-item-option', { hasText: '积水' }).click();
    await page.getByText('显示 10 / 40').waitFor();
    expect(page.url()).toContain('family=waterlogging');
    await page.getByRole('columnheader', { name: '名称' }).click();
    await page.getByRole('button', { name: '列', exact: true }).click();
    await page.getByRole('checkbox', { name: '编号' }).click();
    await page.getByRole('columnheader', { name: '编号' }).waitFor();
    await page.reload();
    await page.getByText('显示 10 / 40').waitFor();
    await page.getByRole('columnheader', { name: '编号' }).waitFor();
  });

  test('a key that may not do what it does says why, and the words lie on no banner, however high', async () => {
    const { page, fake } = await start(10);
    await page.setViewportSize({ width: 360, height: 740 });
    fake.notice('journal-failing', 'no space left on device');
    const banner = page.getByRole('alert').filter({ hasText: '数据无法写入磁盘' });
    await banner.waitFor();
    // A fire alarm latches, and red ones that do are not to be shelved.
    fake.raise(3, 'red');
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await page.keyboard.press('j');
    await page.locator('[data-testid=alert-row]:focus').waitFor();
    await page.keyboard.press('s');
    const words = page.getByText('1 条没有操作：锁定的红色报警不能搁置');
    await words.waitFor();
    const box = await banner.boundingBox();
    expect(box?.height).toBeGreaterThan(60);
    expect((await words.boundingBox())?.y).toBeGreaterThan((box?.y ?? 0) + (box?.height ?? 0));
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('the wallboard’s memory does not grow with what has passed over it', async () => {
    const { page, fake, complaints } = await start(200, '/wall');
    await page.locator('[data-testid=wall-counts]').waitFor();
    const devtools = await page.context().newCDPSession(page);
    let raised = 0;
    const cycle = async (alerts: number) => {
      for (let i = 0; i < alerts; i += 20) {
        const open = Array.from({ length: 20 }, (_, k) => fake.raise(raised++, LEVELS[k % 4] ?? 'blue'));
        for (const alert of open) fake.change({ ...alert, state: 'closed', clearedAt: Date.now() }, 'cleared');
      }
      fake.raise(raised++, 'blue');
      await expect.poll(() => fake.seen()).toBe(fake.seq());
    };
    const size = rounds(1_500, 10_000);
    await cycle(size);
    const before = await memory(devtools);
    for (let i = 0; i < 5; i++) await cycle(size);
    const after = await memory(devtools);
    // Thousands of alerts came and went; an alert that is kept takes more than half a kilobyte.
    expect(after.heapBytes - before.heapBytes).toBeLessThan(5 * size * 250);
    expect(after.nodes - before.nodes).toBeLessThan(400);
    expect(complaints).toEqual([]);
  });
});

interface Frames {
  readonly frames: number;
  /** The most rows of the alert list there were in any frame. */
  readonly rowsMost: number;
  /** Lengths of the tasks that kept the page busy for more than 50 ms, ms. How long depends on the machine; told, not judged. */
  readonly longTasks: readonly number[];
}

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`
    window.seenFrames = { frames: 0, rowsMost: 0, longTasks: [] };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.seenFrames.longTasks.push(Math.round(duration));
    }).observe({ entryTypes: ['longtask'] });
    const look = () => {
      const { seenFrames } = window;
      seenFrames.frames += 1;
      seenFrames.rowsMost = Math.max(seenFrames.rowsMost, document.querySelectorAll('[data-testid=alert-row]').length);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  `);
}

const framesOf = (page: Page) => page.evaluate('window.seenFrames') as Promise<Frames>;

/** Bytes of the page's JavaScript heap and number of its DOM nodes, after everything that can go has gone. */
async function memory(devtools: CDPSession): Promise<{ heapBytes: number; nodes: number }> {
  await devtools.send('Performance.enable');
  for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const figure = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { heapBytes: figure('JSHeapUsedSize'), nodes: figure('Nodes') };
}
