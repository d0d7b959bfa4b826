import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { canRun, followLink, launchBrowser, openPage, type PageOptions, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** Columns of the grid, the name of the point first. */
const COLUMN = { name: 0, blue: 4, yellow: 5, orange: 6, red: 7, for: 8, deadband: 9 } as const;

/** The engineer's table of limits, templates and spreadsheets, against the real server with the sample site. */
describe.runIf(canRun)('limits, templates and spreadsheets', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startRealServer()]);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(() => server.close());
  // Each test has points of its own, for all of them share the server.
  const read = (point: string) => server.call<ThresholdDocument>('GET', `/points/${point}/thresholds`);
  async function signedIn(path: string, options: PageOptions = {}) {
    const opened = await openPage(browser, server.url, options);
    await signIn(opened.page, server.url + path, 'admin', ADMIN_PASSWORD);
    return opened;
  }
  const row = (page: Page, name: string) => page.locator('.dsg-row').filter({ hasText: name });
  const cell = (page: Page, name: string, column: keyof typeof COLUMN) =>
    row(page, name).locator('.dsg-cell').nth(COLUMN[column]);

  const pasteInto = (page: Page, text: string) =>
    page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }`);

  test('a cell is typed over, seen as changed, taken back, and saved with a reason', async () => {
    const { page, complaints, close } = await signedIn('/thresholds?metric=depth');
    await cell(page, '老街低洼段', 'orange').click();
    await page.keyboard.type('22');
    await page.keyboard.press('Enter');
    await page.getByText('已改 1 处，涉及 1 个监测点').waitFor();
    expect(await cell(page, '老街低洼段', 'orange').getAttribute('class')).toContain('changed');
    await page.keyboard.press('Control+z');
    await page.getByText('没有修改').waitFor();
    await page.keyboard.press('Control+y');
    await page.getByText('已改 1 处，涉及 1 个监测点').waitFor();

    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('≥ 25 cm 封闭道路').waitFor();
    await dialog.getByText('≥ 22 cm 封闭道路').waitFor();
    await dialog.getByRole('button', { name: '确认生效' }).click();
    await dialog.getByText('请写明原因').waitFor();
    await dialog.getByLabel('原因').fill('汛期前收紧');
    await dialog.getByRole('button', { name: '确认生效' }).click();
    await page.getByText('已生效：1 个监测点').waitFor();
    await page.getByText('没有修改').waitFor();
    expect((await read('low-street-01')).rules.depth?.levels?.orange).toMatchObject({
      above: 22,
      label: { zh: '封闭道路' },
    });
    const { items } = await server.call<{ items: { reason: string }[] }>(
      'GET',
      '/points/low-street-01/thresholds/revisions',
    );
    expect(items[0]?.reason).toBe('汛期前收紧');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a block is pasted, filled down by the keyboard, and what cannot be is marked in its cell', async () => {
    const { page, complaints, close } = await signedIn('/thresholds?metric=depth');
    await cell(page, '集市路下穿道', 'yellow').click();
    await pasteInto(page, '16\t21\n17\t22\n18\t二十三');
    await page.getByText('已改 6 处，涉及 3 个监测点 · 1 处有误').waitFor();
    expect(await cell(page, '站前大道下穿道', 'orange').getAttribute('class')).toContain('wrong');
    expect(await page.getByRole('button', { name: '保存…' }).isDisabled()).toBe(true);
    await cell(page, '站前大道下穿道', 'orange').click();
    await page.locator('[data-testid=cell-bar]').getByText('应为数字').waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('已改 6 处，涉及 3 个监测点').waitFor();

    // From the first underpass down, by keyboard alone.
    await cell(page, '集市路下穿道', 'deadband').click();
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Control+d');
    await page.getByText('已改 10 处，涉及 4 个监测点').waitFor();
    expect(await cell(page, '园区铁路下穿道', 'deadband').innerText()).toBe('3');
    await page.getByText('已改', { exact: true }).click();
    await expect.poll(() => page.locator('[data-testid=limit-point]').count()).toBe(4);

    await page.getByRole('button', { name: '推算…' }).click();
    await page.getByRole('button', { name: '开始推算' }).click();
    await page.getByText('已推算 4 / 4 个监测点').waitFor();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Close' })
      .or(page.locator('.ant-modal-close'))
      .first()
      .click();
    await page.getByRole('button', { name: '放弃修改' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '放弃修改' }).click();
    await page.getByText('没有修改').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('somebody else was faster: the row says so, and one chooses whose change stands', async () => {
    const before = await read('low-street-02');
    const { page, close } = await signedIn('/thresholds?metric=depth');
    await cell(page, '滨江巷低洼段', 'yellow').click();
    await page.keyboard.type('12');
    await page.keyboard.press('Enter');
    const others = { ...before, rules: { ...before.rules, depth: { ...before.rules.depth, deadband: 4 } } };
    await server.call('PATCH', '/thresholds', {
      items: [{ point: 'low-street-02', revision: 1, document: others }],
      reason: 'faster',
    });
    await page.getByRole('button', { name: '保存…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('读取之后已有新版本 2').waitFor();
    await dialog.getByRole('button', { name: '取消' }).click();
    await page.getByText('滨江巷低洼段：您基于第 1 版修改，现为第 2 版').waitFor();
    expect(await page.getByRole('button', { name: '保存…' }).isDisabled()).toBe(true);
    expect(await cell(page, '滨江巷低洼段', 'deadband').innerText()).toBe('4');
    await page.getByRole('button', { name: '保留我的修改' }).click();
    await page.getByRole('button', { name: '保存…' }).click();
    await dialog.getByLabel('原因').fill('两处都要');
    await dialog.getByRole('button', { name: '确认生效' }).click();
    await page.getByText('已生效：1 个监测点').waitFor();
    const after = await read('low-street-02');
    expect([after.rules.depth?.deadband, after.rules.depth?.levels?.yellow?.above]).toEqual([4, 12]);
    await close();
  });

  test('a template goes onto several points, with the exceptions it takes back shown before', async () => {
    const { page, complaints, close } = await signedIn('/templates?id=beijing-underpass');
    await page.getByRole('heading', { name: '与模板不同的监测点' }).waitFor();
    await page.getByRole('button', { name: '应用到监测点…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('搜索名称或编号').fill('下穿');
    await dialog.getByRole('button', { name: '全选所列' }).click();
    await dialog.getByText('已选 4 个').waitFor();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByText('4 个监测点将改变').waitFor();
    await dialog.getByText('现在的例外（应用后改回模板值）').waitFor();
    await dialog.getByRole('button', { name: '推算…' }).click();
    await page.getByRole('button', { name: '开始推算' }).click();
    await page.getByText('已推算 4 / 4 个监测点').waitFor();
    await page.locator('.ant-modal-close').last().click();
    await dialog.getByLabel('原因').fill('按北京做法统一');
    await dialog.getByRole('button', { name: '确认生效' }).click();
    await page.getByText('已应用到 4 个监测点').waitFor();
    await page.getByText('使用此模板的监测点都与模板一致').waitFor();
    const after = await read('underpass-03');
    expect(Object.keys(after.rules.depth?.levels ?? {})).toEqual(['orange', 'red']);
    expect(after.rules.battery).toBeDefined();

    // An exception made afterwards is seen at once, with what the template says.
    await followLink(page, '/thresholds?metric=depth');
    await cell(page, '集市路下穿道', 'red').click();
    await page.keyboard.type('30');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await page.locator('[data-testid=cell-bar]').getByText('模板为 27').waitFor();
    expect(await cell(page, '集市路下穿道', 'red').getAttribute('class')).toContain('deviates');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a figure of a template that no reading reaches is told before it is applied, and keeps nobody from it', async () => {
    const { page, complaints, close } = await signedIn('/templates?id=chongqing-small-river');
    await page.getByRole('button', { name: '应用到监测点…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '全选所列' }).click();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.getByLabel('警戒水位').fill('7');
    await dialog.getByLabel('保证水位').fill('9999');
    await dialog.getByRole('button', { name: '下一步' }).click();
    await dialog.locator('[data-testid=save-note]').getByText('永远达不到').first().waitFor();
    expect(await dialog.getByRole('button', { name: '确认生效' }).isEnabled()).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a spreadsheet with an error changes nothing and says where; the mended one does', async () => {
    const { page, complaints, close } = await signedIn('/thresholds?metric=depth');
    const sheet = (yellow: string) => ({
      name: '限值.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        `测点,指标,方向,黄色限值,红色限值\nlow-street-03,depth,≥,${yellow},40\n松岭路低洼段,battery,≤,,10\n`,
      ),
    });
    await page.getByRole('button', { name: '导入…' }).click();
    const dialog = page.getByRole('dialog');
    await page.locator('input[type=file]').setInputFiles(sheet('12厘米'));
    await dialog.getByText('1 处有误，更正后重新选择文件').waitFor();
    await dialog.getByRole('row', { name: 'D2 应为数字，实为“12厘米”' }).waitFor();
    expect(await dialog.getByRole('button', { name: '导入并生效' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: '换一个文件' }).click();
    await page.locator('input[type=file]').setInputFiles(sheet('12'));
    await dialog.getByText('1 个监测点将改变').waitFor();
    await dialog.getByLabel('原因').fill('来自防汛办表格');
    await dialog.getByRole('button', { name: '导入并生效' }).click();
    await page.getByText('已生效：1 个监测点').waitFor();
    const after = await read('low-street-03');
    expect([after.rules.depth?.levels?.yellow?.above, after.rules.depth?.levels?.red?.above]).toEqual([12, 40]);
    await expect.poll(() => cell(page, '松岭路低洼段', 'red').innerText()).toBe('40');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: '导出' })
        .click()
        .then(() => page.getByText('Excel 工作簿').click()),
    ]);
    expect(download.suggestedFilename()).toBe('brink.xlsx');
    expect(complaints).toEqual([]);
    await close();
  });

  test('who may not change anything sees it all and can type nothing', async () => {
    await server.addPerson('looker', 'operator', 'just looking around');
    const { page, close } = await openPage(browser, server.url);
    await signIn(page, `${server.url}/thresholds?metric=depth`, 'looker', 'just looking around');
    await cell(page, '老街低洼段', 'orange').click();
    await page.keyboard.type('1');
    await page.getByText('仅供查看：修改限值需要工程权限').or(page.locator('[data-testid=cell-bar]')).first().waitFor();
    expect(await page.locator('[data-testid=limit-input]').count()).toBe(0);
    expect(await page.getByRole('button', { name: '导入…' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: '保存…' }).count()).toBe(0);
    await close();
  });

  test.each([
    ['zh', 'light'],
    ['en', 'dark'],
  ] as const)('pages in %s (%s): no serious findings for accessibility, and a picture', async (language, theme) => {
    const { page, complaints, close } = await signedIn('/thresholds?metric=depth', { language, theme });
    await page.locator('[data-testid=limit-point]').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `threshold-table-${language}.png`) });
    expect(await seriousFindings(page)).toEqual([]);
    await followLink(page, '/templates?id=chongqing-small-river');
    await page.locator('[data-testid=template-detail] [data-testid=deviations]').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `templates-${language}.png`) });
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
