import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Action, FAULT_NAMES, type Publish } from '../../simulator/actions.ts';
import { createFleet, type FleetSpec, type SimulatedDevice } from '../../simulator/fleet.ts';
import { type FieldLimits, limitsOfDevice } from '../../simulator/limits.ts';
import { createNoise } from '../../simulator/noise.ts';
import { SCENARIOS } from '../../simulator/scenarios.ts';
import { loadSiteFiles, writeSiteFiles } from '../../simulator/site-files.ts';
import { resizeSite } from '../../simulator/size.ts';
import { STORM_EVERY_MS } from '../../simulator/storm.ts';
import { LEVELS, type Level } from '../../src/model/level.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-07-01T08:00:00+08:00');
const files = await loadSiteFiles('devices', 'thresholds');

function fleet(scenario: string, changes: Partial<FleetSpec> = {}): SimulatedDevice[] {
  const found = SCENARIOS[scenario];
  if (found === undefined) throw new Error(scenario);
  return createFleet({ ...files, seed: 1, scenario: found, startMs: START_MS, ...changes });
}

function* until(device: SimulatedDevice, minutes: number): Generator<Action> {
  for (const action of device.actions()) {
    if (action.atMs >= START_MS + minutes * MINUTE_MS) return;
    yield action;
  }
}

function* publishes(
  devices: readonly SimulatedDevice[],
  minutes: number,
): Generator<Publish & { device: SimulatedDevice }> {
  for (const device of devices) {
    for (const action of until(device, minutes)) if (action.type === 'publish') yield { ...action, device };
  }
}

function hashOf(devices: readonly SimulatedDevice[], minutes: number): string {
  const hash = createHash('sha256');
  for (const device of devices) for (const action of until(device, minutes)) hash.update(JSON.stringify(action));
  return hash.digest('hex');
}

interface Sent {
  readonly ts: number;
  readonly values: Record<string, unknown>;
}

/** The most severe level each device's fields reach on their limits, as `device/field`. */
function worstLevels(devices: readonly SimulatedDevice[], minutes: number): Map<string, Level> {
  const documents = Map.groupBy(files.thresholds, ({ point }) => point);
  const limits = new Map<string, (field: string) => FieldLimits>();
  for (const device of files.site.devices) {
    const metrics = files.profiles.find(({ id }) => id === device.profile)?.metrics ?? {};
    limits.set(device.id, limitsOfDevice(device, metrics, documents));
  }
  const worst = new Map<string, Level>();
  for (const { device, payload } of publishes(devices, minutes)) {
    const { values } = JSON.parse(String(payload)) as Sent;
    for (const [field, value] of Object.entries(values)) {
      const of = limits.get(device.id)?.(field);
      if (of === undefined || typeof value !== 'number') continue;
      const reached = LEVELS.findLast(
        (level) =>
          value >= (of.above[level] ?? Number.POSITIVE_INFINITY) ||
          value <= (of.below[level] ?? Number.NEGATIVE_INFINITY),
      );
      const key = `${device.id}/${field}`;
      const known = worst.get(key);
      if (reached !== undefined && (known === undefined || LEVELS.indexOf(reached) > LEVELS.indexOf(known))) {
        worst.set(key, reached);
      }
    }
  }
  return worst;
}

const devicesOf = (profile: string) => files.site.devices.filter((device) => device.profile === profile);

