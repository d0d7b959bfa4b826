import { createChance } from '../support/chance.ts';
import type { RealServer } from './real-server.ts';

/** The point the tests edit, and its device, of the sample site. */
export const POINT = 'underpass-01';
export const DEVICE = 'water-01';
/** As often as the device reports when it is well, so that nothing counts as silent. */
const EVERY_MS = 15_000;
/** Readings in a message: well below the most the broker takes in one packet. */
const BATCH = 3_000;
const DAY_MS = 86_400_000;

/** The limits alone: with the noise of this gauge they cry wolf. */
export const BARE = {
  rules: {
    depth: {
      metric: 'depth',
      unit: 'cm',
      levels: { blue: { above: 10 }, yellow: { above: 15 }, orange: { above: 20 }, red: { above: 27 } },
    },
    battery: { metric: 'battery', recover: 25, levels: { blue: { below: 20 } } },
  },
  source: { standard: 'Beijing underpass practice', template: 'beijing-underpass', verifiedBy: null },
};

/** A depth of water: dry for the most part, every other day a storm of some hours that comes and drains away. */
function depthAt(ms: number, startMs: number): number {
  const day = (ms - startMs) / DAY_MS;
  const storm = Math.floor(day / 2);
  const hours = (day - storm * 2 - 0.9) * 24;
  const height = [12, 17, 22, 30][storm % 4] ?? 12;
  return hours < 0 ? 2 : 2 + height * Math.min(1, hours / 1.5) * Math.exp(-Math.max(0, hours - 1.5) / 3);
}

export function storms(nowMs: number, days: number): { ts: number; depth: number; battery: number }[] {
  const random = createChance(7);
  const count = Math.floor((days * DAY_MS) / EVERY_MS);
  const startMs = nowMs - count * EVERY_MS;
  return Array.from({ length: count }, (_, i) => {
    const ts = startMs + i * EVERY_MS;
    const noise = (random() + random() + random() - 1.5) * 1.2;
    return { ts, depth: Number((depthAt(ts, startMs) + noise).toFixed(1)), battery: 82 };
  });
}

/** Puts the bare limits in force and tells the server what the gauge measured in the last days. */
export async function seedStorms(server: RealServer, days: number): Promise<void> {
  await server.call('PUT', `/points/${POINT}/thresholds?reason=bare`, BARE, { 'if-match': '*' });
  const readings = storms(Date.now(), days);
  for (let i = 0; i < readings.length; i += BATCH) await server.publish(DEVICE, readings.slice(i, i + BATCH));
}
