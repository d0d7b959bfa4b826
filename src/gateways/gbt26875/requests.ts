import type { ComponentReport } from '../../model/component-report.ts';
import {
  componentConfigs,
  componentStates,
  STATES_MAX,
  systemStates,
  transmitterState,
  transmitterTime,
} from './write.ts';

/** What a platform may ask a transmission device for (table 3 of GB/T 26875.3-2011); the rest is denied. */
const REQUEST = {
  systemState: 61,
  componentState: 62,
  componentConfig: 67,
  transmitterState: 81,
  transmitterTime: 88,
} as const;

const HEAD = 2;
/** Type and address of a system. */
const SYSTEM = 2;
/** The same and the component's address, low byte first; some write its type in between. */
const COMPONENT = 6;

/** The application units that answer a request; none where it asks for what is not there. Never throws. */
export function answerToRequest(
  data: Uint8Array,
  present: () => readonly ComponentReport[],
  nowMs: number,
): Uint8Array[] {
  const [type, count = 0] = data;
  switch (type) {
    case REQUEST.systemState: {
      const asked = new Set(objects(data, count, SYSTEM).map(({ system }) => system));
      return systemStates(
        present().filter(({ place }) => asked.has(place.systemAddress)),
        nowMs,
      );
    }
    case REQUEST.componentState:
      return inFrames(askedFor(data, count, present), componentStates);
    case REQUEST.componentConfig:
      return inFrames(askedFor(data, count, present), componentConfigs);
    case REQUEST.transmitterState:
      return [transmitterState(nowMs)];
    case REQUEST.transmitterTime:
      return [transmitterTime(nowMs)];
    default:
      return [];
  }
}

function askedFor(
  data: Uint8Array,
  count: number,
  present: () => readonly ComponentReport[],
): readonly ComponentReport[] {
  const asked = new Set(objects(data, count, COMPONENT).map(({ system, component }) => `${system}-${component}`));
  if (asked.size === 0) return [];
  return present().filter(({ place }) => asked.has(`${place.systemAddress}-${place.componentAddress}`));
}

/** The objects of a request; they are as long as their number says, and no shorter than `least`. */
function objects(data: Uint8Array, count: number, least: number): { system: number; component: number }[] {
  const bytes = Buffer.from(data.subarray(HEAD));
  const size = count === 0 ? 0 : Math.floor(bytes.length / count);
  if (size < least) return [];
  return Array.from({ length: count }, (_, i) => {
    const object = bytes.subarray(i * size, (i + 1) * size);
    return { system: object[1] ?? 0, component: size < COMPONENT ? 0 : object.readUInt32LE(size - 4) };
  });
}

function inFrames(
  reports: readonly ComponentReport[],
  write: (some: readonly ComponentReport[]) => Uint8Array,
): Uint8Array[] {
  return Array.from({ length: Math.ceil(reports.length / STATES_MAX) }, (_, i) =>
    write(reports.slice(i * STATES_MAX, (i + 1) * STATES_MAX)),
  );
}
