import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startFleet } from '../simulator/run.ts';
import { loadSiteFiles } from '../simulator/site-files.ts';
import type { Alert } from '../src/model/alert.ts';
import { launchBrowser, openPage, signIn } from './e2e/browser.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './e2e/real-server.ts';
import { BARE, POINT, seedStorms } from './e2e/threshold-seed.ts';
import { until } from './support/until.ts';

/**
 * `npm run pictures`: makes the pictures of README and docs anew, of the console as it is and the sample site under the
 * simulator, whose chance is drawn from one seed. They are to be looked at before they are committed.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = join(root, 'docs/pictures');
const SEED = 1;
const VIEWPORT = { width: 1_440, height: 900 };
/** Of the demo's flood this is seen again on its way down, cm. */
const FALLEN_TO_CM = 20;
const HISTORY_DAYS = 30;

type Language = 'zh' | 'en';

/** What the editor says once it has tried what is in the form. */
const JUDGED = { zh: '已按当前修改推算', en: 'Up to date with the form' } as const;

const files = await loadSiteFiles(join(root, 'devices'), join(root, 'thresholds'));
mkdirSync(PICTURES, { recursive: true });
const browser = await launchBrowser();
try {
  await duringFloods(browser);
  await beforeChange(browser);
} finally {
  await browser.close();
}

/** The duty page, a point, and the table of limits, while the demo's stories are on. */
async function duringFloods(from: Browser): Promise<void> {
  await withFleet('demo', async (server) => {
    const { items } = await until('a flooded underpass beside a fire and a leak', async () => {
      const open = await server.call<{ items: Alert[] }>('GET', '/alerts?state=active');
      const has = (test: (alert: Alert) => boolean) => open.items.some(test);
      const isThere =
        has(({ point, peak }) => point === POINT && peak.level === 'red') &&
        has(({ metric }) => metric === 'smoke') &&
        has(({ metric, level }) => metric === 'ch4' && level === 'red');
      return isThere && open;
    });
    for (const { id } of items.slice(-3)) await server.call('POST', `/alerts/${encodeURIComponent(id)}/ack`, {});
    for (const language of ['zh', 'en'] as const) {
      await take(from, server, language, '/', 'duty', (page) =>
        page.locator('[data-testid=alert-row]').first().waitFor(),
      );
      await take(from, server, language, '/thresholds?metric=depth', 'threshold-table', (page) =>
        page.locator('.dsg-row [data-testid=limit-fixed]').first().waitFor(),
      );
    }
    await until('the water to fall', async () => {
      const { values } = await server.call<{ values: { depth: { value: number } } }>('GET', `/points/${POINT}`);
      return values.depth.value < FALLEN_TO_CM;
    });
    await take(from, server, 'en', `/points/${POINT}`, 'point', async (page) => {
      const plot = page.locator('.u-over');
      await plot.waitFor();
      // The last minutes of the hour, as one zooms in by hand.
      const box = await plot.boundingBox();
      if (box === null) throw new Error('the chart is not in the page');
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.93, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 1, y, { steps: 5 });
      await page.mouse.up();
    });
  });
}

/** The editor and its advice, of a gauge that has cried wolf for a month. */
async function beforeChange(from: Browser): Promise<void> {
  await withFleet(
    'quiet',
    async (server) => {
      const address = `/points/${POINT}/thresholds?rule=depth`;
      const changed = async (page: Page, language: Language) => {
        const judged = page.getByText(JUDGED[language]);
        await judged.waitFor();
        const field = (pointer: string) => page.locator(`[id="field/${pointer}"]`);
        await field('rules/depth/deadband').fill('2');
        await field('rules/depth/levels/red/above').fill(String(BARE.rules.depth.levels.red.above - 2));
        await until('the preview of both', async () => {
          const of = (side: string) => page.locator(`[data-figure=${side}]`).innerText();
          return (await judged.isVisible()) && Number(await of('proposed')) < Number(await of('present'));
        });
        await field('rules/depth/deadband').scrollIntoViewIfNeeded();
      };
      for (const language of ['zh', 'en'] as const) {
        await take(from, server, language, address, 'editor', (page) => changed(page, language));
      }
      await take(from, server, 'en', address, 'advice', async (page) => {
        await page.getByText('Up to date with the form').waitFor();
        await page.getByText('Advice', { exact: true }).click();
        await page.getByRole('button', { name: 'Fill into the form' }).waitFor();
        await page.locator('[data-testid=trade-off]').first().scrollIntoViewIfNeeded();
      });
    },
    (server) => seedStorms(server, HISTORY_DAYS),
  );
}

/** The sample site under the simulator; `first` is done before its devices report. */
async function withFleet(
  scenario: string,
  work: (server: RealServer) => Promise<void>,
  first: (server: RealServer) => Promise<void> = async () => {},
): Promise<void> {
  const server = await startRealServer();
  try {
    await first(server);
    const fleet = await startFleet({ url: server.mqtt, seed: SEED, scenario, files });
    try {
      await work(server);
    } finally {
      await fleet.stop();
    }
  } finally {
    await server.close();
  }
}

/** One picture, once `isThere` is done and what moves on the page has come to rest. */
async function take(
  from: Browser,
  server: RealServer,
  language: Language,
  address: string,
  name: string,
  isThere: (page: Page) => Promise<unknown>,
): Promise<void> {
  const { page, close } = await openPage(from, server.url, {
    language,
    context: { viewport: VIEWPORT },
    withMap: true,
  });
  await signIn(page, `${server.url}${address}`, 'admin', ADMIN_PASSWORD);
  // The page knows that it may be heard once it was pressed.
  await page.mouse.click(VIEWPORT.width / 2, 4);
  await isThere(page);
  await page.waitForLoadState('networkidle').catch(() => {});
  await page.waitForTimeout(2_000);
  await page.screenshot({ path: join(PICTURES, `${name}-${language}.png`), animations: 'disabled' });
  await close();
  process.stdout.write(`${name}-${language}.png\n`);
}
