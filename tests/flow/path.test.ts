import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

const limits = { depth: { metric: 'v', levels: { yellow: { above: 15 }, red: { above: 40 } }, deadband: 2 } };

describe('from a device’s publish to an operator’s screen', () => {
  test('a breach is pushed, escalates, is acknowledged, clears, and can be read afterwards', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const live = await brink.live();
    expect(live.frames[0]).toEqual({ type: 'snapshot', seq: 0, log: expect.stringMatching(/./), alerts: [] });
    const device = await brink.device('dev-1');
    const t0 = Date.now() - 60_000;
    await publish(device, { ts: t0, values: { v: 15 } });
    await until('raised', () => live.events().length === 1);
    const [raised] = live.events();
    expect(raised).toMatchObject({
      type: 'event',
      seq: 1,
      event: 'raised',
      at: t0,
      by: null,
      alert: {
        point: 'pt-1',
        area: 'town',
        metric: 'v',
        rule: 'depth',
        level: 'yellow',
        state: 'active',
        acknowledged: false,
        unverified: false,
        latched: false,
        shelvedUntil: null,
        value: 15,
        limit: 15,
        unit: 'cm',
        raisedAt: t0,
        clearedAt: null,
        peak: { value: 15, at: t0, level: 'yellow' },
        thresholdRevision: 1,
        seq: 1,
      },
    });
    await publish(device, { ts: t0 + 1_000, values: { v: 50 } });
    const id = raised?.alert.id;
    await publish(device, { ts: t0 + 1_500, values: { v: 55 } });
    expect((await brink.get<Alert>(`/alerts/${id}`)).peak).toEqual({ value: 55, at: t0 + 1_500, level: 'red' });
    const ack = await brink.call('POST', `/alerts/${id}/ack`, { note: 'pump is on its way' });
    expect([ack.status, ((await ack.json()) as Alert).acknowledged]).toEqual([200, true]);
    expect((await brink.call('POST', `/alerts/${id}/ack`)).status).toBe(409);
    await publish(device, { ts: t0 + 2_000, values: { v: 30 } });
    await publish(device, { ts: t0 + 3_000, values: { v: 14 } });
    await publish(device, { ts: t0 + 4_000, values: { v: 12.9 } });
    await until('cleared', () => live.events().some((event) => event.event === 'cleared'));
    expect(
      live
        .events()
        .map((e) => [e.seq, e.event, e.at - (e.by === null ? t0 : e.at), e.alert.level, e.alert.state, e.by]),
    ).toEqual([
      [1, 'raised', 0, 'yellow', 'active', null],
      [2, 'escalated', 1_000, 'red', 'active', null],
      [3, 'acknowledged', 0, 'red', 'active', 'token:test'],
      [4, 'deescalated', 2_000, 'yellow', 'active', null],
      [5, 'cleared', 4_000, 'yellow', 'closed', null],
    ]);
    expect(live.events().at(-1)?.alert.peak).toEqual({ value: 55, at: t0 + 1_500, level: 'red' });
    expect(await brink.events()).toEqual(live.events());
    expect(await brink.alerts('active')).toEqual([]);
    const { items } = await brink.get<{ items: unknown[] }>(
      `/points/pt-1/readings?metric=v&from=${t0}&to=${t0 + 10_000}`,
    );
    expect(items.map((item) => (item as { value: number }).value)).toEqual([15, 50, 55, 30, 14, 12.9]);
    const point = await brink.get<{ values: { v: unknown }; online: boolean }>('/points/pt-1');
    expect(point).toMatchObject({
      online: true,
      values: { v: { value: 12.9, unit: 'cm', ts: t0 + 4_000, quality: 'good' } },
    });
  });

  test('what was acknowledged is there after a restart, alerts go on, and a console resumes without a gap', async () => {
    let brink = await startBrink(plainSite(2, limits));
    const device = await brink.device('dev-1');
    const t0 = Date.now() - 60_000;
    await publish(device, [
      { ts: t0, v: 20 },
      { ts: t0 + 1, v: 21 },
    ]);
    const [alert] = await brink.alerts('active');
    brink = await brink.restart();
    expect(await brink.alerts('active')).toEqual([alert]);
    const again = await brink.device('dev-1');
    await publish(again, { ts: t0 + 2, values: { v: 5 } });
    const live = await brink.live(1);
    await until('the missed event', () => live.events().length === 1);
    expect(live.events()).toMatchObject([{ seq: 2, event: 'cleared', alert: { id: alert?.id } }]);
    const { items } = await brink.get<{ items: { value: number }[] }>('/points/pt-1/readings?metric=v');
    expect(items.map((item) => item.value)).toEqual([20, 21, 5]);
  });

  test('a payload that cannot be read is acknowledged and kept with its reason; an unknown device too', async () => {
    const brink = await startBrink(plainSite(1, limits), { flags: ['--auth', 'none'] });
    const device = await brink.device('dev-1');
    await publish(device, 'not json');
    await device.publishAsync('telemetry/stranger', '{"v":1}', { qos: 2 });
    const { items } = await brink.get<{ items: Record<string, unknown>[] }>('/quarantine');
    expect(items.map((item) => [item.device, item.reason, item.payload])).toEqual([
      ['stranger', 'unknown-device', '{"v":1}'],
      ['dev-1', 'not-json', 'not json'],
    ]);
  });

  test('a state that nobody can read is a sensor fault, quarantined, and shown with its device; an alarm is unverified', async () => {
    const fire = { fire: { metric: 'on', latch: true, levels: { red: { equals: true } } } };
    const brink = await startBrink(plainSite(1, fire));
    const device = await brink.device('dev-1');
    await publish(device, { on: true, v: 1 });
    await publish(device, { on: 'ALARM', v: 2 });
    expect(await brink.events()).toMatchObject([
      { event: 'raised', alert: { rule: 'fire', level: 'red' } },
      { event: 'unverified', alert: { rule: 'fire', level: 'red', state: 'active' } },
      { event: 'raised', alert: { rule: 'range-on', kind: 'range', metric: 'on', level: 'blue' } },
    ]);
    const detail = 'on: expected a boolean, found "ALARM"';
    const { items } = await brink.get<{ items: unknown[] }>('/quarantine');
    expect(items).toMatchObject([{ device: 'dev-1', reason: 'bad-value', detail, payload: '{"on":"ALARM","v":2}' }]);
    expect(await brink.get('/devices/dev-1')).toMatchObject({
      refused: 1,
      lastRefusal: { reason: 'bad-value', detail },
    });
    expect(await brink.get('/points/pt-1')).toMatchObject({
      values: { on: { quality: 'bad' }, v: { value: 2, quality: 'good' } },
    });
    await publish(device, { on: false });
    expect((await brink.events()).slice(3)).toMatchObject([
      { event: 'note', note: 'condition-passed', alert: { rule: 'fire' } },
      { event: 'cleared', alert: { rule: 'range-on' } },
    ]);
  });

  test('almost JSON is read as what was meant and counted; bytes of another character set are kept as they came', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const device = await brink.device('dev-1');
    await publish(device, '{"v":50,"on":nan}\0');
    expect(await brink.events()).toMatchObject([{ event: 'raised', alert: { level: 'red', value: 50 } }]);
    expect(await brink.get('/devices/dev-1')).toMatchObject({ refused: 0, repaired: 1, lastRefusal: null });
    expect(await brink.get('/system')).toMatchObject({ sinceStart: { messages: 1, refused: 0, repaired: 1 } });
    const metrics = await (await brink.call('GET', '/metrics')).text();
    expect(metrics).toMatch(/^brink_repaired_total 1$/m);
    const gbk = Buffer.concat([Buffer.from('{"on":"'), Buffer.from([0xb1, 0xa8, 0xbe, 0xaf]), Buffer.from('"}')]);
    await device.publishAsync('telemetry/dev-1', gbk, { qos: 1 });
    const { items } = await brink.get<{ items: unknown[] }>('/quarantine');
    expect(items).toMatchObject([{ reason: 'bad-value', payloadBase64: gbk.toString('base64') }]);
  });

  test('the largest batch there may be is taken; what is larger than any is kept by its beginning, and somebody is told', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const device = await brink.device('dev-1');
    const from = Date.now() - 20_000;
    const batch = Array.from({ length: 10_000 }, (_, n) => ({
      ts: new Date(from + n).toISOString(),
      values: { v: 5 },
    }));
    await publish(device, JSON.stringify(batch, null, 2));
    const large = `[${'{"v":41},'.repeat(1_200_000)}]`;
    await Promise.all([
      publish(device, large, 2),
      publish(device, large, 1),
      publish(device, { ts: from + 15_000, values: { v: 41 } }),
    ]);
    const active = await brink.alerts('active');
    expect(active.filter(({ kind }) => kind !== 'system')).toMatchObject([{ point: 'pt-1', level: 'red' }]);
    const { items } = await brink.get<{ items: Record<string, unknown>[] }>('/quarantine');
    const row = { device: 'dev-1', topic: 'telemetry/dev-1', reason: 'too-large', payloadBytes: large.length };
    expect(items).toMatchObject([row, row]);
    expect(items[0]?.payload).toBe(large.slice(0, 4_096));
    expect(await brink.get('/devices/dev-1')).toMatchObject({ refused: 2, lastRefusal: { reason: 'too-large' } });
    const readings = await brink.get<{ items: unknown[] }>(`/points/pt-1/readings?metric=v&from=${from}&limit=10000`);
    expect(readings.items).toHaveLength(10_000);
    const told = await brink.get<{ items: Record<string, unknown>[] }>('/events?after=0');
    expect(told.items.filter(({ alert }) => (alert as Alert).rule === 'data-too-large')).toMatchObject([
      { event: 'raised', alert: { point: 'brink', level: 'yellow' } },
    ]);
  });

  test('late data is kept, marked, and told in retrospect, and leaves the live alert alone', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const device = await brink.device('dev-1');
    const t0 = Date.now() - 600_000;
    await publish(device, { ts: t0 + 300_000, values: { v: 1 } });
    await publish(device, { ts: t0, values: { v: 50 } });
    expect(await brink.events()).toMatchObject([
      { event: 'retrospective', at: t0, alert: { level: 'red', state: 'closed', retrospective: true } },
    ]);
    const { items } = await brink.get<{ items: unknown[] }>('/points/pt-1/readings?metric=v');
    expect(items).toMatchObject([
      { value: 50, quality: 'late' },
      { value: 1, quality: 'good' },
    ]);
  });

  test('two values with one timestamp are two readings, over any QoS, after lost connections and a restart', async () => {
    const rules = { alarm: { metric: 'on', levels: { red: { equals: true } } } };
    let brink = await startBrink(plainSite(3, rules));
    const ts = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
    const told = async () => (await brink.events()).map(({ event, at, alert }) => [alert.point, event, at - ts]);
    const valuesOf = async (point: string) => {
      type Items = { items: { ts: number; value: unknown }[]; next: string | null };
      const first = await brink.get<Items>(`/points/${point}/readings?metric=on&limit=2`);
      const rest =
        first.next === null
          ? []
          : (await brink.get<Items>(`/points/${point}/readings?metric=on&cursor=${first.next}`)).items;
      const items = [...first.items, ...rest];
      expect(items.every((item) => item.ts === ts)).toBe(true);
      return items.map((item) => item.value);
    };
    const on = (value: boolean) => JSON.stringify({ ts, values: { on: value } });
    for (const qos of [0, 1, 2] as const) {
      const n = qos + 1;
      const topic = `telemetry/dev-${n}`;
      const device = await brink.device(`dev-${n}`);
      for (const value of [false, true]) await device.publishAsync(topic, on(value), { qos });
      await until('on', async () => (await brink.alerts('active')).some((alert) => alert.point === `pt-${n}`));
      device.stream.destroy();
      // What it does not know to have arrived, again: with DUP and without.
      const again = await brink.device(`dev-${n}`);
      for (const value of [false, true]) await again.publishAsync(topic, on(value), { qos, dup: qos === 1 });
      await again.publishAsync(topic, on(false), { qos });
      await until('off', async () => (await brink.alerts('active')).every((alert) => alert.point !== `pt-${n}`));
    }
    const once = [1, 2, 3].flatMap((n) => [
      [`pt-${n}`, 'raised', 0],
      [`pt-${n}`, 'cleared', 0],
    ]);
    expect(await told()).toEqual(once);
    for (const n of [1, 2, 3]) expect(await valuesOf(`pt-${n}`)).toEqual([false, true, false]);
    brink = await brink.restart();
    const device = await brink.device('dev-2');
    await publish(device, [
      { ts, on: false },
      { ts, on: true },
      { ts, on: false },
    ]);
    expect(await told()).toEqual(once);
    expect(await valuesOf('pt-2')).toEqual([false, true, false]);
    expect(await brink.get('/points/pt-2')).toMatchObject({ values: { on: { value: false, ts } } });
    const file = await (await brink.call('GET', '/readings/export?points=pt-2')).text();
    expect(file.match(/(true|false),boolean/g)).toEqual(['false,boolean', 'true,boolean', 'false,boolean']);
  });

  test('new thresholds hold at once, name their revision, and lose a race with 412', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const device = await brink.device('dev-1');
    await publish(device, { v: 10 });
    const response = await brink.call('GET', '/points/pt-1/thresholds');
    const etag = response.headers.get('etag') ?? '';
    const document = { rules: { depth: { metric: 'v', unit: 'mm', levels: { orange: { above: 95 } } } } };
    expect((await brink.call('PUT', '/points/pt-1/thresholds', document)).status).toBe(428);
    const put = await brink.call('PUT', '/points/pt-1/thresholds', document, { 'if-match': etag });
    expect([put.status, put.headers.get('etag')]).toEqual([200, '"2"']);
    expect((await brink.call('PUT', '/points/pt-1/thresholds', document, { 'if-match': etag })).status).toBe(412);
    expect(await brink.alerts('active')).toMatchObject([
      { level: 'orange', thresholdRevision: 2, unit: 'mm', value: 100, limit: 95 },
    ]);
    const wrong = await brink.call(
      'PUT',
      '/points/pt-1/thresholds',
      { rules: { x: { metric: 'nope', levels: { red: { above: 1 } } } } },
      { 'if-match': '"2"' },
    );
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
  });

  test('sirens on the same network hear the retained alert until it clears', async () => {
    const brink = await startBrink(plainSite(1, limits), { flags: ['--auth', 'none'] });
    const device = await brink.device('dev-1');
    await publish(device, { v: 50 });
    const siren = await brink.device('siren', { username: undefined as never, password: undefined as never });
    const heard: string[] = [];
    siren.on('message', (topic, payload) =>
      heard.push(`${topic} ${payload.length === 0 ? 'empty' : JSON.parse(String(payload)).level}`),
    );
    await siren.subscribeAsync('alerts/#', { qos: 1 });
    await until('the retained alert', () => heard.includes('alerts/town/pt-1/depth red'));
    await publish(device, { v: 1 });
    await until('its end', () => heard.includes('alerts/town/pt-1/depth empty'));
  });
});

