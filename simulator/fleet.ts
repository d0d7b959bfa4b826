import { durationMs } from '../src/model/duration.ts';
import type { Metric, Profile, SiteDevice } from '../src/model/site.ts';
import type { Action, Report } from './actions.ts';
import { createFaults } from './faults.ts';
import { limitsOfDevice } from './limits.ts';
import { createNoise } from './noise.ts';
import type { Scenario } from './scenarios.ts';
import { type Scalar, signalsOf } from './signals.ts';
import type { SiteFiles } from './site-files.ts';
import type { CastMember, Effect } from './stories/story.ts';

export interface SimulatedDevice {
  readonly id: string;
  readonly profile: string;
  readonly secret: string | undefined;
  /** False for the device that no site file knows. */
  readonly isKnown: boolean;
  /** Everything it does from the start on, without end, in the order of `atMs`; the same from every call. */
  actions(): Generator<Action, never, void>;
}

export interface FleetSpec extends SiteFiles {
  readonly seed: number;
  readonly scenario: Scenario;
  /** Simulated time of the start, ms since 1970. */
  readonly startMs: number;
  /** Time between the reports of each device; left out: its profile's. */
  readonly reportEveryMs?: number | undefined;
}

/** Reports come a little early or late, as devices' timers do: at most this share of the interval. */
const JITTER = 0.04;

const UNKNOWN_DEVICE = 'ghost-01';

/**
 * The devices of a site under a scenario. A pure function of the spec: which readings a device sends depends neither on
 * the network nor on the clock, so the same seed and start give the same bytes. Each device is independent of how far
 * the others have got.
 */
export function createFleet(spec: FleetSpec): SimulatedDevice[] {
  const profiles = new Map(spec.profiles.map((profile) => [profile.id, profile]));
  const documents = Map.groupBy(spec.thresholds, ({ point }) => point);
  const crew = spec.site.devices.map((device) => {
    const profile = profiles.get(device.profile);
    if (profile === undefined) throw new Error(`device ${device.id} has the unknown profile ${device.profile}`);
    const fields = fieldsOf(device, profile);
    const limits = limitsOfDevice(device, profile.metrics, documents);
    const first = device.points[0];
    const member: CastMember = {
      id: device.id,
      profile: profile.id,
      fields,
      points: device.points.map(({ id }) => id),
      area: first?.area,
      location: first?.location,
      limits,
    };
    return { device, profile, member };
  });
  const cast = {
    noise: createNoise(`${spec.seed} story`),
    startMs: spec.startMs,
    members: crew.map(({ member }) => member),
  };
  const effects = Map.groupBy(
    spec.scenario.stories.flatMap((story) => story(cast)),
    ({ device }) => device,
  );
  const devices = crew.map(({ device, profile, member }) =>
    simulate(
      spec,
      { id: device.id, secret: device.secret, isKnown: true },
      profile,
      member,
      effects.get(device.id) ?? [],
    ),
  );
  const model = crew[0];
  if (spec.scenario.hasFaults && model !== undefined) {
    const unknown = { id: UNKNOWN_DEVICE, secret: undefined, isKnown: false };
    devices.push(simulate(spec, unknown, model.profile, model.member, []));
  }
  return devices;
}

/** A device sends what its points take, or everything when one of them takes all. */
function fieldsOf(device: SiteDevice, profile: Profile): string[] {
  const all = Object.keys(profile.metrics);
  const taken = new Set<string>();
  for (const point of device.points) {
    for (const field of point.metrics === undefined ? all : Object.values(point.metrics)) taken.add(field);
  }
  return taken.size === 0 ? all : all.filter((field) => taken.has(field));
}

function simulate(
  spec: FleetSpec,
  identity: Pick<SimulatedDevice, 'id' | 'secret' | 'isKnown'>,
  profile: Profile,
  member: CastMember,
  effects: readonly Effect[],
): SimulatedDevice {
  const noise = createNoise(`${spec.seed} ${identity.id}`);
  const metric = (field: string) => profile.metrics[field];
  const signals = signalsOf(profile, member.fields, { noise, limits: member.limits, metric });
  const ownMs = Math.min(durationMs(profile.reportEvery), spec.scenario.reportEveryMaxMs ?? Number.POSITIVE_INFINITY);
  const everyMs = spec.reportEveryMs ?? ownMs;

  const measure = (tMs: number, previousMs: number): Report => {
    const values: Record<string, Scalar> = {};
    for (const [field, signal] of signals) {
      let value = signal(tMs);
      for (const effect of effects) {
        if (effect.field === field) value = effect.apply(value, tMs, previousMs);
      }
      values[field] = quantize(value, profile.metrics[field]);
    }
    return { tMs, values };
  };

  function* reports(): Generator<Report, never, void> {
    const phaseMs = noise.uniform('phase', 0) * everyMs;
    const turnMs = (n: number) =>
      Math.round(spec.startMs + phaseMs + (n + JITTER * (noise.uniform('jitter', n) - 0.5)) * everyMs);
    let previousMs = turnMs(-1);
    for (let turn = 0; ; turn++) {
      const dueMs = turnMs(turn);
      for (;;) {
        const momentMs = nextMoment(effects, previousMs);
        if (momentMs >= dueMs) break;
        yield measure(momentMs, previousMs);
        previousMs = momentMs;
      }
      if (dueMs <= previousMs) continue;
      yield measure(dueMs, previousMs);
      previousMs = dueMs;
    }
  }

  const topic = `telemetry/${identity.id}`;
  const faults = spec.scenario.hasFaults ? createFaults({ noise, profile, topic, startMs: spec.startMs }) : undefined;
  return {
    ...identity,
    profile: profile.id,
    actions: () => (faults === undefined ? faithful(topic, reports()) : faults(reports())),
  };
}

function nextMoment(effects: readonly Effect[], afterMs: number): number {
  let soonestMs = Number.POSITIVE_INFINITY;
  for (const { nextMomentMs } of effects) {
    const momentMs = nextMomentMs?.(afterMs);
    if (momentMs !== undefined && momentMs < soonestMs) soonestMs = momentMs;
  }
  return Math.ceil(soonestMs);
}

function* faithful(topic: string, reports: Generator<Report, never, void>): Generator<Action, never, void> {
  for (;;) {
    const { tMs, values } = reports.next().value;
    yield { type: 'publish', atMs: tMs, topic, payload: JSON.stringify({ ts: tMs, values }), qos: 1, faults: [] };
  }
}

/** Decimals that instruments of the field show; 2 where nothing is said. */
const DECIMALS: Readonly<Record<string, number>> = {
  '%': 0,
  '%LEL': 1,
  '%VOL': 1,
  cm: 1,
  mm: 1,
  MPa: 3,
  mA: 1,
  '°C': 1,
  Hz: 1,
  'm/s²': 3,
};

/** A number as the instrument would show it: within what it can read, in its steps. */
function quantize(value: Scalar, metric: Metric | undefined): Scalar {
  if (typeof value !== 'number') return value;
  const [low, high] = metric?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const factor = 10 ** (DECIMALS[metric?.unit ?? ''] ?? 2);
  // Adding 0 makes a -0 plain, which JSON would show as 0 anyway.
  return Math.round(Math.min(high, Math.max(low, value)) * factor) / factor + 0;
}
