import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Every command that README and docs show is run as it stands there, in the order of the text; the others say why not. */

const DOCUMENTS = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const NOT_RUN: readonly (readonly [beginning: string, why: string])[] = [
  ['npm ci', 'it installs what this test runs with'],
  ['npm run demo', 'it does not end by itself'],
  ['npm test', 'it is what runs this test'],
  ['npm run example', 'it writes into the sources; what it has written is checked by the tests of the API document'],
  ['openssl req', 'transports.test.ts makes a certificate in the same way'],
  ['npm start -- --cluster', 'cluster.test.ts starts servers of one'],
  ['npm start -- --mqtts', 'transports.test.ts serves TLS with such a certificate'],
  ['mosquitto_pub -h brink.example', 'transports.test.ts connects with the certificate as the authority'],
  ['npm run brink -- device watch', 'it waits for messages; device-watch.test.ts runs it'],
  ['npm run brink -- device guard-check', 'it needs a fire host that is connected; device-commands.test.ts runs it'],
  [
    'npm run brink -- notify',
    'it needs a setup; notify-files, notify-explain and notify-sheet.test.ts run its commands',
  ],
  ['npm run brink -- people', 'it needs a setup; notify-people-sheets.test.ts runs it'],
  ['npm run brink -- calendar', 'it needs a setup; notify-people-sheets.test.ts runs it'],
  ['npm run brink -- rota', 'it needs a setup; notify-people-sheets.test.ts runs it'],
  ['npm run brink -- routes', 'it needs a setup; notify-people-sheets.test.ts runs it'],
  ['chromium --kiosk', 'a browser on a screen; the page it opens has a test of its own'],
];

/** The time of the examples, which have dates. */
const NOW_MS = Date.parse('2026-07-02T08:00:00+08:00');

interface Block {
  readonly place: string;
  /** As it stands behind the fence; empty for a drawing or a message. */
  readonly language: string;
  readonly lines: readonly string[];
}

