import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayServer, startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import type { Alert } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { seriousFindings } from './findings.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

const KEY = 'robot-key-for-tests';

/** Telling people, set up and watched in the console. */
describe.runIf(canRun)('telling people', () => {
  let browser: Browser;
  let server: RealServer;
  let robots: GatewayServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    robots = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
    server = await startRealServer(['--notify-allow', '127.0.0.1']);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(async () => {
    await server.close();
    await robots.close();
  });

  const setupText = (key: string) => `
people:
  - {id: zhang, name: 张三, role: 值班长, phone: "13800000001", by: [robot]}
rotas:
  - {id: office, shifts: [{id: day, hours: ["08:00", "08:00"]}], turn: day, from: 2026-01-01, order: [{primary: zhang}]}
channels:
  - {id: robot, kind: wecom, settings: {origin: "${robots.origin}", key: ${key}}}
routes:
  - {id: all, to: [{channel: robot}]}
`;

  test('an engineer sets a robot up, tries it, and sees on the alert who was told of it', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, { withoutMap: true });
    await signIn(page, `${server.url}/notify`, 'admin', ADMIN_PASSWORD);
    await page.getByText('还没有通知渠道').waitFor();
    await page.getByText('方案', { exact: true }).click();
    const text = page.getByLabel('方案（YAML）');
    await text.fill('routes: [{id: all, to: [{person: gone}]}]');
    await page.getByRole('button', { name: '检查' }).click();
    await page.getByText('/setup/routes/0/to/0/person').waitFor();
    await text.fill(setupText(KEY));
    await page.getByRole('button', { name: '检查' }).click();
    await page.getByText('方案可以生效').waitFor();
    await page.getByLabel('修改原因').fill('汛期值班');
    await page.getByRole('button', { name: '生效' }).click();
    // From then on the secret is a mask.
    await page.getByText('第 1 版').waitFor();
    await until('the mask', async () => (await text.inputValue()).includes('••••'));
    expect(await text.inputValue()).not.toContain(KEY);
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-setup.png') });

    await page.getByText('现状', { exact: true }).click();
    await page.getByTestId('on-duty').getByText('张三').waitFor();
    await page.getByRole('button', { name: '试发' }).click();
    await page.getByText('对方已接受').waitFor();
    await page.getByRole('button', { name: '查岗' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发送' }).click();
    await page.getByTestId('rehearsal').getByText('1 人：已通知 1，已应答 0').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify.png') });
    expect(await seriousFindings(page)).toEqual([]);

    await server.publish('water-01', { depth: 90 });
    const open = async () => (await server.call<{ items: Alert[] }>('GET', '/alerts?state=active')).items;
    const alert = await until('the alert', async () => (await open()).find(({ kind }) => kind === 'levels'));
    await followLink(page, `/alerts/${alert.id}`);
    await page.getByTestId('told').getByText('网关已接受').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-alert.png') });
    await followLink(page, '/notify?tab=chat');
    const said = page.getByTestId('chat-message').filter({ hasText: '90 cm' }).first();
    await said.getByText('已发到群里').waitFor();
    expect(await said.locator('.level-tag').count()).toBe(1);
    expect(await said.textContent()).toContain('90 cm');
    expect(await said.textContent()).not.toContain('<font');
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-chat.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await followLink(page, '/notify?tab=told');
    await page.locator('.ant-table-row').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'notify-told.png') });
    expect(await seriousFindings(page)).toEqual([]);
    // The browser tells of the setup that was refused; that is the story.
    expect(complaints.filter((words) => !words.includes('status of 422'))).toEqual([]);
    await close();
  });
});