describe('a simulated fleet', () => {
  it.each(Object.keys(SCENARIOS))('sends the same bytes for the same seed and start: %s', (scenario) => {
    expect(hashOf(fleet(scenario), 30)).toBe(hashOf(fleet(scenario), 30));
    expect(hashOf(fleet(scenario), 30)).not.toBe(hashOf(fleet(scenario, { seed: 2 }), 30));
  });

  it('gives a device the same readings however far the others have got', () => {
    const [first, second] = fleet('bad-day');
    const alone = fleet('bad-day')[1];
    if (first === undefined || second === undefined || alone === undefined) throw new Error('no devices');
    const [a, b, c] = [first.actions(), second.actions(), alone.actions()];
    for (let i = 0; i < 500; i++) {
      a.next();
      a.next();
      expect(b.next().value).toEqual(c.next().value);
    }
  });

  it('acts in the order of time', () => {
    for (const scenario of Object.keys(SCENARIOS)) {
      for (const device of fleet(scenario)) {
        const times = [...until(device, 120)].map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
    }
  });

  it('reports at the interval of the profile, or at the one asked for', () => {
    const count = (devices: readonly SimulatedDevice[]) => [...publishes(devices, 60)].length;
    const perHour = files.site.devices.reduce((sum, { profile }) => {
      const every = files.profiles.find(({ id }) => id === profile)?.reportEvery ?? '';
      return sum + 3_600 / Number.parseInt(every, 10);
    }, 0);
    expect(count(fleet('quiet'))).toBeCloseTo(perHour, -2);
    expect(count(fleet('quiet', { reportEveryMs: 1_000 }))).toBeCloseTo(3_600 * files.site.devices.length, -2);
  });
});

describe('scenario quiet', () => {
  const day = fleet('quiet', { reportEveryMs: MINUTE_MS });

  it('sends only what the profiles allow', () => {
    const wrong: unknown[] = [];
    for (const { device, payload, atMs, topic, qos } of publishes(day, 24 * 60)) {
      const { ts, values } = JSON.parse(String(payload)) as Sent;
      if (ts !== atMs || topic !== `telemetry/${device.id}` || qos !== 1) wrong.push({ ts, topic, qos });
      const metrics = files.profiles.find(({ id }) => id === device.profile)?.metrics ?? {};
      for (const [field, value] of Object.entries(values)) {
        const metric = metrics[field];
        const [low, high] = metric?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
        const isInRange = typeof value !== 'number' || (value >= low && value <= high);
        const isSentinel = typeof value === 'number' && metric?.sentinels?.includes(value) === true;
        if (typeof value !== metric?.type || !isInRange || isSentinel) wrong.push({ device: device.id, field, value });
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])('reaches no limit in a day, seed %i', (seed) => {
    const devices = fleet('quiet', { seed, reportEveryMs: MINUTE_MS });
    expect([...worstLevels(devices, 24 * 60)]).toEqual([]);
    for (const { payload } of publishes(devices, 60)) expect(String(payload)).not.toContain('true');
  });
});

describe('scenario storm', () => {
  it.each([1, 2, 3, 4, 5])('takes exactly one road gauge, an underpass, to red, seed %i', (seed) => {
    const worst = worstLevels(fleet('storm', { seed }), STORM_EVERY_MS / MINUTE_MS);
    const roads = devicesOf('waterlogging-gauge').map(({ id, points }) => ({
      point: points[0]?.id ?? '',
      level: worst.get(`${id}/depth`),
    }));
    const red = roads.filter(({ level }) => level === 'red');
    expect(red).toHaveLength(1);
    expect(red[0]?.point).toContain('underpass');
    for (const { level } of roads) expect(['yellow', 'orange', 'red']).toContain(level);
    for (const { id } of devicesOf('rain-gauge')) expect(worst.has(`${id}/rain_1h`)).toBe(true);
    for (const { id } of devicesOf('river-level')) expect(worst.has(`${id}/level`)).toBe(true);
  });

  it('lets the roads follow the rain and the rivers follow the roads', () => {
    const devices = fleet('storm');
    /** When a field first gets a tenth of the way to its highest value, minutes after the start. */
    const risesAt = (id: string, field: string) => {
      const series = [
        ...publishes(
          devices.filter((device) => device.id === id),
          360,
        ),
      ].map(({ payload, atMs }) => ({ atMs, value: (JSON.parse(String(payload)) as Sent).values[field] as number }));
      const low = Math.min(...series.map(({ value }) => value));
      const high = Math.max(...series.map(({ value }) => value));
      const first = series.find(({ value }) => value > low + 0.1 * (high - low));
      return ((first?.atMs ?? 0) - START_MS) / MINUTE_MS;
    };
    const rain = risesAt('rain-01', 'rain_1h');
    const road = risesAt('water-01', 'depth');
    const river = risesAt('river-01', 'level');
    expect(rain).toBeGreaterThan(0);
    expect(road).toBeGreaterThan(rain);
    expect(river).toBeGreaterThan(road);
  });
});

describe('the other stories', () => {
  it('gas-leak takes a combustible and a toxic gas detector to red', () => {
    const worst = worstLevels(fleet('gas-leak'), 10);
    const red = [...worst].filter(([, level]) => level === 'red').map(([key]) => key);
    expect(red.filter((key) => key.endsWith('/ch4'))).toHaveLength(1);
    expect(red.filter((key) => /\/(h2s|co|nh3|cl2)$/.test(key)).length).toBeGreaterThan(0);
    expect([...worst.keys()].every((key) => /^(gas|toxic|oxygen)-/.test(key))).toBe(true);
  });

  it('blasting takes one building to red at once, with its frequency', () => {
    const devices = fleet('blasting');
    const red = [...worstLevels(devices, 2)].filter(([, level]) => level === 'red');
    expect(red).toHaveLength(1);
    const shaken = devices.find(({ id }) => `${id}/ppv` === red[0]?.[0]);
    if (shaken === undefined) throw new Error('no shaken building');
    const sent = [...publishes([shaken], 2)].map(({ payload }) => JSON.parse(String(payload)) as Sent);
    const peak = sent.toSorted((a, b) => Number(b.values.ppv) - Number(a.values.ppv))[0];
    expect(peak?.ts).toBe(START_MS + 21_000);
    expect(peak?.values.frequency).toBe(30);
  });

  it('fire sets off smoke, call point and hoses in one area', () => {
    const alarmed = new Set<string>();
    for (const { device, payload } of publishes(fleet('fire'), 5)) {
      const { values } = JSON.parse(String(payload)) as Sent;
      if (values.smoke === true || values.pressed === true) alarmed.add(device.id);
    }
    const areas = new Set(files.site.devices.filter(({ id }) => alarmed.has(id)).map(({ points }) => points[0]?.area));
    expect([...alarmed].filter((id) => id.startsWith('smoke'))).toHaveLength(1);
    expect(areas.size).toBe(1);
  });

  it.each([
    1, 2, 3, 4, 5, 6, 7, 8,
  ])('demo takes all four families over their limits within a minute, seed %i', (seed) => {
    const devices = fleet('demo', { seed });
    const keys = [...worstLevels(devices, 1).keys()];
    expect(keys.some((key) => key.endsWith('/ch4'))).toBe(true);
    expect(keys.some((key) => key.endsWith('/ppv') || key.endsWith('/velocity'))).toBe(true);
    expect(keys.some((key) => key.endsWith('/depth'))).toBe(true);
    const first = [...publishes(devices, 1)].find(({ payload }) => String(payload).includes('"smoke":true'));
    expect(first).toBeDefined();
  });

  it('demo falls again after it rose', () => {
    const depths = [...publishes(fleet('demo'), 18)]
      .filter(({ device }) => device.id === 'water-01')
      .map(({ payload }) => (JSON.parse(String(payload)) as Sent).values.depth as number);
    expect(Math.max(...depths)).toBeGreaterThan(15);
    expect(depths.at(-1)).toBeLessThan(2);
  });
});

describe('scenario bad-day', () => {
  const devices = fleet('bad-day');
  const sent = [...publishes(devices, 240)];

  it('has every fault', () => {
    expect(new Set(sent.flatMap(({ faults }) => faults))).toEqual(new Set(FAULT_NAMES));
  });

  it('loses the network and comes back', () => {
    const actions = devices.flatMap((device) => [...until(device, 240)]);
    const count = (type: Action['type']) => actions.filter((action) => action.type === type).length;
    expect(count('offline')).toBeGreaterThan(20);
    expect(count('online')).toBeGreaterThan(20);
  });

  it('publishes nothing while offline', () => {
    for (const device of devices) {
      let isOnline = true;
      for (const action of until(device, 240)) {
        if (action.type === 'publish') expect(isOnline).toBe(true);
        else isOnline = action.type === 'online';
      }
    }
  });

  it('has one device that nobody knows', () => {
    const unknown = devices.filter(({ isKnown }) => !isKnown);
    expect(unknown.map(({ id }) => id)).toEqual(['ghost-01']);
    expect(files.site.devices.map(({ id }) => id)).not.toContain('ghost-01');
    expect([...publishes(unknown, 10)].length).toBeGreaterThan(10);
  });

  it('uses every quality of service, and repeats payloads byte for byte', () => {
    expect(new Set(sent.map(({ qos }) => qos))).toEqual(new Set([0, 1, 2]));
    const seen = new Set<string>();
    for (const { device, payload, faults } of sent) {
      const key = `${device.id} ${payload}`;
      if (faults.includes('duplicate')) expect(seen.has(key)).toBe(true);
      seen.add(key);
    }
  });

  it('sends what was kept through an outage as arrays', () => {
    const bursts = sent.filter(({ faults }) => faults.includes('burst') || faults.includes('shuffled-burst'));
    expect(bursts.length).toBeGreaterThan(10);
    for (const { payload } of bursts) expect(Array.isArray(JSON.parse(String(payload)))).toBe(true);
  });
});

describe('the size of a fleet', () => {
  it('takes the first devices of the site, or copies of all of it with their limits', () => {
    expect(resizeSite(files, 3).site.devices).toEqual(files.site.devices.slice(0, 3));
    const size = files.site.devices.length * 2 + 1;
    const large = resizeSite(files, size);
    expect(large.site.devices).toHaveLength(size);
    expect(large.site.devices.at(-1)?.id).toBe(`${files.site.devices[0]?.id}-3`);
    expect(large.thresholds.length).toBeGreaterThan(files.thresholds.length * 2);
    const points = large.site.devices.flatMap(({ points: own }) => own.map(({ id }) => id));
    expect(new Set(points).size).toBe(points.length);
  });

  it('is written as files that load again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'brink-fleet-'));
    const large = resizeSite(files, 120);
    await writeSiteFiles(dir, 'devices', large);
    const again = await loadSiteFiles(join(dir, 'devices'), join(dir, 'thresholds'));
    expect(JSON.stringify(again)).toBe(JSON.stringify(large));
  });

  it('is not made of files that the server would not read, and says where they are wrong', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'brink-fleet-'));
    await mkdir(join(dir, 'gauge'));
    await writeFile(
      join(dir, 'gauge', 'profile.yaml'),
      'family: waterlogging\nmetrics: { depth: {} }\nreportEvery: often\n',
    );
    await expect(loadSiteFiles(dir)).rejects.toThrow(/profile\.yaml:3: reportEvery: found "often"/);
    await writeFile(join(dir, 'gauge', 'profile.yaml'), `a: &a ${'['.repeat(2_000)}`);
    await expect(loadSiteFiles(dir)).rejects.toThrow(/profile\.yaml/);
  });
});

describe('noise', () => {
  it('spreads evenly and normally', () => {
    const noise = createNoise('test');
    const draws = Array.from({ length: 20_000 }, (_, i) => noise.uniform('u', START_MS + i));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5, 1);
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const share = draws.filter((x) => Math.floor(x * 10) === tenth).length / draws.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
    const normal = Array.from({ length: 20_000 }, (_, i) => noise.normal('n', START_MS + i * 1_000));
    const variance = normal.reduce((sum, x) => sum + x * x, 0) / normal.length;
    expect(variance).toBeGreaterThan(0.95);
    expect(variance).toBeLessThan(1.05);
  });
});
