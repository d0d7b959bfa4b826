import { createFleet, type SimulatedDevice } from './fleet.ts';
import { createLink, type Link } from './link.ts';
import { SCENARIOS } from './scenarios.ts';
import type { SiteFiles } from './site-files.ts';
import { resizeSite } from './size.ts';

export interface FleetOptions {
  /** Broker, such as mqtt://127.0.0.1:1883. */
  readonly url: string;
  readonly seed: number;
  /** A name of SCENARIOS. */
  readonly scenario: string;
  readonly files: SiteFiles;
  /** How many devices; left out: the site's. See resizeSite for more than the site has. */
  readonly deviceCount?: number | undefined;
  /** Messages a second of the whole fleet; left out: each device reports at its profile's interval. */
  readonly ratePerS?: number | undefined;
  /** How long, in s of real time; left out: until `stop`. */
  readonly durationS?: number | undefined;
  /** Simulated seconds in a real second; default 1. */
  readonly speed?: number | undefined;
  /**
   * Simulated time of the start, ms since 1970. Left out: such that simulated time reaches the present when the duration
   * is over, which at speed 1 is now. A faster fleet without duration needs it.
   */
  readonly startMs?: number | undefined;
  /** One credential for all; left out: each device's own id and secret. */
  readonly credential?: { readonly username: string; readonly password: string } | undefined;
}

export interface FleetSummary {
  readonly devices: number;
  /** Devices the broker refused; they send nothing. */
  readonly refused: number;
  /** Messages handed to the connections. */
  readonly published: number;
  /** Of those with QoS 1 or 2, the ones the broker acknowledged. */
  readonly acknowledged: number;
  /** Messages that were given up: not acknowledged before the fleet stopped. */
  readonly failed: number;
}

export interface Fleet extends FleetSummary {
  /** The options the fleet runs under, with the start filled in. */
  readonly startMs: number;
  /** When the duration is over or `stop` is done. */
  readonly ended: Promise<FleetSummary>;
  /** Sends no more, waits a moment for acknowledgements, disconnects. */
  stop(): Promise<FleetSummary>;
}

/** Connections being opened at the same time. */
const CONNECTING_MAX = 100;
/** Messages of one device waiting for their acknowledgement; then it holds back, as a small device must. */
const IN_FLIGHT_MAX = 50;
/** How long a broker may be out of reach when the fleet starts. */
const REACH_MS = 5_000;
/** How long `stop` waits for acknowledgements. */
const DRAIN_MS = 5_000;

/** Connects every device, then starts the clock. Rejects when the broker cannot be reached at all. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const scenario = SCENARIOS[options.scenario];
  if (scenario === undefined) {
    throw new Error(`no scenario ${options.scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  const files = options.deviceCount === undefined ? options.files : resizeSite(options.files, options.deviceCount);
  const speed = options.speed ?? 1;
  if (speed !== 1 && options.startMs === undefined && options.durationS === undefined) {
    throw new Error('another speed than 1 needs a duration or a start');
  }
  const deviceCount = files.site.devices.length;
  const reportEveryMs = options.ratePerS === undefined ? undefined : (deviceCount / options.ratePerS) * speed * 1_000;
  const build = (startMs: number) => createFleet({ ...files, seed: options.seed, scenario, startMs, reportEveryMs });

  const count = { refused: 0, published: 0, acknowledged: 0, failed: 0 };
  const links = await connectAll(build(0), options, count);

  const durationMs = options.durationS === undefined ? Number.POSITIVE_INFINITY : options.durationS * 1_000;
  const catchUpMs = speed === 1 ? 0 : durationMs * (speed - 1);
  const startMs = options.startMs ?? Date.now() - catchUpMs;
  const startedAtMs = performance.now();
  const sleeper = createSleeper();
  const untilDue = (atMs: number) => sleeper.sleep(startedAtMs + (atMs - startMs) / speed - performance.now());
  const endMs = startMs + durationMs * speed;

  const devices = build(startMs);
  const runs = devices.map((device) => {
    const link = links.get(device.id);
    return link === undefined ? undefined : runDevice(device, link, { untilDue, endMs, count });
  });
  const summary = (): FleetSummary => ({ devices: devices.length, ...count });
  const ended = Promise.all(runs).then(async () => {
    await Promise.all([...links.values()].map((link) => link.close()));
    return summary();
  });
  return {
    startMs,
    ended,
    stop() {
      sleeper.end();
      return ended;
    },
    get devices() {
      return devices.length;
    },
    get refused() {
      return count.refused;
    },
    get published() {
      return count.published;
    },
    get acknowledged() {
      return count.acknowledged;
    },
    get failed() {
      return count.failed;
    },
  };
}

type Counts = { refused: number; published: number; acknowledged: number; failed: number };

async function connectAll(
  devices: readonly SimulatedDevice[],
  options: FleetOptions,
  count: Counts,
): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  let trouble: Error | undefined;
  const waiting = [...devices];
  const connectOthers = async () => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
      const { id, secret } = device;
      const username = options.credential?.username ?? (secret === undefined ? undefined : id);
      const password = options.credential?.password ?? secret;
      const link = createLink({ url: options.url, clientId: id, username, password }, (error) => {
        trouble = error;
      });
      links.set(id, link);
      if (await link.open()) continue;
      links.delete(id);
      count.refused++;
    }
  };
  const ramp = Promise.all(Array.from({ length: CONNECTING_MAX }, connectOthers));
  const reach = createSleeper();
  const isReached = await Promise.race([ramp.then(() => true), reach.sleep(REACH_MS).then(() => links.size === 0)]);
  reach.end();
  if (!isReached && trouble !== undefined) {
    for (const link of links.values()) link.cut();
    throw new Error(`cannot connect to ${options.url}`, { cause: trouble });
  }
  await ramp;
  return links;
}

interface Run {
  /** True when the time has come, false when the fleet stops before. */
  readonly untilDue: (atMs: number) => Promise<boolean>;
  readonly endMs: number;
  readonly count: Counts;
}

async function runDevice(device: SimulatedDevice, link: Link, { untilDue, endMs, count }: Run): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  let isOnline = true;
  for (const action of device.actions()) {
    if (action.atMs >= endMs || !(await untilDue(action.atMs))) break;
    if (action.type === 'offline') {
      // What has been sent is waited for, so that it is the scenario and not the network that says what gets lost.
      await Promise.all(inFlight);
      link.cut();
      isOnline = false;
    } else if (action.type === 'online') {
      isOnline = await link.open();
    } else if (action.type === 'publish' && isOnline) {
      while (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
      count.published++;
      const sending = link.publish(action).then((isTaken) => {
        if (!isTaken) count.failed++;
        else if (action.qos > 0) count.acknowledged++;
        inFlight.delete(sending);
      });
      inFlight.add(sending);
    }
  }
  const drain = createSleeper();
  await Promise.race([Promise.all(inFlight), drain.sleep(DRAIN_MS)]);
  drain.end();
  if (inFlight.size > 0) link.cut();
}

/** Sleeps that can all be ended at once. A sleep gives true when it lasted its time. */
function createSleeper(): { sleep(forMs: number): Promise<boolean>; end(): void } {
  const sleeping = new Set<() => void>();
  let isEnded = false;
  return {
    sleep(forMs) {
      if (isEnded) return Promise.resolve(false);
      if (forMs <= 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
        const timer = setTimeout(() => {
          sleeping.delete(wake);
          resolve(true);
        }, forMs);
        sleeping.add(wake);
      });
    },
    end() {
      isEnded = true;
      for (const wake of sleeping) wake();
      sleeping.clear();
    },
  };
}
