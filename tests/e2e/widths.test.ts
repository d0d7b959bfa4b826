import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import type { Alert } from '../../src/model/alert.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { canRun, followLink, launchBrowser, openPage, SCREENSHOTS, signIn } from './browser.ts';
import { ADMIN_PASSWORD, type RealServer, startRealServer } from './real-server.ts';

/** Screens that the console is looked at on, CSS px. */
const SIZES = [
  { width: 360, height: 740 },
  ...(isLong ? [{ width: 390, height: 844 }] : []),
  { width: 768, height: 1_024 },
  { width: 1_280, height: 720 },
  { width: 1_366, height: 768 },
  { width: 1_920, height: 1_080 },
];

/**
 * Every page is seen at every size, in both languages and in both themes. Colours move no words, so not every language is
 * looked at in every theme, except by a long run.
 */
const LOOKS: readonly (readonly [language: 'zh' | 'en', theme: 'light' | 'dark'])[] = [
  ['zh', 'light'],
  ['en', 'dark'],
  ...(isLong
    ? ([
        ['zh', 'dark'],
        ['en', 'light'],
      ] as const)
    : []),
];

/**
 * Pages, what is on them once they are all there, and what is to be pressed first. `{alert}` is an alert's id. The list of
 * points takes the map's place on the duty page from then on.
 */
