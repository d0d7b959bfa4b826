import { expect, test } from 'vitest';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { createDeviceWatch } from '../../src/services/observe/watched.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { NATIVE } from '../support/native-route.ts';

/** What is kept of devices that nobody looks at. */

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 5, 1);

function recordOf(id: string): DeviceRecord {
  return {
    ...{ id, profile: 'plain', family: 'other', name: { zh: id, en: id }, reportEveryMs: MINUTE_MS },
    ...{ hasSecret: false, grantedAlerts: false, points: [], fields: [] },
  };
}

function watching() {
  const clock = createFakeClock(START_MS);
  const watch = createDeviceWatch(clock);
  const says = (device: string, text: string) =>
    watch.took(
      recordOf(device),
      { route: NATIVE, topic: `telemetry/${device}`, payload: Buffer.from(text) },
      { receivedAtMs: clock.nowMs(), readings: [], rejection: null },
    );
  const seen = (device: string, lastSeenMs: number) =>
    watch.ask(device, lastSeenMs)?.messages.map(({ number, payload }) => [number, Buffer.from(payload).toString()]);
  return { clock, says, seen };
}

test('the last three of a device are there at the first look, and go on being numbered', () => {
  const { clock, says, seen } = watching();
  for (const text of ['a', 'b', 'c', 'd']) {
    says('slow', text);
    clock.advance(60 * MINUTE_MS);
  }
  const lastSeenMs = clock.nowMs() - 60 * MINUTE_MS;
  const three = [3, 2, 1].map((number, i) => [number, 'dcb'[i]]);
  expect(seen('slow', lastSeenMs)).toEqual(three);
  says('slow', 'e');
  expect(seen('slow', clock.nowMs())).toEqual([[4, 'e'], ...three]);
  // Nobody has looked for ten minutes: they are kept for the next who looks.
  clock.advance(11 * MINUTE_MS);
  expect(seen('slow', clock.nowMs() - 11 * MINUTE_MS)).toEqual(['e', 'd', 'c'].map((text, i) => [3 - i, text]));
});

test('of a device that has gone on talking what it said first is not the last of it', () => {
  const { clock, says, seen } = watching();
  says('fast', 'long ago');
  clock.advance(10 * MINUTE_MS);
  expect(seen('fast', clock.nowMs())).toEqual([]);
});

test('all together they have a bound, and who was silent for the longest makes room', () => {
  const { clock, says, seen } = watching();
  for (let n = 0; n < 4_000; n++) says(`dev-${n}`, 'x'.repeat(4_096));
  expect(seen('dev-0', clock.nowMs())).toEqual([]);
  expect(seen('dev-3999', clock.nowMs())?.length).toBe(1);
});
