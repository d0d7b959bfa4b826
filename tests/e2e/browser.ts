import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterTest } from '../support/after-test.ts';
import { until, WAIT_LIMIT_MS } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const DIST = join(root, 'dist/console');
export const SCREENSHOTS = join(root, 'tests/e2e/screenshots');

/** The headless shell first: the same Chromium without a window's own pages, which take half of two cores. */
const CANDIDATES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** Without a browser these tests cannot be run; tests/run.ts says so, and in CI they fail instead. */
export const canRun = executablePath !== undefined || process.env.CI === 'true';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

let running: Promise<Browser> | undefined;

/**
 * One browser for all files of tests of a process, which are run one after the other: launched for the first of them, and
 * ended with the process, whose pipe it listens to. Nobody need close it.
 */
export async function launchBrowser(): Promise<Browser> {
  await buildConsole();
  if (executablePath === undefined) throw new Error('no Chromium: install it, or name one in CHROMIUM');
  // One that has crashed, or was closed, is not there for the next file.
  if ((await running)?.isConnected() === false) running = undefined;
  running ??= chromium.launch({ executablePath, args: ARGUMENTS, timeout: WAIT_LIMIT_MS });
  return running;
}

function newestMs(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

/** One builds while the others wait: every test file runs in a process of its own, and they share one dist folder. */
const LOCK = join(root, 'dist/.console-is-being-built');

/** The tests look at what the server serves, so it must be what the sources say. */
async function buildConsole(): Promise<void> {
  const built = join(DIST, 'index.html');
  const isFresh = () => existsSync(built) && statSync(built).mtimeMs > newestMs(join(root, 'src/console'));
  if (isFresh() && !existsSync(LOCK)) return;
  mkdirSync(dirname(LOCK), { recursive: true });
  try {
    mkdirSync(LOCK);
  } catch {
    await until('another test to build the console', () => !existsSync(LOCK));
    return buildConsole();
  }
  try {
    if (isFresh()) return;
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], {
      cwd: root,
      encoding: 'utf8',
      // The test runner's own setting would give the development build of React, which is several times slower.
      env: { ...process.env, NODE_ENV: 'production' },
    });
    if (status !== 0) throw new Error(`vite build: ${stderr}`);
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

export interface WatchedPage {
  readonly page: Page;
  /** What the browser complained about: errors on its console, exceptions, requests that left the server's origin. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface PageOptions {
  readonly language?: 'zh' | 'en';
  readonly theme?: 'light' | 'dark';
  /**
   * A window with settings of its own, and nothing in it from earlier ones; `{}` for a test that does something to all of
   * its pages, such as installing a clock.
   */
  readonly context?: BrowserContextOptions;
  /**
   * For a test that is about the map. All others have a graphics driver without WebGL, as old ones are: the page says that it
   * has no map and does all the rest. Drawing it in software takes longer than what such tests are about.
   */
  readonly withMap?: boolean;
}

const WITHOUT_WEBGL = `
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
  };
`;

/** Complaints that are part of a test's own story and of no interest. */
const EXPECTED = [
  // Asking who is signed in before anybody is.
  /status of 401/,
  // A server that is restarted under the page.
  /WebSocket connection to .* failed|net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH)/,
];

const WINDOW = { viewport: { width: 1440, height: 900 } };

/**
 * Windows in which no page is open. The next page is opened in one of them, and finds the console's sources there, loaded
 * and compiled: a new window for each reads and compiles two megabytes each time, which is most of what a page costs.
 */
const idleWindows = new WeakMap<Browser, BrowserContext[]>();

async function windowFor(browser: Browser, own: BrowserContextOptions | undefined): Promise<BrowserContext> {
  const idle = own === undefined ? idleWindows.get(browser)?.pop() : undefined;
  const context = idle ?? (await browser.newContext({ ...WINDOW, ...own }));
  context.setDefaultTimeout(WAIT_LIMIT_MS);
  return context;
}

/** What somebody chose or was signed in as is not there for whoever comes next. */
async function giveBack(browser: Browser, context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.close()));
  await context.clearCookies();
  idleWindows.set(browser, [...(idleWindows.get(browser) ?? []), context]);
}

/** At the first document of a page: a browser that remembers nothing but these choices. */
const beginWith = (choices: Readonly<Record<string, string>>) => `
  if (sessionStorage.getItem('is-open') === null) {
    sessionStorage.setItem('is-open', 'true');
    localStorage.clear();
    for (const [name, value] of Object.entries(${JSON.stringify(choices)})) localStorage.setItem(name, JSON.stringify(value));
  }
`;

export async function openPage(browser: Browser, origin: string, options: PageOptions = {}): Promise<WatchedPage> {
  const context = await windowFor(browser, options.context);
  const page = await context.newPage();
  await page.addInitScript(
    beginWith({ 'brink.language': options.language ?? 'zh', 'brink.theme': options.theme ?? 'light' }),
  );
  if (options.withMap !== true) await page.addInitScript(WITHOUT_WEBGL);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.some((known) => known.test(message.text()))) {
      complaints.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) complaints.push(`outside request: ${url}`);
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    // A handler that is just fetching for a page which ends has nobody to give it to, and that is no fault.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    if (options.context === undefined) await giveBack(browser, context);
    else await context.close();
  };
  // What no test looks at any more would go on drawing beside the next one.
  afterTest(close);
  return { page, complaints, close };
}

/** Goes to another page within the application, which is there when this returns. */
export async function followLink(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
  // What stands there until then is the page before.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  await page.locator('#content[aria-busy=true]').waitFor({ state: 'detached' });
}

/** The session of each person who has signed in at a server, by server and name. */
const sessions = new Map<string, Parameters<BrowserContext['addCookies']>[0]>();

/**
 * Signs in at an address of the console, which is the page one is on afterwards. A test whose story is on another page
 * than the first begins there: drawing the map of the first costs more than all the rest of it. Somebody who has signed in
 * before in this file of tests comes back with that session, as people do: the form is of interest once.
 */
export async function signIn(page: Page, address: string, username: string, password: string): Promise<void> {
  const context = page.context();
  const { origin } = new URL(address);
  const known = sessions.get(`${origin} ${username}`);
  if (known !== undefined) await context.addCookies(known);
  await page.goto(address);
  const form = page.locator('input[name=username]');
  const inside = page.locator('.shell, [data-testid=wall]').first();
  await form.or(inside).first().waitFor();
  if (await form.isVisible()) {
    await form.fill(username);
    await page.locator('input[name=password]').fill(password);
    await page.keyboard.press('Enter');
    await inside.waitFor();
    sessions.set(`${origin} ${username}`, await context.cookies(origin));
  }
}