interface Expected {
  readonly metric: string;
  readonly value: unknown;
  readonly device?: string;
}

/** The field of the payload: one sample names the device in its keys, `tag@node`. */
function fieldOf({ metric, device }: Expected): string {
  return device === undefined ? metric : `${metric}@${device}`;
}

describe('others’ messages and tools', () => {
  const series = new URL('../../../shared/series/nab_machine_temperature_system_failure.csv', import.meta.url);
  test.runIf(existsSync(series)).each([
    [undefined, 239],
    [1, 98],
    [2, 30],
  ])('the real temperature series with deadband %s activates %i times', async (deadband, activations) => {
    const brink = await startBrink(
      plainSite(1, {
        hot: { metric: 'v', levels: { red: { above: 100 } }, ...(deadband === undefined ? {} : { deadband }) },
      }),
    );
    const readings = readFileSync(series, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([time, value]) => ({ ts: `${time?.replace(' ', 'T')}Z`, values: { v: Number(value) } }));
    const device = await brink.device('dev-1');
    for (let i = 0; i < readings.length; i += 1_000) await publish(device, readings.slice(i, i + 1_000));
    const raised = (await brink.events()).filter((event) => event.event === 'raised' && event.alert.rule === 'hot');
    expect(raised).toHaveLength(activations);
  });

  const payloads = new URL('../../../shared/payloads/', import.meta.url);
  test.runIf(existsSync(payloads))('real payloads: flat ones are read, none does harm', async () => {
    const samples = readdirSync(payloads).map((name) => ({
      name,
      ...JSON.parse(readFileSync(new URL(name, payloads), 'utf8')),
    }));
    const flat = samples.filter((sample) => sample.format === 'flat-json');
    const site = plainSite(0, {});
    const devices = samples.map(({ name, expect: expected }) => ({
      id: name,
      profile: name,
      points: [{ id: name, area: 'town' }],
      expected,
    }));
    const typeOf = (value: unknown) =>
      typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'number';
    const profiles = Object.fromEntries(
      devices.map(({ id, expected }) => [
        id,
        {
          family: 'other',
          metrics: Object.fromEntries(expected.map((e: Expected) => [fieldOf(e), { type: typeOf(e.value) }])),
        },
      ]),
    );
    const brink = await startBrink(
      {
        profiles: { ...site.profiles, ...profiles },
        site: { areas: [{ id: 'town' }], devices: devices.map(({ expected: _, ...rest }) => rest) },
      },
      { flags: ['--auth', 'none'] },
    );
    const client = await brink.device('any', { username: undefined as never, password: undefined as never });
    for (const { name, payload } of samples) {
      await client.publishAsync(`telemetry/${name}`, typeof payload === 'string' ? payload : JSON.stringify(payload), {
        qos: 1,
      });
    }
    for (const { name, expect: expected } of flat) {
      const { values } = await brink.get<{ values: Record<string, { value: unknown }> }>(`/points/${name}`);
      expect([name, Object.fromEntries(Object.entries(values).map(([metric, { value }]) => [metric, value]))]).toEqual([
        name,
        Object.fromEntries(
          expected.filter((e: Expected) => e.value !== null).map((e: Expected) => [fieldOf(e), e.value]),
        ),
      ]);
    }
    expect((await brink.get<{ status: string }>('/health')).status).not.toBe('failing');
  });

  const hasMosquitto = spawnSync('mosquitto_pub', ['--help']).error === undefined;
  test.runIf(hasMosquitto)('mosquitto_pub publishes a breach that arrives at a WebSocket client', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const live = await brink.live();
    const { port } = new URL(brink.app.mqtt);
    const { spawn } = await import('node:child_process');
    spawn('mosquitto_pub', [
      '-h',
      '127.0.0.1',
      '-p',
      port,
      '-u',
      'dev-1',
      '-P',
      'secret-1',
      '-q',
      '1',
      '-t',
      'telemetry/dev-1',
      '-m',
      '{"v": 41}',
    ]);
    await until('the breach', () =>
      live.events().some((event) => event.event === 'raised' && event.alert.level === 'red'),
    );
  });
});
