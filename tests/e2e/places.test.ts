import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

interface Listed {
  readonly id: string;
  readonly parent: string | null;
  readonly name: { readonly zh: string; readonly en: string };
  readonly outline: readonly (readonly (readonly [number, number])[])[] | null;
  readonly location: readonly [number, number] | null;
}

const SITE = [108.75, 29.52] as const;
/** Degrees that a site of some kilometres is wide. */
const NEAR = 0.2;

/** A site with a place, and a device with a point there. */
async function putSite(server: RealServer): Promise<void> {
  await server.call('PUT', '/areas/site', { name: { zh: '正阳街道' }, location: SITE });
  const points = [{ id: 'culvert', area: 'site', location: SITE }];
  await server.call('PUT', '/devices/gauge-7', { profile: 'waterlogging-gauge', secret: 'sesame', points });
}

/** Areas, points and names from an empty site on, by the console alone. */
describe.runIf(canRun)('areas, points and names', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer([], 'none');
  });
  afterAll(() => server.close());

  const areas = async () => (await server.call<{ items: Listed[] }>('GET', '/areas')).items;
  const area = async (name: string) => (await areas()).find(({ name: { zh } }) => zh === name);
  const save = (dialog: Locator) => dialog.getByRole('button', { name: /保\s*存/ }).click();

  /** The map of a dialog once it is looked at from near, as its scale tells. */
  async function drawMap(page: Page): Promise<{ readonly at: (x: number, y: number) => Promise<void>; map: Locator }> {
    const map = page.locator('[data-testid=draw-map]');
    await map.scrollIntoViewIfNeeded();
    await until(
      'the map of the town',
      async () =>
        /^\d+\s?(m|km)$/.test(await map.locator('.maplibregl-ctrl-scale').innerText()) &&
        !/\d{3}\s?km/.test(await map.locator('.maplibregl-ctrl-scale').innerText()),
    );
    const box = (await map.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    return { map, at: (x, y) => page.mouse.click(box.x + box.width * x, box.y + box.height * y) };
  }

  test('the map of a site without a place says where to set it, and opens there once it is set', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, { withMap: true });
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    await page.getByText('站点还没有填写位置').waitFor();
    await page.getByRole('link', { name: '到“起步”页填写' }).click();
    await page.getByRole('button', { name: '填写' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('中文名称').fill('正阳街道');
    await dialog.getByLabel('经度', { exact: true }).fill(String(SITE[0]));
    await dialog.getByLabel('纬度', { exact: true }).fill(String(SITE[1]));
    await save(dialog);
    await page.getByText('已保存：正阳街道').waitFor();
    await page.getByRole('link', { name: '值守' }).click();
    await until('the map of the town', async () =>
      /^(\d+\s?m|[1-5]\s?km)$/.test(await page.locator('.maplibregl-ctrl-scale').innerText()),
    );
    expect(await page.getByText('站点还没有填写位置').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('an area: drawn on the map by mouse and keyboard, renamed, put elsewhere, taken out', async () => {
    await putSite(server);
    const { page, complaints, close } = await openPage(browser, server.url, {
      context: { reducedMotion: 'reduce', viewport: { width: 1366, height: 900 } },
      withMap: true,
    });
    await signIn(page, `${server.url}/site`, 'admin', ADMIN_PASSWORD);
    const dialog = page.getByRole('dialog');

    await page.getByRole('button', { name: '添加区域' }).click();
    await dialog.getByLabel('中文名称').fill('集市社区');
    await dialog.getByLabel('英文名称').fill('Market');
    await dialog.getByLabel('编号').fill('market');
    await dialog.getByRole('button', { name: '在地图上画轮廓' }).click();
    const { at, map } = await drawMap(page);
    const corner = (number: number) => map.getByRole('button', { name: `第 ${number} 个角点`, exact: true });
    const text = dialog.getByLabel('角点（每行一个，先经度后纬度）');
    const lines = async () => (await text.inputValue()).split('\n').filter((line) => line !== '');
    for (const [x, y] of [
      [0.3, 0.3],
      [0.6, 0.3],
      [0.6, 0.7],
      [0.45, 0.5],
      [0.3, 0.7],
    ] as const) {
      const before = (await lines()).length;
      await at(x, y);
      await until('a corner more', async () => (await lines()).length === before + 1);
    }
    // Too early to save? No: it is closed by its first corner, one of the others is taken away, another one moved.
    await corner(1).click();
    await dialog.getByText('拖动角点可移动').waitFor();
    await corner(4).focus();
    await page.keyboard.press('Delete');
    await until('a corner less', async () => (await lines()).length === 4);
    const [, , moved] = await lines();
    await corner(3).focus();
    await page.keyboard.press('Shift+ArrowRight');
    await until('a corner elsewhere', async () => (await lines())[2] !== moved);
    const box = (await corner(2).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [, second] = await lines();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y - 20, { steps: 4 });
    await page.mouse.up();
    await until('a corner that was dragged', async () => (await lines())[1] !== second);
    await map.getByRole('button', { name: '第 1 个角点 – 在其后加一个角点' }).click();
    await until('a corner between two', async () => (await lines()).length === 5);
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'area-outline.png') });
    const drawn = await lines();
    await save(dialog);
    await page.getByText('已保存：集市社区').waitFor();
    const made = await area('集市社区');
    const ring = made?.outline?.[0] ?? [];
    expect(ring.slice(0, -1).map((each) => each.join(', '))).toEqual(drawn);
    expect(ring.at(-1)).toEqual(ring[0]);
    for (const [lng, lat] of ring) expect(Math.hypot(lng - SITE[0], lat - SITE[1])).toBeLessThan(NEAR);
    expect(made).toMatchObject({ id: 'market', parent: 'site', name: { zh: '集市社区', en: 'Market' } });

    // By keyboard alone, in another one; what was typed and is no place is not dropped in silence.
    await page.getByRole('button', { name: '添加区域' }).click();
    await dialog.getByLabel('中文名称').fill('松岭社区');
    await dialog.getByRole('button', { name: '在地图上画轮廓' }).click();
    await drawMap(page);
    await map.locator('canvas').focus();
    for (const key of ['', 'ArrowRight', 'ArrowDown']) {
      if (key !== '') await page.keyboard.press(key);
      const before = (await lines()).length;
      await page.keyboard.press('Enter');
      await until('a corner more', async () => (await lines()).length === before + 1);
    }
    await dialog.getByRole('button', { name: '完成' }).click();
    const whole = await text.inputValue();
    await text.fill(`${whole}\n29.5, 108.7`);
    await save(dialog);
    await dialog.getByText('第 4 行：经度和纬度像是填反了').waitFor();
    await text.fill(whole.split('\n').slice(0, 2).join('\n'));
    await save(dialog);
    await dialog.getByText('轮廓至少要三个角点').waitFor();
    await text.fill(`${whole}\n88.7, 29.5`);
    await dialog.getByText(/有角点距站点约 1\d{3} 公里/).waitFor();
    await save(dialog);
    await dialog.getByText('请核对位置，无误则勾选').waitFor();
    await text.fill(whole);
    await save(dialog);
    await page.getByText('已保存：松岭社区').waitFor();
    expect((await area('松岭社区'))?.outline?.[0]).toHaveLength(4);

    // Renamed, put into another one, without its outline. It is not offered to itself.
    const row = (name: string) => page.locator('.ant-table-row').filter({ hasText: name });
    await row('松岭社区').getByRole('button', { name: '修改' }).click();
    await dialog.getByLabel('中文名称').fill('松岭小区');
    await dialog.getByLabel('位于').click();
    await page.locator('.ant-select-item-option').filter({ hasText: '集市社区' }).click();
    expect(await page.locator('.ant-select-item-option').filter({ hasText: '松岭' }).count()).toBe(0);
    await dialog.getByRole('button', { name: '删除轮廓' }).click();
    await save(dialog);
    await page.getByText('已保存：松岭小区').waitFor();
    const renamed = await area('松岭小区');
    expect(renamed).toMatchObject({ parent: 'market', outline: null });

    // Taken out: what is in it is named, and goes where one says.
    await row('集市社区').getByRole('button', { name: '移除' }).click();
    await dialog.getByText('下级区域 1 个：松岭小区').waitFor();
    await dialog
      .getByRole('button', { name: '移 除' })
      .or(dialog.getByRole('button', { name: '移除', exact: true }))
      .click();
    await page.getByText('区域“集市社区”已移除').waitFor();
    expect(await area('松岭小区')).toMatchObject({ parent: 'site' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a point: added to a device, placed on the map, renamed, its metrics chosen, taken out after it is said what that means', async () => {
    await putSite(server);
    const { page, complaints, close } = await openPage(browser, server.url, {
      context: { reducedMotion: 'reduce' },
      withMap: true,
    });
    await signIn(page, `${server.url}/points`, 'admin', ADMIN_PASSWORD);
    const dialog = page.getByRole('dialog');
    const submit = () => page.locator('.ant-modal-footer .ant-btn-primary').click();

    await page.getByRole('button', { name: '添加监测点' }).click();
    await dialog.getByLabel('监测点编号').fill('culvert');
    await dialog.getByLabel('区域').fill('正阳');
    await page.locator('.ant-select-item-option').filter({ hasText: '正阳街道' }).click();
    await dialog.getByRole('button', { name: '在地图上选' }).click();
    const { at } = await drawMap(page);
    await at(0.55, 0.45);
    await until('a longitude', async () => (await dialog.getByLabel('经度', { exact: true }).inputValue()) !== '');
    await submit();
    await dialog.getByText('已有此编号的监测点').waitFor();
    await dialog.getByLabel('监测点编号').fill('culvert-east');
    await page.screenshot({ path: join(SCREENSHOTS, 'point-place.png') });
    await submit();
    await page.waitForURL('**/points/culvert-east');
    const definition = () => server.call<Record<string, unknown>>('GET', '/points/culvert-east/definition');
    const [lng = 0, lat = 0] = (await definition()).location as number[];
    expect(Math.hypot(lng - SITE[0], lat - SITE[1])).toBeLessThan(NEAR);

    await page.getByRole('button', { name: /修\s*改/ }).click();
    await dialog.getByLabel('中文名称').fill('涵洞东口');
    await dialog.getByLabel('英文名称').fill('Culvert, east');
    await dialog.getByRole('checkbox', { name: '该设备的全部指标' }).uncheck();
    await dialog.getByRole('checkbox', { name: /^battery/ }).uncheck();
    await dialog.getByLabel('depth 指标名').fill('battery2');
    await dialog.getByLabel('depth 指标名').fill('water');
    expect(await seriousFindings(page)).toEqual([]);
    await save(dialog);
    await page.getByRole('heading', { name: '涵洞东口' }).waitFor();
    expect(await definition()).toMatchObject({
      device: 'gauge-7',
      name: { zh: '涵洞东口', en: 'Culvert, east' },
      location: [lng, lat],
      metrics: { water: 'depth' },
    });

    // Its limits keep the metric that they name.
    const limits = { rules: { water: { metric: 'water', levels: { red: { above: 40 } } } } };
    await server.call('PUT', '/points/culvert-east/thresholds', limits, { 'if-match': '*' });
    await page.getByRole('button', { name: /修\s*改/ }).click();
    await dialog.getByRole('checkbox', { name: '该设备的全部指标' }).check();
    await save(dialog);
    await dialog.getByText('限值用到的指标被去掉').waitFor();
    await dialog.getByRole('button', { name: /取\s*消/ }).click();

    await server.publish('gauge-7', { depth: 60 }, 'sesame');
    const open = async () => (await server.call<{ items: Alert[] }>('GET', '/alerts?state=active')).items;
    await until('the alert', async () => (await open()).some(({ point }) => point === 'culvert-east'));
    await page.locator('[data-testid=point-page] [data-testid=point-alerts] li').first().waitFor();
    await page.getByRole('button', { name: '移除' }).click();
    await dialog.getByText('设备 gauge-7 保留').waitFor();
    await dialog.getByText(/限值（第 1 版）/).waitFor();
    await dialog.getByText(/1 条未结束的报警随之解除/).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'point-take-out.png') });
    await submit();
    await page.waitForURL('**/points');
    await page.getByText('监测点“涵洞东口”已移除').waitFor();
    await until('the alert to clear', async () => (await open()).every(({ point }) => point !== 'culvert-east'));
    await page.getByRole('link', { name: 'culvert', exact: true }).waitFor();
    await page.getByRole('link', { name: '涵洞东口' }).waitFor({ state: 'detached' });
    // The id that was taken, and the metric that limits name: refused, and shown at their fields.
    expect(complaints.filter((complaint) => !/status of (412|422)/.test(complaint))).toEqual([]);
    await close();
  });

  test('names of a profile and its metrics, in both languages; who may only look is told who may', async () => {
    await putSite(server);
    // High enough for all rows: the table draws only those that are in view.
    const { page, complaints, close } = await openPage(browser, server.url, {
      context: { viewport: { width: 1366, height: 4_000 } },
    });
    await signIn(page, `${server.url}/site?tab=profiles`, 'admin', ADMIN_PASSWORD);
    const dialog = page.getByRole('dialog');
    await page.getByText('devices/waterlogging-gauge/profile.yaml').waitFor();
    await page.getByRole('button', { name: /道路积水.*改名称/ }).click();
    await dialog.getByLabel('waterlogging-gauge 中文名称').fill('积水尺');
    await dialog.getByLabel('waterlogging-gauge 英文名称').fill('Water gauge');
    await dialog.getByLabel('depth 中文名称').fill('水深');
    await save(dialog);
    await page.getByText('已保存：积水尺').waitFor();

    const contents = await server.call<{ profiles: { id: string }[] }>('GET', '/site');
    const codec = { file: 'level.js', source: 'function decodeUplink() { return { data: {} }; }' };
    const profiles = contents.profiles.map((one) => (one.id === 'waterlogging-gauge' ? { ...one, codec } : one));
    await server.call('POST', '/site', { ...contents, profiles });
    await page.reload();
    await page.getByText('level.js').waitFor();
    await page.getByRole('button', { name: /积水尺.*重新解码/ }).click();
    await page.getByText('已取出 0 帧重新解码').waitFor();
    await followLink(page, '/points/culvert');
    await page.getByText('水深').first().waitFor();

    await server.addPerson('looker', 'operator', 'only looking around');
    await page.context().clearCookies();
    await signIn(page, `${server.url}/site`, 'looker', 'only looking around');
    expect(await page.getByRole('button', { name: '添加区域' }).isDisabled()).toBe(true);
    await page.getByTitle('需要工程权限').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
