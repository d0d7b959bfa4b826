import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

const PASSWORD = 'correct-horse-of-theirs';
const POINT = 'canteen-gas';
const URL = `/points/${POINT}/thresholds`;

/** Two people, a weaker limit, and what an alert was. */
describe.runIf(canRun)('approval and verdicts', () => {
  let browser: Browser;
  let server: RealServer;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchBrowser();
    server = await startRealServer(['--second-approval', 'true']);
    for (const username of ['li', 'wang']) await server.addPerson(username, 'engineer', PASSWORD);
  });
  afterAll(() => server.close());

  async function open(user: string, options: { language?: 'zh' | 'en'; theme?: 'light' | 'dark' } = {}) {
    const watched = await openPage(browser, server.url, options);
    await signIn(watched.page, server.url, user, user === 'admin' ? ADMIN_PASSWORD : PASSWORD);
    return watched;
  }

  const shot = (page: Page, name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

  /** As the person would from the editor. */
  async function weaken(page: Page, above: number): Promise<number> {
    return page.evaluate(
      async ([url, limit]) => {
        const path = `/api/v1${url}`;
        const present = await fetch(path);
        const document = (await present.json()) as { rules: { ch4: { levels: { red: { above: number } } } } };
        document.rules.ch4.levels.red.above = limit;
        const answer = await fetch(`${path}?reason=${encodeURIComponent('水汽误报，先放宽到 60')}`, {
          method: 'PUT',
          headers: {
            'content-type': 'application/json',
            'x-brink-csrf': '1',
            'if-match': present.headers.get('etag') ?? '',
          },
          body: JSON.stringify(document),
        });
        return answer.status;
      },
      [URL, above] as const,
    );
  }

  test('one proposes, cannot approve it, another sees what it would do and approves; both languages, no serious finding', async () => {
    const nowMs = Date.now();
    for (let hour = 48; hour > 0; hour--) {
      const at = (minute: number) => nowMs - hour * 3_600_000 + minute * 60_000;
      const peak = hour % 6 === 0 ? 55 : 30;
      await server.publish('gas-01', [
        { ts: at(0), values: { ch4: 3 } },
        { ts: at(10), values: { ch4: peak } },
        { ts: at(20), values: { ch4: 3 } },
      ]);
    }
    const li = await open('li');
    expect(await weaken(li.page, 60)).toBe(202);
    await followLink(li.page, '/review');
    const approve = li.page.getByRole('button', { name: /批\s*准/ });
    await approve.waitFor();
    expect(await approve.isDisabled()).toBe(true);
    await li.page.getByText('本人提出的变更须由他人审批').first().waitFor();
    await shot(li.page, 'review-own-zh');

    const wang = await open('wang', { language: 'en', theme: 'dark' });
    const badge = wang.page.locator('.nav-count');
    await badge.waitFor();
    expect(await badge.innerText()).toBe('1');
    await wang.page.getByRole('link', { name: /^Approval/ }).click();
    await wang.page.getByText('harder to reach', { exact: false }).first().waitFor();
    await wang.page.getByText('≥ 50 %LEL').waitFor();
    await wang.page.getByText('≥ 60 %LEL').waitFor();
    await wang.page.locator('[data-testid=effect] table').waitFor();
    await wang.page.getByText(/At another level: \d+/).waitFor();
    await shot(wang.page, 'review-en-dark');
    expect(await seriousFindings(wang.page)).toEqual([]);
    expect(await wang.page.getByRole('button', { name: 'Reject' }).isDisabled()).toBe(true);
    await wang.page.getByRole('textbox').fill('checked on site');
    await wang.page.getByRole('button', { name: 'Approve' }).click();
    await wang.page.getByText('Approved; the new thresholds are in force').waitFor();
    await badge.waitFor({ state: 'detached' });
    expect(await server.call('GET', `${URL}/revisions`)).toMatchObject({
      items: [
        { author: 'li', approvedBy: 'wang', document: { rules: { ch4: { levels: { red: { above: 60 } } } } } },
        {},
      ],
    });

    // A second one is rejected with a note, and a third is overtaken.
    expect(await weaken(li.page, 70)).toBe(202);
    await followLink(wang.page, '/review');
    await wang.page.getByRole('textbox').fill('not in the flood season');
    await wang.page.getByRole('button', { name: 'Reject' }).click();
    await wang.page.getByText('Rejected', { exact: true }).waitFor();
    expect(await weaken(li.page, 80)).toBe(202);
    expect(await weaken(wang.page, 40)).toBe(200);
    await followLink(wang.page, '/review');
    await wang.page.getByText('It cannot be approved any more', { exact: false }).waitFor();
    expect(await wang.page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await wang.page.getByText('All', { exact: true }).click();
    // What is shown is in the address: it stays when one of them is opened, and when the page is read anew.
    await wang.page.getByRole('button', { name: /rejected/ }).click();
    await wang.page.waitForURL(/\/review\/[^?]+\?state=all$/);
    await wang.page.reload();
    await wang.page.getByRole('button', { name: /rejected/ }).waitFor();
    await shot(wang.page, 'review-outdated-en');
    expect([...li.complaints, ...wang.complaints]).toEqual([]);
    await li.close();
    await wang.close();
  });

  test('who closes an alert is asked what it was, by one key; it can be seen, changed, filtered, and kept as a lesson', async () => {
    const { page, complaints, close } = await open('wang');
    const alerts = async (query = '') =>
      (await server.call<{ items: Alert[] }>('GET', `/alerts?state=all&point=station-canteen-gas${query}`)).items;
    const ended = Date.now();
    const readings = Array.from({ length: 70 }, (_, i) => ({
      ts: ended - (70 - i) * 60_000,
      values: { ch4: i >= 40 && i < 50 ? 30 : 3 },
    }));
    for (const reading of readings) await server.publish('gas-05', reading);
    const alert = await until('the alert', async () => (await alerts()).find(({ metric }) => metric === 'ch4'));
    await page.evaluate(async (id) => {
      const headers = { 'content-type': 'application/json', 'x-brink-csrf': '1' };
      await fetch(`/api/v1/alerts/${id}/reset`, { method: 'POST', headers, body: '{}' });
    }, alert.id);
    const prompt = page.locator('[data-testid=verdict-prompt]');
    await prompt.waitFor();
    await shot(page, 'verdict-prompt-zh');
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('2');
    await prompt.waitFor({ state: 'detached' });
    await until('the verdict', async () => (await alerts('&verdict=false')).length === 1);

    await followLink(page, `/alerts/${alert.id}`);
    const pressed = page.locator('[data-testid=verdict-buttons] button[aria-pressed=true]');
    await pressed.waitFor();
    expect(await pressed.innerText()).toContain('误报');
    await page.getByRole('button', { name: /真警/ }).click();
    await until('the other verdict', async () => (await alerts('&verdict=true')).length === 1);
    await expect.poll(() => pressed.innerText()).toContain('真警');
    await shot(page, 'alert-verdict-zh');

    await page.getByRole('button', { name: '存为规则测试' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('经验教训').fill('管道检修时的泄漏');
    await dialog.getByLabel('名称').fill('station-leak');
    await dialog.getByRole('button', { name: /生\s*成/ }).click();
    await dialog.getByText('30m ch4 raised yellow').first().waitFor();
    await shot(page, 'rule-test-zh');
    const downloading = page.waitForEvent('download');
    await dialog.getByRole('button', { name: /下\s*载/ }).click();
    expect((await downloading).suggestedFilename()).toBe('station-leak.test.yaml');
    expect(await server.call('GET', '/rule-tests')).toMatchObject({
      items: [{ name: 'station-leak', author: 'wang' }],
    });

    await followLink(page, '/history?verdict=true');
    const rows = page.locator('.ant-table-row');
    await expect.poll(() => rows.count()).toBe(1);
    expect(await rows.first().innerText()).toContain('真警');
    await shot(page, 'history-verdict-zh');
    expect(complaints).toEqual([]);
    await close();
  });
});
