import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { type Brink, plainSite, publish, type SiteSpec, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { influxAvailable, startInflux, type TestInflux } from '../support/influx-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** The whole server with InfluxDB as its history: what becomes of devices and operators while InfluxDB is not well. */

interface Health {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly [figure: string]: unknown }>>;
}

describe.skipIf(!influxAvailable())('a server whose history is InfluxDB', () => {
  let influx: TestInflux;
  let site: SiteSpec;
  let point: string;

  beforeAll(async () => {
    influx = await startInflux();
  });
  afterAll(async () => {
    await influx.close();
  });
  beforeEach(() => {
    // A point of its own, so that a server given from outside is not in the way.
    point = `pt-${randomUUID()}`;
    const plain = plainSite(1, {});
    site = {
      ...plain,
      site: {
        areas: [{ id: 'town' }],
        devices: [{ id: 'dev-1', profile: 'plain', secret: 'secret-1', points: [{ id: point, area: 'town' }] }],
      },
      thresholds: [{ point, rules: { high: { metric: 'v', levels: { red: { above: 900_000 } } } } }],
    };
  });
  afterEach(async () => {
    influx.fault = undefined;
    await influx.setDown(false);
  });

  function start(flags: readonly string[] = [], settings: object = {}, data = temporaryFolder()): Promise<Brink> {
    const config = join(temporaryFolder(), 'brink.json');
    const { url, token, org, bucket } = influx;
    const all = { history: 'influx', influxUrl: url, influxToken: token, influxOrg: org, influxBucket: bucket };
    writeFileSync(config, JSON.stringify({ ...all, ...settings }));
    return startBrink(site, { data, flags: ['--config', config, ...flags] });
  }

  const T0 = Date.UTC(2026, 4, 1);
  const healthOf = async (brink: Brink) => (await (await brink.call('GET', '/health')).json()) as Health;
  const lagOf = async (brink: Brink) => Number((await healthOf(brink)).checks.history?.lag);
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  async function valuesOf(brink: Brink, metric = 'v'): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let cursor = ''; ; ) {
      const page = await brink.get<{ items: { value: unknown }[]; next: string | null }>(
        `/points/${point}/readings?metric=${metric}&from=0${cursor}`,
      );
      all.push(...page.items.map(({ value }) => value));
      if (page.next === null) return all;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  test.each([
    ['is down', () => influx.setDown(true), () => influx.setDown(false)],
    ['never answers', () => fault({ kind: 'hang' }), () => fault(undefined)],
    ['says that it is overloaded', () => fault({ kind: 'answer', status: 503 }), () => fault(undefined)],
    [
      'asks to be left alone for an hour',
      () => fault({ kind: 'answer', status: 429, headers: { 'retry-after': '3600' } }),
      () => fault(undefined),
    ],
  ] satisfies [
    string,
    () => Promise<void>,
    () => Promise<void>,
  ][])('while it %s every message is acknowledged and every alert raised, and a restart finds everything afterwards', async (_name, begin, end) => {
    const brink = await start();
    const device = await brink.device('dev-1');
    const live = await brink.live();
    await publish(device, { ts: T0, values: { v: 0 } });
    expect(await valuesOf(brink)).toEqual([0]);

    await begin();
    for (let i = 1; i < 200; i++) await publish(device, { ts: T0 + i, values: { v: i } });
    await publish(device, { ts: T0 + 200, values: { v: 999_999 } });
    await until('the alert', () => live.events().some(({ event }) => event === 'raised'));
    const again = await brink.restart();
    await publish(await again.device('dev-1'), { ts: T0 + 201, values: { v: 1 } });
    await end();
    await until('all of it', async () => {
      const response = await again.call('GET', `/points/${point}/readings?metric=v&from=0`);
      return response.ok && ((await response.json()) as { items: unknown[] }).items.length === 202;
    });
    expect(await valuesOf(again)).toEqual([...upTo(200), 999_999, 1]);
    expect((await healthOf(again)).checks.history).toMatchObject({ status: 'ok' });
    await until('the cursor to be there', async () => (await lagOf(again)) === 0);
  });

  test('an outage is in the health, in the figures and in the answers to questions, with what it is and what lags', async () => {
    const brink = await start();
    const device = await brink.device('dev-1');
    await influx.setDown(true);
    for (let i = 0; i < 300; i++) await publish(device, { ts: T0 + i, values: { v: i } });
    const { history } = (
      await until('the outage', async () => {
        const health = await healthOf(brink);
        return health.checks.history?.outage === 'refused' && health;
      })
    ).checks;
    expect(history).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('does not answer'),
      rejected: 0,
    });
    expect(history?.lag).toBeGreaterThanOrEqual(300);
    const answer = await brink.call('GET', `/points/${point}/readings?metric=v&from=0`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'history-unavailable',
      detail: expect.stringContaining('InfluxDB does not answer'),
    });
    const figures = async () => (await brink.call('GET', '/metrics')).text();
    expect(await figures()).toMatch(/^brink_history_failing 1$/m);
    expect(await figures()).toMatch(/^brink_history_outages_total\{cause="refused"\} 1$/m);
    expect(Number(/^brink_history_lag_entries (\d+)$/m.exec(await figures())?.[1])).toBeGreaterThanOrEqual(300);
    await influx.setDown(false);
    await until(
      'the end',
      async () => (await healthOf(brink)).checks.history?.status === 'ok' && (await lagOf(brink)) === 0,
    );
    expect(await valuesOf(brink)).toEqual(upTo(300));
    expect(await figures()).toMatch(/^brink_history_failing 0$/m);
  });

  test('without the organisation that the server asks for it does not start, and says how to give it', async () => {
    const failed = start([], { influxOrg: undefined });
    await expect(failed).rejects.toThrow(ConfigError);
    await expect(failed).rejects.toThrow(/--influx-org, BRINK_INFLUX_ORG/);
  });

  async function fault(what: ReturnType<NonNullable<TestInflux['fault']>>): Promise<void> {
    influx.fault = what === undefined ? undefined : () => what;
  }

  test('after an outage the backlog drains at several times the rate of the live traffic, which goes on', async () => {
    const brink = await start();
    const device = await brink.device('dev-1');
    await influx.setDown(true);
    const [messages, perMessage] = [60, 1_000];
    for (let k = 0; k < messages; k++) {
      const batch = Array.from({ length: perMessage }, (_, i) => {
        const n = k * perMessage + i;
        return { ts: T0 + n, values: { v: n } };
      });
      await publish(device, batch);
    }
    const backlog = messages * perMessage;
    await influx.setDown(false);
    let live = 0;
    do {
      for (let i = 0; i < 20; i++, live++)
        await publish(device, { ts: T0 + backlog + live, values: { v: backlog + live } });
    } while ((await lagOf(brink)) > live);
    // What was acknowledged meanwhile is what came in at the live rate, in the same time.
    expect(backlog + live).toBeGreaterThan(3 * live);
    expect(await valuesOf(brink)).toEqual(upTo(backlog + live));
  });

  test('what it rejects is in the quarantine with its reason, and all the rest is stored', async () => {
    // A week long ago, another one for each run, in which somebody has made the field of numbers one of texts.
    const week = Date.UTC(2002, 0, 7) + Math.floor(Math.random() * 600) * 7 * 86_400_000;
    const query = new URLSearchParams({ org: influx.org, bucket: influx.bucket, precision: 'ns' });
    const spoilt = await fetch(`${influx.url}/api/v2/write?${query}`, {
      method: 'POST',
      headers: { authorization: `Token ${influx.token}` },
      body: `reading,point=spoilt-${point} number="text" ${week}000000`,
    });
    expect(spoilt.status).toBe(204);
    const brink = await start();
    const device = await brink.device('dev-1');
    const writes = influx.writes();
    await publish(device, [
      { ts: week + 1_000, values: { v: 1 } },
      ...upTo(50).map((i) => ({ ts: T0 + i, values: { v: i, on: i % 2 === 0 } })),
      { ts: week + 2_000, values: { v: 2 } },
    ]);
    expect(await valuesOf(brink)).toEqual(upTo(50));
    expect(await valuesOf(brink, 'on')).toEqual(upTo(50).map((i) => i % 2 === 0));
    const { items } = await until('the quarantine', async () => {
      const found = await brink.get<{ items: Record<string, unknown>[] }>('/quarantine?reason=history-rejected');
      return found.items.length > 0 ? found : undefined;
    });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      device: 'dev-1',
      detail: expect.stringMatching(/^2 × .* – .*: .*field type conflict/),
    });
    const lines = String(items[0]?.payload).split('\n').sort();
    expect(lines).toEqual(
      [1, 2].map((n) =>
        expect.stringMatching(new RegExp(`^reading,.*point=${point} number=${n},.* ${week + n * 1_000}000000$`)),
      ),
    );
    // All lines, those with numbers, and halves of these until the two are alone.
    expect(influx.writes() - writes).toBeLessThanOrEqual(20);
    expect((await healthOf(brink)).checks.history).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('does not take some of the readings'),
      rejected: 2,
    });
    expect(await (await brink.call('GET', '/metrics')).text()).toMatch(
      /^brink_history_rejected_total\{reason="type-conflict"\} 2$/m,
    );

    const file = join(temporaryFolder(), 'readings.csv');
    const rows = [week + 3_000, T0 + 1_000, week + 4_000].map((tsMs) => `${point},v,${tsMs},7`);
    writeFileSync(file, ['point,metric,time,value', ...rows, ''].join('\n'));
    const data = brink.flags[brink.flags.indexOf('--data') + 1] ?? '';
    const run = await runBrinkCli(['import-readings', file, '--data', data]);
    expect(run.stdout).toMatch(/^1 reading imported\n2 readings rejected: .*field type conflict.*\n$/);
    expect(run.status).toBe(1);
    expect(await valuesOf(brink)).toEqual([...upTo(50), 7]);
  });

  test('the journal’s limit: a warning at 70 %, no acknowledgement at 100 %, and then everything goes on', async () => {
    const brink = await start(['--journal-bytes-max', '1MiB']);
    const device = await brink.device('dev-1');
    const live = await brink.live();
    const eventsOf = (rule: string, event: string) =>
      live.events().filter((one) => one.alert.rule === rule && one.event === event);
    await influx.setDown(true);
    const perMessage = 500;
    let sent = 0;
    const send = () => {
      const first = sent;
      sent += perMessage;
      return publish(
        device,
        Array.from({ length: perMessage }, (_, i) => ({ ts: T0 + first + i, values: { v: first + i } })),
      );
    };
    const isFull = async () => (await healthOf(brink)).checks.journal?.status;

    while ((await isFull()) === 'ok') await send();
    expect(await isFull()).toBe('degraded');
    const warned = await until('the warning', () => eventsOf('journal-near-limit', 'raised')[0]);
    expect(warned.alert).toMatchObject({ kind: 'system', level: 'orange', state: 'active' });
    expect(eventsOf('journal-failing', 'raised')).toEqual([]);

    let acknowledged = sent;
    let refused = Promise.resolve();
    const failing = () => eventsOf('journal-failing', 'raised')[0];
    while (failing() === undefined) {
      let isAcknowledged = false;
      refused = send().then(() => {
        isAcknowledged = true;
      });
      await until('the acknowledgement or the limit', () => isAcknowledged || failing());
      if (isAcknowledged) acknowledged = sent;
    }
    expect(eventsOf('journal-failing', 'raised')[0]?.alert).toMatchObject({ kind: 'system', level: 'red' });
    expect((await brink.call('GET', '/health')).status).toBe(503);
    expect(acknowledged).toBe(sent - perMessage);

    await influx.setDown(false);
    await refused;
    await until('the end of both alerts', () =>
      ['journal-failing', 'journal-near-limit'].every((rule) => eventsOf(rule, 'cleared').length === 1),
    );
    await send();
    expect(await valuesOf(brink)).toEqual(upTo(sent));
    expect(await isFull()).toBe('ok');
  });

  test('a warning of before a restart ends when there is room', async () => {
    const data = temporaryFolder();
    const before = await start(['--journal-bytes-max', '1MiB'], {}, data);
    const device = await before.device('dev-1');
    await influx.setDown(true);
    const events = async (brink: Brink, event: string) => {
      const { items } = await brink.get<{ items: { event: string; alert: { rule: string } }[] }>('/events');
      return items.filter((one) => one.event === event && one.alert.rule === 'journal-near-limit');
    };
    // No further than that: at the limit nothing is acknowledged, and this would wait for ever.
    for (let sent = 0; (await healthOf(before)).checks.journal?.status === 'ok'; sent += 500) {
      await publish(
        device,
        Array.from({ length: 500 }, (_, i) => ({ ts: T0 + sent + i, values: { v: i } })),
      );
    }
    await until('the warning', async () => (await events(before, 'raised')).length === 1);
    await before.close();
    const after = await start(['--journal-bytes-max', '1GiB'], {}, data);
    await until('the end of the warning', async () => (await events(after, 'cleared')).length === 1);
    expect(await events(after, 'raised')).toHaveLength(1);
  });

  test('both stores give the same answers to the same questions', async () => {
    const values = [
      { v: 12.5, on: true },
      { v: -3, on: false },
      { v: 1e6 + 0.1 },
      { v: 2_000_000 },
      { on: true },
      { v: 1 / 3 },
    ];
    const answersOf = async (brink: Brink) => {
      const device = await brink.device('dev-1');
      for (const [i, one] of values.entries()) await publish(device, { ts: T0 + i * 1_000, values: one });
      await publish(device, { ts: T0 + 500, values: { v: 7 } });
      const ask = (query: string) => brink.get(`/points/${point}/readings?${query}`);
      const csv = await brink.call('GET', `/readings/export?points=${point}`);
      return [
        await ask('metric=v&from=0'),
        await ask('metric=on&from=0'),
        await ask(`metric=v&from=${T0}&to=${T0 + 3_000}&limit=2`),
        await ask(`metric=v&from=${T0}&to=${T0 + 6_000}&every=2s`),
        await ask(`metric=on&from=${T0}&to=${T0 + 6_000}&every=1d`),
        await csv.text(),
      ];
    };
    const embedded = await answersOf(await startBrink(site));
    const influxed = await answersOf(await start());
    expect(influxed).toEqual(embedded);
    expect(String(embedded.at(-1)).trimEnd().split('\n')).toHaveLength(10);
  });
});
