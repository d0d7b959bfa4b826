import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary.ts';

function problems(args: string[], environment: NodeJS.ProcessEnv = {}): string[] {
  try {
    loadConfig(args, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

function file(text: string): string {
  const path = join(temporaryFolder(), 'brink.yaml');
  writeFileSync(path, text);
  return path;
}

describe('configuration', () => {
  test('has defaults that run on a bare machine', () => {
    expect(loadConfig([], {})).toMatchObject({
      data: './data',
      http: { host: '127.0.0.1', port: 8080 },
      mqtt: { host: '127.0.0.1', port: 1883 },
      auth: 'password',
      clockSkewMax: 60_000,
      packetBytesMax: 8_388_608,
      journalBytesMax: 8 * 2 ** 30,
    });
  });

  test('flags beat the environment, which beats the file', () => {
    const path = file('http: 1\nmqtt: 2\ndata: /from/file\n');
    const config = loadConfig(['--config', path, '--http', '[::1]:3'], {
      BRINK_HTTP: '4',
      BRINK_MQTT: '5',
      BRINK_AUTH: '',
    });
    expect(config).toMatchObject({
      http: { host: '::1', port: 3 },
      mqtt: { host: '127.0.0.1', port: 5 },
      data: '/from/file',
    });
  });

  test('says everything that is wrong at once, each with its place', () => {
    const path = file('mqtt: 70000\nnonsense: 1\n');
    expect(problems(['--config', path, '--http', 'x'], { BRINK_RETENTION: '3 weeks' })).toEqual([
      'flags: --http: found "x", expected [HOST:]PORT with a port from 0 to 65535',
      `${path}: mqtt: found 70000, expected [HOST:]PORT with a port from 0 to 65535`,
      'environment: BRINK_RETENTION: found "3 weeks", expected a duration such as 500ms, 30s, 10m, 8h or 1h30m',
      expect.stringMatching(/brink\.yaml: nonsense: found an unknown setting, expected one of data, /),
    ]);
  });

  test('the zone of the site is one that there is', () => {
    expect(loadConfig([], {})?.timeZone).toBe('Asia/Shanghai');
    expect(problems(['--time-zone', 'Asia/Chongqin'])).toEqual([
      'flags: --time-zone: found "Asia/Chongqin", expected a time zone of the IANA list such as Asia/Shanghai',
    ]);
  });

  test('takes other brokers from the file or as JSON, and repeats no password of theirs', () => {
    const feed = { name: 'tts', url: 'mqtts://eu1.example:8883', user: 'app@ttn', password: 'key-1', topics: ['v3/#'] };
    const path = file(JSON.stringify({ feeds: [feed] }));
    expect(loadConfig(['--config', path], {})?.feeds).toEqual([feed]);
    expect(loadConfig([], { BRINK_FEEDS: JSON.stringify([feed]) })?.feeds).toEqual([feed]);
    expect(loadConfig([], {})?.feeds).toEqual([]);
    const wrong = [{ ...feed, url: 'http://x', password: 'key-2', topic: 'x' }, { ...feed, topics: [] }, 'key-3'];
    const said = problems(['--config', file(JSON.stringify({ feeds: wrong }))]);
    expect(said.map((line) => line.replace(/^.*brink\.yaml: /, ''))).toEqual([
      'feeds.0.url: found something else, expected an address such as mqtts://broker.example:8883',
      expect.stringMatching(/^feeds\.0: found something else, expected .*topic/),
      expect.stringMatching(/^feeds\.1\.topics: found something else, expected /),
      expect.stringMatching(/^feeds\.2: found /),
    ]);
    expect(said.join()).not.toContain('key-');
    expect(problems([], { BRINK_FEEDS: JSON.stringify([feed, feed]) }).join()).toContain('a name of its own');
    expect(problems([], { BRINK_FEEDS: '[{' }).join()).toMatch(/^environment: BRINK_FEEDS: found something else/);
  });

  test('platforms that push are a list of the file or of the environment, whose secrets no problem repeats', () => {
    const push = { name: 'town', platform: 'ctwing', secret: 'a secret of some length' };
    expect(loadConfig([], { BRINK_PUSHES: JSON.stringify([push]) })?.pushes).toEqual([push]);
    expect(loadConfig([], {})?.pushes).toEqual([]);
    const wrong = [
      { ...push, platform: 'other' },
      { ...push, name: 'b', secret: 'key-1' },
    ];
    const said = problems(['--config', file(JSON.stringify({ pushes: wrong }))]).join('\n');
    expect(said).toMatch(/pushes\.0\.platform: .*ctwing.*\n.*pushes\.1\.secret: .*16/);
    expect(said).not.toContain('key-1');
    expect(problems([], { BRINK_PUSHES: JSON.stringify([push, push]) }).join()).toContain('a name of its own');
  });

  test('a cluster is three servers or more, with a name of its own for this one', () => {
    const servers = ['nats://a:4222', 'nats://b:4222', 'tls://c:4222'];
    const cluster = ['--cluster', servers.join(' , '), '--node', 'b'];
    expect(loadConfig(cluster, {})).toMatchObject({ cluster: servers, node: 'b' });
    expect(problems(['--cluster', servers.join(',')]).join()).toContain('found one of cluster and node');
    for (const few of ['nats://a:4222', 'nats://a:1,nats://a:1,nats://b:1', 'http://a:1,nats://b:1,nats://c:1']) {
      const said = problems(['--cluster', few, '--node', 'b']);
      expect(said.join()).toContain('--cluster: found');
      expect(said.join()).toContain('nats://HOST:PORT of three servers or more');
    }
    const four = 'http://a:1,http://b:1,http://c:1,http://d:1';
    expect(problems([...cluster, '--cluster-monitors', four]).join()).toContain('4 addresses for 3 servers');
    const above = ['--gbt26875-report', 'a:1', '--gbt26875-report-as', '0A0b0c0d0e0f'];
    expect(problems([...cluster, ...above]).join()).toContain('every server of a cluster would tell');
  });

  test('takes a fire platform above with the address that it has given, and not one without the other', () => {
    const flags = ['--gbt26875-report', '10.1.2.3:9687', '--gbt26875-report-as', '0A0b0c0d0e0f'];
    expect(loadConfig(flags, {})).toMatchObject({
      gbt26875Report: { host: '10.1.2.3', port: 9_687 },
      gbt26875ReportAs: '0A0b0c0d0e0f',
    });
    expect(problems(flags.slice(0, 2)).join()).toContain('expected both of them, or none');
    expect(problems(['--gbt26875-report', '10.1.2.3:0', '--gbt26875-report-as', '1']).length).toBe(2);
  });

  test('does not let a server beyond loopback go without authentication, on either port', () => {
    expect(problems(['--auth', 'none', '--mqtt', '0.0.0.0:1883'])[0]).toContain('a listener on 0.0.0.0');
    expect(problems(['--auth', 'none', '--http', '0.0.0.0:80'])).toHaveLength(1);
    expect(problems(['--auth', 'none'])).toEqual([]);
  });

  test('the sample site is for loopback, and for nobody who has files of his own', () => {
    expect(loadConfig([], {})).toMatchObject({ sample: false });
    expect(loadConfig([], {})).not.toHaveProperty('devices');
    expect(loadConfig(['--sample', '--http', '0'], {})).toMatchObject({ sample: true, http: { port: 0 } });
    expect(loadConfig(['--sample', 'false'], { BRINK_SAMPLE: 'true' })).toMatchObject({ sample: false });
    for (const listener of ['--mqtt', '--http']) {
      expect(problems(['--sample', listener, '0.0.0.0:0'])).toEqual([expect.stringContaining('secrets everybody can')]);
    }
    expect(problems(['--sample', '--devices', 'mine'])).toEqual([expect.stringContaining('one of them')]);
  });

  test('wants certificate, key and address of MQTT over TLS together', () => {
    expect(problems(['--mqtts', '8883'])[0]).toContain('all three of them, or none');
  });

  test.each([
    ['an unknown flag', ['--nope', '1'], "unknown option '--nope'"],
    ['a flag given twice', ['--http', '1', '--http', '2'], 'given twice'],
    ['a file that is not there', ['--config', '/nowhere/x.yaml'], 'ENOENT'],
  ])('%s is said plainly', (_what, args, text) => {
    expect(problems(args).join()).toContain(text);
  });

  test('a file that is no YAML names its line', () => {
    expect(problems(['--config', file('a: [1,\nb: 2')])[0]).toMatch(/brink\.yaml:\d+: found /);
  });

  test('a file of aliases of aliases is refused at its line, and one anchor may be used often', () => {
    const doubled = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n');
    expect(problems(['--config', file(`a0: &a0 x\n${doubled}\n`)])).toEqual([
      expect.stringMatching(/brink\.yaml:31: found aliases that stand for/),
    ]);
    const often = Array.from({ length: 200 }, () => '*a').join(', ');
    expect(problems(['--config', file(`data: &a x\nnonsense: [${often}]\n`)])).toEqual([
      expect.stringContaining('nonsense: found an unknown setting'),
    ]);
  });

  test('secrets cannot be given where everybody on the machine can read them', () => {
    expect(problems(['--admin-password', 'secret-secret'])[0]).toContain('unknown option');
    expect(loadConfig([], { BRINK_ADMIN_PASSWORD: 'secret-secret' })?.adminPassword).toBe('secret-secret');
  });
});
