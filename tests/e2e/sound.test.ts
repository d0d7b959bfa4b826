import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { canRun, DIST, launchBrowser, openPage, type PageOptions, signIn } from './browser.ts';
import { type FakeServer, startFakeServer } from './fake-server.ts';

interface Heard {
  /** The frequency of every tone that an audio context which runs was told to play, Hz. */
  readonly tones: number[];
  readonly said: { readonly text: string; readonly language: string }[];
}

/**
 * At the edge, where sound leaves the page: real audio contexts with every oscillator that is started written down, and
 * a speech synthesis that writes down instead of speaking, because the machine may have no voice.
 */
const LISTEN = `
  window.heard = { tones: [], said: [] };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...args) {
    if (this.context.state === 'running' && this.numberOfOutputs > 0) window.heard.tones.push(this.frequency.value);
    return start.apply(this, args);
  };
  Object.defineProperty(window, 'speechSynthesis', {
    value: {
      getVoices: () => [],
      cancel: () => {},
      speak: ({ text, lang }) => window.heard.said.push({ text, language: lang }),
    },
  });
`;

/** Tones of the figure of each level. */
const TONES = {
  blue: [523],
  yellow: [587, 740],
  orange: [659, 659, 880],
  red: [988, 740, 988, 988, 740, 988],
} as const;

describe.runIf(canRun)('what an operator hears', () => {
  let browser: Browser;
  let server: FakeServer | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function desk(options: PageOptions = {}, prepare: (page: Page) => Promise<void> = async () => {}) {
    const fake = await startFakeServer({ dist: DIST, points: 20 });
    server = fake;
    const { page, complaints } = await openPage(browser, fake.url, options);
    await page.addInitScript(LISTEN);
    await prepare(page);
    await page.clock.install();
    await signIn(page, fake.url, 'admin', 'whatever');
    await page.locator('.trust-live').waitFor();
    const heard = () => page.evaluate('window.heard') as Promise<Heard>;
    return { page, fake, complaints, heard, tones: async () => (await heard()).tones };
  }

  /** Lets the page's clock go on, and the page itself keep up. */
  async function pass(page: Page, seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) await page.clock.runFor(1_000);
  }

  test.each([
    'blue',
    'yellow',
    'orange',
    'red',
  ] as const)('a new %s alert plays the figure of its level', async (level) => {
    const { page, fake, tones } = await desk();
    fake.raise(1, level);
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await pass(page, 1);
    await expect.poll(tones).toEqual([...TONES[level]]);
  });

  test.each([
    ['orange', 12],
    ['red', 5],
  ] as const)('the chime of %s comes again every %d s until somebody acknowledges, and then no more', async (level, every) => {
    const { page, fake, tones } = await desk();
    fake.raise(1, level);
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await pass(page, 3 * every + 2);
    const figure = TONES[level].length;
    const before = (await tones()).length;
    // Once when it came, and then again and again.
    expect(before).toBeGreaterThanOrEqual(3 * figure);
    await page.getByRole('button', { name: '确认', exact: true }).click();
    await pass(page, 1);
    await page.getByText('已确认').waitFor();
    const acknowledged = (await tones()).length;
    await pass(page, 2 * every + 2);
    expect((await tones()).length).toBe(acknowledged);
  });

  test('blue and yellow are heard once', async () => {
    const { page, fake, tones } = await desk();
    fake.raise(1, 'blue');
    fake.raise(2, 'yellow');
    await page.locator('[data-testid=alert-row]').nth(1).waitFor();
    await pass(page, 40);
    expect((await tones()).length).toBeLessThanOrEqual(TONES.blue.length + TONES.yellow.length);
  });

  test.each([
    ['zh', 'zh-CN', /^橙色报警，.*甲烷/],
    ['en', 'en-US', /^Orange alarm, .*Methane/],
  ] as const)('it is said in the chosen language: %s', async (language, tag, words) => {
    const { page, fake, heard } = await desk({ language });
    fake.raise(0, 'orange');
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await pass(page, 1);
    await expect
      .poll(async () => (await heard()).said)
      .toEqual([{ text: expect.stringMatching(words), language: tag }]);
  });

  test('many at once are summed up, with the worst of them', async () => {
    const { page, fake, heard } = await desk();
    for (let i = 0; i < 8; i++) fake.raise(i, i === 5 ? 'red' : 'blue');
    await page.locator('[data-testid=alert-row]').nth(5).waitFor();
    await pass(page, 1);
    await expect.poll(async () => (await heard()).said.at(-1)?.text).toMatch(/新增 \d 条报警.*红色报警/);
    expect((await heard()).said.length).toBeLessThan(8);
  });

  test('one button plays all four figures and says a sentence', async () => {
    const { page, heard, complaints } = await desk();
    await page.locator('[data-testid=sound]').click();
    await page.getByRole('button', { name: '试听' }).click();
    await pass(page, 8);
    await expect
      .poll(async () => (await heard()).tones)
      .toEqual([...TONES.red, ...TONES.orange, ...TONES.yellow, ...TONES.blue]);
    expect((await heard()).said).toEqual([{ text: '这是语音播报测试', language: 'zh-CN' }]);
    expect(complaints).toEqual([]);
  });

  test('a notification of the desktop names the alert, and opens it', async () => {
    const { page, fake } = await desk({}, async (page) => {
      await page.addInitScript(`
        localStorage.setItem('brink.sound', JSON.stringify({ sound: true, speech: true, notifications: true, volume: 0.7 }));
        window.notified = [];
        window.Notification = class {
          static permission = 'granted';
          constructor(title, options) { this.title = title; this.options = options; window.notified.push(this); }
          close() {}
        };
      `);
    });
    const alert = fake.raise(1, 'red');
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await pass(page, 1);
    await expect
      .poll(() => page.evaluate('window.notified.map(({ title }) => title)'))
      .toEqual([expect.stringMatching(/^红色报警，/)]);
    expect(await page.evaluate('window.notified[0].options.requireInteraction')).toBe(true);
    await page.evaluate('window.notified[0].onclick()');
    await expect.poll(() => page.url()).toBe(`${fake.url}/alerts/${alert.id}`);
  });

  test('switched off it is silent, and the bar says so', async () => {
    const { page, fake, heard } = await desk();
    await page.keyboard.press('m');
    await page.getByText('声音关', { exact: true }).waitFor();
    fake.raise(1, 'red');
    await page.locator('[data-testid=alert-row]').first().waitFor();
    await pass(page, 12);
    expect(await heard()).toEqual({ tones: [], said: [] });
  });

  test('where the browser wants a touch first the bar says so, and any touch will do', async () => {
    const { page } = await desk({}, async (page) => {
      await page.addInitScript(`
        let touched = false;
        Object.defineProperty(AudioContext.prototype, 'state', { get: () => (touched ? 'running' : 'suspended') });
        AudioContext.prototype.resume = async function () {
          touched = Boolean(window.touch);
          this.dispatchEvent(new Event('statechange'));
        };
      `);
    });
    await page.getByText('点此开声音').waitFor();
    await page.evaluate('window.touch = true');
    await page.locator('[data-testid=alert-panel]').click();
    await page.getByText('声音开', { exact: true }).waitFor();
  });
});
