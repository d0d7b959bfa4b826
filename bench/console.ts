import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { LEVELS } from '../src/model/level.ts';
import { canRun, DIST, launchBrowser, openPage, signIn } from '../tests/e2e/browser.ts';
import { type FakeServer, startFakeServer } from '../tests/e2e/fake-server.ts';
import { until } from '../tests/support/until.ts';
import { type BenchResult, median, percentile, type Row } from './report.ts';
import { ADMIN_PASSWORD, startServer, withFolder } from './server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOADS = 7;
const POINTS = 5_000;
const ALERTS_PER_SECOND = 50;
const FLOOD_SECONDS = 60;
const SCROLLS = 60;

/**
 * The console in a real browser: how soon the alerts stand on the screen, and how smooth it stays with many points and in
 * a flood. The browser draws in software and shares the machine, so frames are those of a desk without a graphics card.
 */
export async function benchConsole(): Promise<BenchResult> {
  if (!canRun) return { bench: 'console', conditions: 'left out, for this machine has no Chromium', rows: [] };
  return withFolder(measure);
}

async function measure(folder: string): Promise<BenchResult> {
  const browser = await launchBrowser();
  try {
    const rows = [...(await firstPaint(browser, folder)), ...(await manyPoints(browser)), ...(await flood(browser))];
    return {
      bench: 'console',
      conditions:
        `Chromium drawing in software; sample site with open alerts, ${LOADS} loads; ` +
        `${POINTS.toLocaleString('en-US')} points; ${ALERTS_PER_SECOND} alerts/s for ${FLOOD_SECONDS} s`,
      rows,
    };
  } finally {
    await browser.close();
  }
}

/** Notes when the first row of the alert list has been painted, ms since the navigation began. */
const NOTE_FIRST_ROW = `
  new MutationObserver((_, observer) => {
    if (document.querySelector('[data-testid=alert-row]') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.firstRowMs = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
`;

async function firstPaint(browser: Browser, folder: string): Promise<Row[]> {
  const data = join(folder, 'data');
  const server = await startServer({ data, devices: join(ROOT, 'devices'), thresholds: join(ROOT, 'thresholds') });
  const url = server.http?.origin ?? '';
  try {
    await breach(server.mqtt);
    const first = await openPage(browser, url);
    await signIn(first.page, url, 'admin', ADMIN_PASSWORD);
    const storageState = await first.page.context().storageState();
    await first.close();
    const cold: number[] = [];
    const warm: number[] = [];
    for (let load = 0; load < LOADS; load++) {
      const { page, close } = await openPage(browser, url, { context: { storageState } });
      await page.addInitScript(NOTE_FIRST_ROW);
      for (const times of [cold, warm]) {
        await page.goto(url);
        times.push(await until('the first alert', () => page.evaluate<number | undefined>('window.firstRowMs')));
      }
      await close();
    }
    return [
      { what: 'alerts painted, nothing cached', value: median(cold), unit: 'ms', bound: { atMost: 1_500 } },
      { what: 'alerts painted, files cached', value: median(warm), unit: 'ms', bound: { atMost: 1_500 } },
    ];
  } finally {
    await server.stop();
  }
}

/** Has some gauges of the sample site report water, so that there is something to paint. */
async function breach(broker: URL): Promise<void> {
  const client = await mqtt.connectAsync(broker.href);
  for (let gauge = 1; gauge <= 6; gauge++) {
    await client.publishAsync(`telemetry/water-0${gauge}`, JSON.stringify({ depth: 40 }), { qos: 1 });
  }
  await client.endAsync();
}

interface Frames {
  readonly gapsMs: readonly number[];
  readonly longTasksMs: readonly number[];
}

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`
    window.frames = { gapsMs: [], longTasksMs: [] };
    window.observer ??= new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.frames.longTasksMs.push(duration);
    });
    window.observer.observe({ entryTypes: ['longtask'] });
    window.before = undefined;
    window.look ??= (now) => {
      if (window.before !== undefined) window.frames.gapsMs.push(now - window.before);
      window.before = now;
      requestAnimationFrame(window.look);
    };
    requestAnimationFrame(window.look);
  `);
}

