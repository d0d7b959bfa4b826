import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlanner } from '../../src/decode/plan.ts';
import { qualityOf } from '../../src/model/reading.ts';
import { bytesOfCase, readDeviceCases } from '../../src/registry/device-cases.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { messageReader } from '../support/read-message.ts';

/** Every devices/<profile>/cases/*.json: the payload, through the real registry and decoder, gives these readings. */

const FUTURE_MAX_MS = 60_000;
const { profiles } = readSiteFiles('devices');
const { cases } = readDeviceCases('devices', profiles);

let dir: string;
let registry: Registry;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-cases-'));
  registry = openRegistry({ path: join(dir, 'registry.db'), hashKey: new Uint8Array(32), validate: () => [] });
  const devices = profiles.map(({ id }) => ({ id, profile: id, points: [{ id: `point-${id}`, area: 'a' }] }));
  registry.apply({ profiles, site: { areas: [{ id: 'a' }], devices }, thresholds: [] }, 'test', 0);
});
afterAll(() => {
  registry.close();
  rmSync(dir, { recursive: true });
});

describe.each(profiles.map((profile) => profile.id))('%s', (profile) => {
  const own = cases.filter((one) => one.profile.id === profile);
  test.each(own.map((one) => [basename(one.file), one.case] as const))('%s', (_file, one) => {
    const { topic = 'telemetry/device', receivedAt, expect: expected } = one;
    const device = registry.device(profile);
    if (device === undefined) throw new Error(`no device ${profile}`);
    const bytes = bytesOfCase(one);
    const toRead = { ...createPlanner()(device), record: device, clockOffsetMs: 0 };
    const { readings, rejection } = messageReader(toRead, FUTURE_MAX_MS)(topic, bytes, receivedAt);
    expect(rejection).toBeNull();
    // A null travels on as a sign of life, but it is no reading (CONTRACT).
    const real = readings.filter(({ value }) => value !== null);
    const got = real.map(({ series, tsMs, value, marks }) => ({
      metric: registry.series(series)?.metric,
      value,
      ts: tsMs,
      quality: qualityOf(marks),
    }));
    expect(got).toEqual(expected.map((wanted) => ({ ts: receivedAt, quality: 'good', ...wanted })));
  });
});
