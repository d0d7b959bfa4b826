import { describe, expect, it } from 'vitest';
import type { Publish } from '../../simulator/actions.ts';
import { createFleet } from '../../simulator/fleet.ts';
import { SCENARIOS } from '../../simulator/scenarios.ts';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { decodeNative as decode } from '../../src/decode/formats/native/native.ts';
import { createPlanner } from '../../src/decode/plan.ts';
import type { Decoded } from '../../src/model/format.ts';
import { BAD, CLOCK_SKEW } from '../../src/model/reading.ts';

const START_MS = Date.parse('2026-07-01T08:00:00+08:00');
const HOURS = 4;
const FUTURE_MAX_MS = 60_000;
const files = await loadSiteFiles('devices', 'thresholds');

/** Everything a fleet sends, with what becomes of it when it arrives at once. */
function* decoded(scenario: string): Generator<{ publish: Publish; result: Decoded }> {
  const found = SCENARIOS[scenario];
  if (found === undefined) throw new Error(scenario);
  for (const device of createFleet({ ...files, seed: 11, scenario: found, startMs: START_MS })) {
    const metrics = files.profiles.find(({ id }) => id === device.profile)?.metrics ?? {};
    const plan = createPlanner()({
      id: device.id,
      profile: device.profile,
      family: 'other',
      name: { zh: device.id, en: device.id },
      reportEveryMs: 60_000,
      hasSecret: false,
      grantedAlerts: false,
      points: [],
      fields: Object.entries(metrics).map(([field, metric], series) => ({ field, metric, series: [series] })),
    });
    for (const action of device.actions()) {
      if (action.atMs > START_MS + HOURS * 3_600_000) break;
      if (action.type !== 'publish') continue;
      const payload = typeof action.payload === 'string' ? Buffer.from(action.payload) : action.payload;
      yield { publish: action, result: decode(plan, payload, action.atMs, FUTURE_MAX_MS) };
    }
  }
}

describe('what simulated devices send, as the server reads it', () => {
  it.each(['quiet', 'storm', 'gas-leak', 'blasting', 'fire', 'demo'])('is all good: %s', (scenario) => {
    let count = 0;
    for (const { publish, result } of decoded(scenario)) {
      count++;
      if (result.rejection === null && result.readings.every(({ marks }) => marks === 0)) continue;
      expect({ payload: publish.payload, result }).toBeUndefined();
    }
    expect(count).toBeGreaterThan(10_000);
  });

  it('shows each fault of a bad day for what it is, and nothing else', () => {
    const seen = new Set<string>();
    for (const { publish, result } of decoded('bad-day')) {
      const has = (fault: Publish['faults'][number]) => publish.faults.includes(fault);
      const marks = result.readings.reduce((all, reading) => all | reading.marks, 0);
      const state = {
        isRejected: result.rejection !== null,
        isSkewed: (marks & CLOCK_SKEW) !== 0,
        isBad: (marks & BAD) !== 0,
      };
      const isNulled = has('null') && has('sentinel');
      const expected = {
        isRejected: has('malformed'),
        isSkewed: has('clock-ahead'),
        // A value that was to be a sentinel may have been replaced by null after that.
        isBad: isNulled ? state.isBad : has('sentinel'),
      };
      if (JSON.stringify(state) !== JSON.stringify(expected)) {
        expect({ payload: String(publish.payload), faults: publish.faults, ...state }).toEqual(expected);
      }
      for (const fault of publish.faults) seen.add(fault);
    }
    expect(seen.size).toBeGreaterThan(10);
  });
});
