import { fire } from './stories/fire.ts';
import { gasLeak } from './stories/gas.ts';
import { storm } from './stories/storm.ts';
import type { Story } from './stories/story.ts';
import { blasting, creepingSlope, failingBearing } from './stories/vibration.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

export interface Scenario {
  readonly summary: string;
  readonly stories: readonly Story[];
  /** Whether devices, their clocks and their network misbehave as well. */
  readonly hasFaults: boolean;
  /** Devices report at least this often; left out: at their profile's interval. */
  readonly reportEveryMaxMs?: number | undefined;
}

const LEAK_SWELL = { riseMs: MINUTE_MS, holdMs: 4 * MINUTE_MS, fallMs: 3 * MINUTE_MS };
const FIRE_SWELL = { riseMs: 40 * SECOND_MS, holdMs: 10 * MINUTE_MS, fallMs: 5 * MINUTE_MS };
const BEARING_SWELL = { riseMs: 10 * MINUTE_MS, holdMs: 20 * MINUTE_MS, fallMs: 2 * MINUTE_MS };
const SLOPE_SWELL = { riseMs: 60 * MINUTE_MS, holdMs: 60 * MINUTE_MS, fallMs: 30 * MINUTE_MS };

/** Of the demo, where everything that takes an hour outside takes a minute or two. */
const QUICK_SWELL = { riseMs: 20 * SECOND_MS, holdMs: 70 * SECOND_MS, fallMs: 40 * SECOND_MS };

const every = (cycleMs: number, offsetMs: number) => ({ cycleMs, offsetMs });

/** Times are simulated time since the start. Every scenario but `quiet` begins within its first minute. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  quiet: { summary: 'normal life: day and night, noise, nothing reaches a limit', stories: [], hasFaults: false },
  storm: {
    summary: 'rain, then roads, then rivers; one underpass reaches red half an hour after the first drop',
    stories: [storm(30 * SECOND_MS, 1)],
    hasFaults: false,
  },
  'gas-leak': {
    summary: 'a leak every half hour, beside another detector each time',
    stories: [gasLeak(every(30 * MINUTE_MS, 20 * SECOND_MS), LEAK_SWELL)],
    hasFaults: false,
  },
  blasting: {
    summary: 'a blast every 20 minutes, beside another building each time',
    stories: [blasting(every(20 * MINUTE_MS, 20 * SECOND_MS))],
    hasFaults: false,
  },
  fire: {
    summary: 'a fire every hour, in another place each time',
    stories: [fire(every(60 * MINUTE_MS, 15 * SECOND_MS), FIRE_SWELL)],
    hasFaults: false,
  },
  'bad-day': {
    summary: 'everything at once, with wrong clocks, lost networks, bursts, duplicates and rubbish',
    stories: [
      storm(30 * SECOND_MS, 1),
      gasLeak(every(30 * MINUTE_MS, 20 * SECOND_MS), LEAK_SWELL),
      blasting(every(20 * MINUTE_MS, 40 * SECOND_MS)),
      failingBearing(every(90 * MINUTE_MS, 60 * SECOND_MS), BEARING_SWELL),
      creepingSlope(every(240 * MINUTE_MS, 10 * MINUTE_MS), SLOPE_SWELL),
      fire(every(60 * MINUTE_MS, 50 * SECOND_MS), FIRE_SWELL),
    ],
    hasFaults: true,
  },
  demo: {
    summary: 'gas, vibration, water and fire all cross their limits within a minute, and go on rising and falling',
    stories: [
      gasLeak(every(4 * MINUTE_MS, 5 * SECOND_MS), QUICK_SWELL),
      blasting(every(90 * SECOND_MS, 12 * SECOND_MS)),
      failingBearing(every(6 * MINUTE_MS, 15 * SECOND_MS), QUICK_SWELL),
      fire(every(5 * MINUTE_MS, 20 * SECOND_MS), QUICK_SWELL),
      storm(2 * SECOND_MS, 40),
    ],
    hasFaults: false,
    reportEveryMaxMs: 4 * SECOND_MS,
  },
};