const PAGES: readonly (readonly [path: string, sign: string, press?: string])[] = [
  ['/', '[data-testid=alert-row]'],
  ['/', '[data-testid=point-row]', '[data-testid=duty-switch] .ant-segmented-item:nth-child(2)'],
  ['/alerts/{alert}', '[data-testid=timeline] li'],
  ['/alerts/{alert}', '.ant-modal textarea', '[data-testid=alert-buttons] > span:nth-child(4) button'],
  ['/points', '.ant-table-row'],
  ['/points/canteen-gas', '.u-wrap'],
  ['/points', '.ant-modal input', '[data-testid=add-point]'],
  [
    '/points/canteen-gas',
    '.ant-modal [data-testid=metric-rows]',
    '.block .row-buttons button:nth-child(1), .ant-modal .ant-checkbox',
  ],
  ['/points/canteen-gas', '.ant-modal [data-testid=take-out-means]', '.block .row-buttons button:nth-child(2)'],
  ['/points/canteen-gas/thresholds', '[data-testid=rule-list]'],
  ['/points/canteen-gas/card', '[data-testid=card-steps]'],
  ['/history', '.ant-table-row'],
  ['/devices', '.ant-table-row'],
  ['/devices/long-names', '[data-testid=last-messages] li'],
  ['/devices/gbt26875-0a0b0c0d0e0f', '[data-testid=device-commands] li'],
  [
    '/devices/gbt26875-0a0b0c0d0e0f',
    '.ant-modal #withinMinutes',
    '[data-testid=device-commands] .row-buttons button:nth-child(1)',
  ],
  [
    '/devices/gbt26875-0a0b0c0d0e0f',
    '.ant-modal #place',
    '[data-testid=device-commands] .row-buttons button:nth-child(2)',
  ],
  ['/devices?tab=quarantine', '.ant-table-row'],
  ['/devices?tab=unknown', '.ant-table-row'],
  ['/devices?tab=refused', '[data-testid=table-box] .ant-table'],
  ['/devices?tab=trial', 'textarea'],
  ['/devices', '.ant-modal #zh', '.ant-table-row .ant-dropdown-trigger, .ant-dropdown-menu-item:nth-child(1)'],
  ['/devices', '.ant-modal #lng', '.ant-table-row .ant-dropdown-trigger, .ant-dropdown-menu-item:nth-child(2)'],
  ['/devices', '.ant-modal #secret', '.ant-table-row .ant-dropdown-trigger, .ant-dropdown-menu-item:nth-child(5)'],
  ['/notify', '[data-testid=channels]'],
  ['/notify?tab=people', '.ant-table-row'],
  ['/notify?tab=people', '.ant-modal #phone', '.ant-table-row .row-buttons button:nth-child(2)'],
  ['/notify?tab=rota&view=month', '[data-testid=rota-gap]'],
  ['/notify?tab=rota&view=week', '.ant-modal #order_0_primary', '.page-head .push + button + button'],
  ['/notify?tab=rota&view=week', '.ant-modal #off', '.page-head .push + button'],
  ['/notify?tab=routes', '[data-testid=route]'],
  ['/notify?tab=routes', '.ant-modal #match_levels', '[data-testid=route] button'],
  ['/notify?tab=routes', '.ant-modal #steps_0_after', '[data-testid=ladders] .page-head button'],
  ['/notify?tab=channels', '[data-testid=channel]'],
  ['/notify?tab=channels', '.ant-modal #settings_key', '[data-testid=channels] .page-head button'],
  ['/notify?tab=silences', '[data-testid=table-box] .ant-table'],
  ['/notify?tab=silences', '.ant-modal #reason', '.page-head button.ant-btn-primary'],
  ['/notify?tab=chat', '[data-testid=chat]'],
  ['/notify?tab=told', '[data-testid=table-box] .ant-table'],
  ['/notify?tab=setup', 'textarea'],
  ['/site', '.ant-table-row'],
  [
    '/site',
    '.ant-modal [data-testid=draw-map-corner]',
    '.ant-table-row .row-buttons button:nth-child(1), [data-testid=place-map-buttons] button',
  ],
  ['/site', '.ant-modal [data-testid=take-out-means]', '.ant-table-row .row-buttons button:nth-child(2)'],
  ['/site?tab=profiles', '.ant-table-row'],
  ['/site?tab=profiles', '.ant-modal input', '.ant-table-row .row-buttons button'],
  ['/first-steps', '[data-testid=first-step]'],
  ['/first-steps', '.ant-modal input', '[data-testid=first-step]:nth-child(3) button'],
  // By itself: the menus of a page stay in it, unseen, once they were open.
  [
    '/devices',
    '.ant-modal [data-testid=drop-box]',
    '.page-head .ant-dropdown-trigger, .ant-dropdown-menu-item:nth-child(3)',
  ],
  ['/maintenance', '.ant-table-row'],
  ['/thresholds', '.dsg-row [data-testid=limit-fixed]'],
  ['/templates', '[data-testid=template-list] button'],
  ['/review', '[data-testid=rule-difference] table'],
  ['/system', '[data-testid=check]'],
  ['/sources', '[data-testid=sources]'],
  ['/sources', '.ant-modal textarea', '.page-head .ant-btn-primary'],
  ['/users', '.ant-table-row'],
  ['/tokens', '.ant-table-row'],
  ['/wall', '[data-testid=wall-row]'],
];

const PICTURES = join(SCREENSHOTS, 'widths');
const OVERLAPS = readFileSync(new URL('overlaps.js', import.meta.url), 'utf8');

/**
 * Boxes are where they are whether or not anybody paints them, which is a third of what a look at them costs. Whoever presses
 * something needs to see it.
 */
const painting = (on: boolean) => `document.body.style.clipPath = ${on ? "''" : "'inset(50%)'"}`;

