import { describe, expect, test } from 'vitest';
import { createPlanner } from '../../src/decode/plan.ts';
import { qualityOf } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { Profile } from '../../src/model/site.ts';
import { bytesOfCase, readDeviceCases } from '../../src/registry/device-cases.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { messageReader } from '../support/read-message.ts';

/** Adding a device means adding a folder: its cases are found here and run through the real decoder. */

const CLOCK_SKEW_MAX_MS = 60_000;
const { profiles } = readSiteFiles('devices');
const { cases, problems } = readDeviceCases('devices', profiles);

function planOf(profile: Profile) {
  const names = Object.keys(profile.metrics);
  const record: DeviceRecord = {
    id: 'device',
    profile: profile.id,
    family: profile.family,
    name: { zh: '', en: '' },
    reportEveryMs: 0,
    hasSecret: false,
    grantedAlerts: false,
    points: ['point'],
    fields: Object.entries(profile.metrics).map(([field, metric], series) => ({ field, metric, series: [series] })),
    messages: profile.messages,
    protocol: profile.protocol,
  };
  return { device: { ...createPlanner()(record), record, clockOffsetMs: 0 }, names };
}

describe('the cases of the device profiles', () => {
  test('are there and are well formed', () => {
    expect(problems).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(profiles.length);
  });

  test.each(cases.map((one) => [one.file, one] as const))('%s', (_file, { profile, case: one }) => {
    const { topic = 'telemetry/device', receivedAt, expect: expected } = one;
    const { device, names } = planOf(profile);
    const { readings, rejection } = messageReader(device, CLOCK_SKEW_MAX_MS)(topic, bytesOfCase(one), receivedAt);
    expect(rejection).toBeNull();
    // A null is a sign of life and no reading.
    const found = readings
      .filter(({ value }) => value !== null)
      .map(({ series, value, tsMs, marks }) => ({
        metric: names[series],
        value,
        ts: tsMs,
        quality: qualityOf(marks),
      }));
    expect(found).toEqual(expected.map((found) => ({ ts: receivedAt, quality: 'good', ...found })));
  });
});