const framesOf = (page: Page) => page.evaluate('window.frames') as Promise<Frames>;

function frameRows(what: string, { gapsMs, longTasksMs }: Frames): Row[] {
  return [
    { what: `${what}: frame, median`, value: median(gapsMs), unit: 'ms' },
    { what: `${what}: frame, p95`, value: percentile(gapsMs, 0.95), unit: 'ms' },
    { what: `${what}: longest task`, value: Math.max(0, ...longTasksMs), unit: 'ms' },
  ];
}

async function manyPoints(browser: Browser): Promise<Row[]> {
  const fake = await startFakeServer({ dist: DIST, points: POINTS });
  try {
    const { page, close } = await openPage(browser, fake.url);
    await signIn(page, fake.url, 'admin', 'whatever');
    const canvas = page.locator('.map canvas');
    await canvas.waitFor();
    await sleep(2_000);
    const map = await canvas.boundingBox();
    await watchFrames(page);
    await page.mouse.move((map?.x ?? 0) + 300, (map?.y ?? 0) + 300);
    await page.mouse.down();
    for (let i = 0; i < SCROLLS; i++) {
      await page.mouse.move((map?.x ?? 0) + 300 + i * 3, (map?.y ?? 0) + 300 + i);
      await sleep(16);
    }
    await page.mouse.up();
    const panned = await framesOf(page);
    await page.goto(`${fake.url}/points`);
    await page.locator('.ant-table-row').first().hover();
    await watchFrames(page);
    for (let i = 0; i < SCROLLS; i++) {
      await page.mouse.wheel(0, 400);
      await sleep(16);
    }
    const scrolled = await framesOf(page);
    await close();
    return [...frameRows('map moved', panned), ...frameRows('table scrolled', scrolled)];
  } finally {
    await fake.close();
  }
}

async function flood(browser: Browser): Promise<Row[]> {
  const fake = await startFakeServer({ dist: DIST, points: POINTS });
  try {
    const { page, close } = await openPage(browser, fake.url);
    await signIn(page, fake.url, 'admin', 'whatever');
    await page.locator('.map canvas').waitFor();
    await watchFrames(page);
    const lagsMs = await pour(fake);
    const frames = await framesOf(page);
    const shown = (await page.locator('[data-testid=count-number]').allInnerTexts()).reduce(
      (sum, text) => sum + Number(text),
      0,
    );
    await close();
    return [
      { what: 'flood: alerts lost', value: fake.open().length - shown, unit: '', bound: { atMost: 0 } },
      { what: 'flood: event to confirmed on the screen, median', value: median(lagsMs), unit: 'ms' },
      { what: 'flood: event to confirmed on the screen, p99', value: percentile(lagsMs, 0.99), unit: 'ms' },
      ...frameRows('flood', frames),
    ];
  } finally {
    await fake.close();
  }
}

/** Raises alerts at an even rate until all are drawn; gives how long each took to be confirmed as drawn, ms. */
async function pour(fake: FakeServer): Promise<number[]> {
  const raisedAtMs: number[] = [];
  const lagsMs: number[] = [];
  const settle = () => {
    while (lagsMs.length < Math.min(fake.seen(), raisedAtMs.length)) {
      lagsMs.push(performance.now() - (raisedAtMs[lagsMs.length] ?? 0));
    }
  };
  const startMs = performance.now();
  const count = ALERTS_PER_SECOND * FLOOD_SECONDS;
  while (lagsMs.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startMs) * ALERTS_PER_SECOND) / 1_000));
    for (let n = raisedAtMs.length; n < due; n++) {
      fake.raise(n, n % 100 === 0 ? 'red' : (LEVELS[n % 3] ?? 'blue'));
      raisedAtMs.push(performance.now());
    }
    settle();
    await sleep(5);
  }
  return lagsMs;
}