/** Nothing lies on anything else, nothing is cut off and nothing sticks out, at any width. */
describe.runIf(canRun)('every page at every width', () => {
  let browser: Browser;
  let server: RealServer;
  let alert = '';

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startRealServer(['--second-approval', 'true', '--gbt26875', '127.0.0.1:0']);
    mkdirSync(PICTURES, { recursive: true });
    alert = await furnish(server);
  });
  afterAll(() => server.close());

  /** What a size shows, in words; in a long run with pictures for a person to look through. */
  async function lookAt(page: Page, name: string): Promise<string[]> {
    const findings: string[] = [];
    if (!isLong) await page.evaluate(painting(false));
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      const found = (await page.evaluate(OVERLAPS)) as readonly string[];
      findings.push(...found.map((what) => `${name} at ${size.width}: ${what}`));
      if (isLong) {
        await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/\W+/g, '-')}-${size.width}.png`) });
      }
    }
    await page.evaluate(painting(true));
    return findings;
  }

  test.each(LOOKS)('in %s, %s', async (language, theme) => {
    // A connection ends with the test that it was opened in.
    await fireTransmitter(server.lines.gbt26875, FIRE_HOST);
    const { page, close } = await openPage(browser, server.url, { language, theme, withMap: true });
    const look = (at: Page, name: string) => lookAt(at, `${language} ${theme} ${name}`);
    await page.goto(server.url);
    await page.locator('input[name=username]').waitFor();
    const findings = await look(page, 'login');
    await page.locator('input[name=username]').fill(NEWCOMER.username);
    await page.locator('input[name=password]').fill(NEWCOMER.password);
    await page.keyboard.press('Enter');
    await page.locator('.ant-modal').waitFor();
    findings.push(...(await look(page, 'own password first')));
    await page.locator('.ant-modal-footer button').first().click();
    await page.locator('input[name=username]').waitFor();
    await signIn(page, server.url, 'admin', ADMIN_PASSWORD);
    for (const [path, sign, press] of PAGES) {
      const at = path.replace('{alert}', encodeURIComponent(alert));
      // Within the application, so that the sheets of all pages that were open are there, as on a desk.
      await followLink(page, at);
      for (const each of press?.split(', ') ?? []) await page.locator(each).first().click();
      await page.locator(sign).first().waitFor();
      findings.push(...(await look(page, `${path}${press === undefined ? '' : ` ${sign}`}`)));
      if (sign.startsWith('.ant-modal')) await page.keyboard.press('Escape');
    }
    expect(findings).toEqual([]);
    await close();
  });
});

/** Something to see on every page, with names as long as they get; gives the alert that has been through the most. */
async function furnish(server: RealServer): Promise<string> {
  const long = {
    zh: '正阳街道集市社区老旧小区地下一层商业综合体餐饮后厨燃气管道井',
    en: 'Basement commercial kitchen gas riser of the old residential quarter',
  };
  await server.call('PUT', '/devices/long-names', {
    profile: 'combustible-gas',
    points: [{ id: 'long-names-of-the-old-quarter-b1', area: 'market', name: long }],
  });
  const thresholds = '/points/long-names-of-the-old-quarter-b1/thresholds';
  await server.call('PUT', thresholds, longRules(25), { 'if-match': '*' });
  // Messages are kept for its page from the first look on.
  await server.call('GET', '/devices/long-names/messages');
  await server.publish('long-names', { ch4: 95.25 });
  await furnishFireHost(server);
  for (const [device, values] of READINGS) await server.publish(device, values);
  await server.publish('a-device-that-nobody-has-registered-yet-0001', {
    depth: 1.5,
    battery: 80,
    note: 'x'.repeat(80),
  });
  const alerts = await until('alerts', async () => {
    const { items } = await server.call<{ items: Alert[] }>('GET', '/alerts?state=active');
    return items.length > 4 && items;
  });
  const [first] = alerts.filter(({ device }) => device === 'long-names');
  const id = first?.id ?? '';
  const act = (action: string, body: object) =>
    server.call('POST', `/alerts/${encodeURIComponent(id)}/${action}`, body);
  await act('ack', { note: '已通知燃气公司抢修队携带检测仪前往现场核实，同时通知物业关闭总阀并疏散' });
  await act('verdict', { verdict: 'true', note: 'pump: on its way' });
  const reason = encodeURIComponent('后厨水汽引起误报，经现场核实后拟适当放宽高限，待审批后执行');
  await server.call('PUT', `${thresholds}?reason=${reason}`, longRules(60), { 'if-match': '*' });
  await server.call('POST', '/maintenance', {
    scope: { device: 'water-02' },
    for: '2h',
    reason: '雨季前清淤，更换液位计探头并重新标定零点',
  });
  await furnishTelling(server);
  await server.call('POST', '/users', { ...NEWCOMER, role: 'operator' });
  await server.call('POST', '/tokens', { name: '正阳街道应急指挥中心大屏', role: 'viewer', expiresInDays: 365 });
  return id;
}

/** Who is told of what, with names as long as offices have. */
async function furnishTelling(server: RealServer): Promise<void> {
  const by = ['chat'];
  const role = '正阳街道办事处应急管理办公室副主任兼安全生产监督管理站站长';
  const setup = {
    people: [
      {
        id: 'zhao',
        name: '欧阳建国',
        role,
        phone: '+86 138 0000 0001',
        email: 'ouyang.jianguo@emergency.example.org',
        by,
      },
      { id: 'lost', name: '林某某', role: '网格员' },
    ],
    teams: [{ id: 'leaders', name: '正阳街道防汛抗旱指挥部带班领导', members: ['zhao'] }],
    // By day alone, so that there is a gap.
    rotas: [
      {
        id: 'office',
        name: '正阳街道应急指挥中心值班',
        shifts: [{ id: 'day', name: '日间值班（含应急值守）', hours: ['08:00', '20:00'] }],
        turn: 'day',
        from: '2026-01-01',
        order: [{ primary: 'zhao', backup: 'lost' }],
      },
    ],
    routes: [{ id: 'all', to: [{ rota: 'office' }] }],
    channels: [{ id: 'chat', kind: 'wecom', name: '正阳街道应急指挥中心二十四小时值班群' }],
  };
  await server.call('PUT', '/notify/setup', { revision: 0, setup, reason: '汛期值班' });
}

const FIRE_HOST = '0a0b0c0d0e0f';

/** A fire host that was asked whether somebody is there, and what a component of it does. */
async function furnishFireHost(server: RealServer): Promise<void> {
  const id = `gbt26875-${FIRE_HOST}`;
  await server.call('PUT', `/devices/${id}`, {
    profile: 'gbt26875-host',
    points: [{ id: 'panel', area: 'market' }],
    protocol: { gbt26875: { state: 'big-endian' } },
  });
  const host = await fireTransmitter(server.lines.gbt26875, FIRE_HOST);
  await server.call('POST', `/devices/${id}/guard-check`, { withinMinutes: 255 });
  const check = await host.told(1);
  host.say(COMMAND.confirm, undefined, check.serial);
  await server.call('POST', `/devices/${id}/read`, { what: 'state', place: '1-00010002' });
  const read = await host.told(2);
  const text = Buffer.concat([Buffer.from('x'.repeat(30))], 31);
  const object = Buffer.concat([Buffer.of(1, 1, 40, 2, 0, 1, 0, 1, 0xfe), text, tagOf(Date.now(), 'binary')]);
  host.say(COMMAND.answer, Buffer.concat([Buffer.of(2, 1), object]), read.serial);
}

/** Somebody who has not chosen a password yet. */
const NEWCOMER = { username: 'wang.jianguo@emergency.zhengyang', password: 'look but no touch' };

const longRules = (above: number) => ({
  rules: {
    'ch4-of-the-riser': {
      metric: 'ch4',
      latch: true,
      levels: { yellow: { above: 10, label: '一级报警' }, red: { above, label: '二级报警' } },
    },
  },
});

const READINGS: readonly (readonly [device: string, values: object])[] = [
  ['water-01', { depth: 22.75 }],
  ['water-02', { depth: 41 }],
  ['water-03', { depth: 12 }],
  ['gas-01', { ch4: 60 }],
  ['gas-02', { ch4: 26 }],
  ['vibration-02', { ppv: 35.49 }],
  ['vibration-02', { ppv: 0.33 }],
];