function blocksOf(document: string): Block[] {
  const found: Block[] = [];
  let open: { place: string; language: string; lines: string[] } | undefined;
  readFileSync(document, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const fence = /^ *```(.*)$/.exec(line);
      if (fence === null) open?.lines.push(line);
      else if (open === undefined) open = { place: `${document}:${index + 2}`, language: fence[1] ?? '', lines: [] };
      else {
        found.push(open);
        open = undefined;
      }
    });
  return found;
}

/** The commands of a block, and their lines. */
function commandsOf({ language, place, lines }: Block): { readonly place: string; readonly command: string }[] {
  if (language !== 'sh') return [];
  const [document, first] = place.split(':');
  return lines.flatMap((line, index) =>
    line
      .replace(/ {2,}#.*$/, '')
      .split(' && ')
      .flatMap((command) =>
        command.trim() === '' ? [] : [{ place: `${document}:${Number(first) + index}`, command: command.trim() }],
      ),
  );
}

/** A command line as a shell would take it apart. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ''));
}

/** What a document's commands are run with: a server with the sample site, and a folder for the files they name. */
interface Place {
  readonly brink: Brink;
  readonly data: string;
  readonly folder: string;
}

const FILES = ['site', 'new.yaml', 'message.json', 'july.csv', 'gas.parquet', 'devices.xlsx'];

function fileOf({ folder, data }: Place, word: string): string {
  if (word === './data') return data;
  if (word.startsWith('/mnt/') || word.startsWith('/var/')) return join(folder, word.replaceAll('/', '-'));
  return FILES.some((name) => word === name || word.startsWith(`${name}/`)) ? join(folder, word) : word;
}

/** Undefined where all went well, otherwise what did not. */
async function run(place: Place, command: string): Promise<string | undefined> {
  const [first = '', ...rest] = wordsOf(command);
  if (first === 'mosquitto_pub') return publish(place, rest);
  if (first === 'curl') return post(place, rest);
  const environment = /^[A-Z_]+=/.test(first) ? { [first.split('=')[0] ?? '']: 'a secret of some length' } : {};
  const words = Object.keys(environment).length === 0 ? [first, ...rest] : rest;
  const script = words.slice(0, 3).join(' ');
  if (script.startsWith('npm start')) return start(place, words.slice(3), environment);
  if (script !== 'npm run brink') return 'a command that this test does not know: run it, or say why not';
  return brinkCommand(place, words.slice(4));
}

async function publish({ brink }: Place, words: readonly string[]): Promise<undefined> {
  const after = (flag: string) => words[words.indexOf(flag) + 1] ?? '';
  const client = await mqtt.connectAsync(brink.app.mqtt, { reconnectPeriod: 0 });
  await client.publishAsync(after('-t'), after('-m'), { qos: 1 });
  await client.endAsync();
}

/** As curl does it; not every machine has one. */
async function post({ brink }: Place, words: readonly string[]): Promise<string | undefined> {
  const after = (flag: string) => words[words.indexOf(flag) + 1] ?? '';
  const url = (words.at(-1) ?? '').replace('http://localhost:8080', brink.app.http);
  const headers = {
    authorization: `Basic ${Buffer.from(after('-u')).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const answer = await fetch(url, { method: 'POST', headers, body: after('-d') });
  const said = await answer.text();
  return answer.status === 200 && said === '{"readings":1,"quarantined":null}' ? undefined : `${answer.status} ${said}`;
}

async function start(place: Place, given: readonly string[], environment: Record<string, string>) {
  const flags = given.map((word) => fileOf(place, word).replace(/:(8080|1883)$/, ':0'));
  const config = loadConfig(flags, environment);
  if (config === undefined) return 'help';
  // There is no InfluxDB at the address of the example; what a server does with one is tested elsewhere.
  if (config.history === 'influx') return undefined;
  const free = { http: { ...config.http, port: 0 }, mqtt: { ...config.mqtt, port: 0 } };
  const app = await startApp({ ...config, ...free }, { log: pino({ level: 'silent' }) });
  await app.close();
  return undefined;
}

async function brinkCommand(place: Place, shown: readonly string[]): Promise<string | undefined> {
  const { brink, data } = place;
  const words: string[] = [];
  for (const word of shown) words.push(word === 'ID' ? await proposal(brink) : fileOf(place, word));
  const url = words.indexOf('--url');
  if (url >= 0) words[url + 1] = brink.app.http;
  const ofFilesAlone = words[0] === 'check' || (words[0] === 'plan' && words[1] === 'check');
  const isLocal = url < 0 && !ofFilesAlone && !words.includes('--data');
  const given = [...words, ...(isLocal ? ['--data', data] : [])];
  const { status, stdout, stderr } = await runBrinkCli(given, '', { BRINK_TOKEN: await tokenOf(brink) });
  return status === 0 ? undefined : `ended with ${status}: ${stdout}${stderr}`;
}

async function tokenOf(brink: Brink): Promise<string> {
  const made = await brink.call('POST', '/tokens', { name: 'elsewhere', role: 'admin' });
  return ((await made.json()) as { token: string }).token;
}

const DEVICES = readdirSync('devices', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `devices/${name}/README.md`);

/**
 * Who is meant by an example of a payload: a device of that profile, or of gas, which README writes of. The sample site has
 * none of some kinds: one is registered then.
 */
async function deviceOf({ brink }: Place, example: string): Promise<string> {
  const profile = /^devices\/([^/]+)\//.exec(example)?.[1] ?? 'combustible-gas';
  const { items } = (await (await brink.call('GET', '/devices?limit=1000')).json()) as {
    items: { id: string; profile: string }[];
  };
  const known = items.find((device) => device.profile === profile)?.id;
  if (known !== undefined) return known;
  const id = `example-${profile}`;
  await brink.call('PUT', `/devices/${id}`, { profile, points: [{ id, area: 'market' }] });
  return id;
}

/** Undefined for an example that holds, false for what is none, otherwise what is wrong. */
async function tryExample(place: Place, block: Block, index: number): Promise<string | false | undefined> {
  const text = block.lines.join('\n');
  const fileNamed = (name: string) => {
    writeFileSync(join(place.folder, name), text);
    return join(place.folder, name);
  };
  const command = async (...words: string[]) => {
    const failure = await brinkCommand(place, words);
    return failure === undefined ? undefined : `${block.place}: ${failure}`;
  };
  switch (block.language) {
    case 'json': {
      const path = `/ingest/${await deviceOf(place, block.place)}`;
      const { status } = await place.brink.call('POST', path, JSON.parse(text));
      return status < 300 ? undefined : `${block.place}: refused with ${status}`;
    }
    case 'csv': {
      const of = text.includes('设备编号') ? ['device', 'import'] : ['import'];
      return command(...of, fileNamed(`example-${index}.csv`), '--dry-run');
    }
    case 'yaml': {
      if (text.includes('applies:')) {
        const plans = join(place.folder, `plans-${index}`);
        mkdirSync(plans);
        writeFileSync(join(plans, 'example.yaml'), text);
        return command('plan', 'check', plans);
      }
      if (!text.includes('input:')) return command('thresholds', 'preview', fileNamed(`example-${index}.yaml`));
      const thresholds = join(place.folder, `thresholds-${index}`);
      cpSync('thresholds', thresholds, { recursive: true });
      writeFileSync(join(thresholds, 'example.test.yaml'), text);
      return command('check', '--thresholds', thresholds);
    }
    default: {
      const forgotten = block.lines.find((line) => /^(\$ )?(npm|npx|node|brink|mosquitto_\w+|docker|curl) /.test(line));
      return forgotten === undefined ? false : `${block.place}: a command outside of a block of sh: ${forgotten}`;
    }
  }
}

/** Somebody else's proposal, for a second person to decide on. */
async function proposal(brink: Brink): Promise<string> {
  const path = '/points/underpass-01/thresholds';
  const present = await brink.call('GET', path);
  const document = (await present.json()) as { rules: { depth: { levels: { red: { above: number } } } } };
  document.rules.depth.levels.red.above += 5;
  const headers = { 'if-match': present.headers.get('etag') ?? '' };
  const proposed = await brink.call('PUT', `${path}?reason=looser`, document, headers);
  const body = (await proposed.json()) as { id?: string; proposal?: { id: string } };
  return body.proposal?.id ?? body.id ?? `no proposal but ${JSON.stringify(body)}`;
}

test('every command of README and docs does what it says', async () => {
  const folder = temporaryFolder();
  const data = temporaryFolder();
  const flags = ['--sample', '--auth', 'none', '--second-approval', 'true'];
  const brink = await startBrink(null, { data, clock: createFakeClock(NOW_MS), flags });
  const place: Place = { brink, data, folder };

  // What the reader of the examples has: a month with readings, and limits in a file that he wants.
  const from = Date.parse('2026-07-01T07:00:00+08:00');
  const readings = Array.from({ length: 200 }, (_, i) => ({ ts: from + i * 60_000, values: { ch4: i % 7 } }));
  await publish(place, ['-t', 'telemetry/gas-01', '-m', JSON.stringify(readings)]);
  const limits = { yellow: { above: 20 }, red: { above: 40 } };
  writeFileSync(join(folder, 'new.yaml'), JSON.stringify({ rules: { ch4: { metric: 'ch4', levels: limits } } }));
  writeFileSync(join(folder, 'message.json'), '{"depth": 12.5}');

  const failures: string[] = [];
  const done = new Set<string>();
  for (const document of DOCUMENTS) {
    for (const { place: line, command } of blocksOf(document).flatMap(commandsOf)) {
      if (done.has(command) || NOT_RUN.some(([beginning]) => command.startsWith(beginning))) continue;
      done.add(command);
      const failure = await run(place, command).catch((error: unknown) => String(error));
      if (failure !== undefined) failures.push(`${line}: ${command}\n${failure}`);
    }
    // Each document tells its own story from the beginning.
    for (const id of ['gauge-7', 'gauge-8']) await brink.call('DELETE', `/devices/${id}`);
  }
  expect(failures.join('\n\n')).toBe('');
  expect(done.size).toBeGreaterThan(25);

  const examples = [...DOCUMENTS, ...DEVICES].flatMap(blocksOf).filter(({ language }) => language !== 'sh');
  const tried: Awaited<ReturnType<typeof tryExample>>[] = [];
  for (const [index, block] of examples.entries()) tried.push(await tryExample(place, block, index));
  expect(tried.filter((failure) => typeof failure === 'string')).toEqual([]);
  expect(tried.filter((outcome) => outcome === undefined).length).toBeGreaterThan(40);
  // Payloads are acknowledged in any case; what could not be read of them would be here.
  const { items } = (await (await brink.call('GET', '/quarantine')).json()) as { items: unknown[] };
  expect(items).toEqual([]);
});

test('what is named in the midst of a sentence exists', async () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const { stdout: help } = await runBrinkCli(['--help']);
  const commands = [...help.matchAll(/^ {2}([a-z-]+)/gm)].map((match) => match[1]);
  expect(commands).toContain('backup');
  for (const document of DOCUMENTS) {
    const text = readFileSync(document, 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts, document).toHaveProperty([script]);
    for (const [, file = ''] of text.matchAll(/vitest run ([\w./-]+)/g)) expect(existsSync(file), file).toBe(true);
    for (const [, command] of text.matchAll(/`(?:npm run brink -- |brink )([a-z-]+)/g))
      expect(commands, document).toContain(command);
    for (const [, id = '', place = ''] of text.matchAll(/--(profile|point) ([a-z0-9-]+)/g)) {
      if (id === 'profile') expect(readdirSync('devices'), document).toContain(place);
    }
  }
});
