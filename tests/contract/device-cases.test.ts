import { describe, expect, test } from 'vitest';
import { createPlanner } from '../../src/decode/plan.ts';
import { qualityOf } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { Profile } from '../../src/model/site.ts';
import { readDeviceCases } from '../../src/registry/device-cases.ts';
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
  };
  return { device: { ...createPlanner()(record), record, clockOffsetMs: 0 }, names };
}

describe('the cases of the device profiles', () => {
  test('are there and are well formed', () => {
    expect(problems).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(profiles.length);
  });

  test.each(cases.map((one) => [one.file, one] as const))('%s', (_file, {
    profile,
    case: { topic = 'telemetry/device', payload, receivedAt, expect: expected },
  }) => {
    const { device, names } = planOf(profile);
    // A text is what a device sends as bare text.
    const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    const { readings, rejection } = messageReader(device, CLOCK_SKEW_MAX_MS)(topic, bytes, receivedAt);
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
    expect(found).toEqual(expected.map((one) => ({ ts: receivedAt, quality: 'good', ...one })));
  });
});
