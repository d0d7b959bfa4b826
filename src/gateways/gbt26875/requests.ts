import type { ComponentReport, OperationReport } from '../../model/component-report.ts';
import { timeOf } from './time.ts';
import {
  analogsOf,
  componentConfigs,
  componentStates,
  operations,
  STATES_MAX,
  type SystemPlace,
  systemConfig,
  systemStates,
  systemTimes,
  systemVersions,
  transmitterConfig,
  transmitterState,
  transmitterTime,
  transmitterVersion,
} from './write.ts';

/** What a platform may ask a transmission device for (table 3 of GB/T 26875.3-2011); the rest is denied. */
const REQUEST = {
  systemState: 61,
  componentState: 62,
  analog: 63,
  systemOperation: 64,
  systemVersion: 65,
  systemConfig: 66,
  componentConfig: 67,
  systemTime: 68,
  transmitterState: 81,
  transmitterOperation: 84,
  transmitterVersion: 85,
  transmitterConfig: 86,
  transmitterTime: 88,
} as const;

const HEAD = 2;
/** Type and address of a system. */
const SYSTEM = 2;
/** The same and the component's address, low byte first; some write its type in between. */
const COMPONENT = 6;
/** How many records, and from when on. */
const RECORDS = 7;
/** Records in one answer. */
const RECORDS_MAX = 100;

export interface Answering {
  readonly present: () => readonly ComponentReport[];
  readonly operations: () => readonly OperationReport[];
  readonly version: string;
}

/** The application units that answer a request; none where it asks for what is not there. Never throws. */
export function answerToRequest(data: Uint8Array, from: Answering, nowMs: number): Uint8Array[] {
  const [type, count = 0] = data;
  const { present, version } = from;
  const systems = () => systemsAsked(data, count, present());
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
    case REQUEST.analog:
      return analogsOf(askedFor(data, count, present));
    case REQUEST.systemOperation:
      return systems()
        .slice(0, 1)
        .map(({ systemAddress }) => {
          const done = from.operations().filter(({ system }) => system?.systemAddress === systemAddress);
          return operations('systems', wanted(done, data.subarray(HEAD + SYSTEM), nowMs));
        });
    case REQUEST.systemVersion:
      return systemVersions(systems(), version);
    case REQUEST.systemConfig: {
      const all = present();
      return systems().map((at) => systemConfig(at, `Brink ${version}，${componentsOf(all, at)} 个部件`));
    }
    case REQUEST.componentConfig:
      return inFrames(askedFor(data, count, present), componentConfigs);
    case REQUEST.systemTime:
      return systemTimes(systems(), nowMs);
    case REQUEST.transmitterState:
      return [transmitterState(nowMs)];
    case REQUEST.transmitterOperation: {
      const done = from.operations().filter(({ system }) => system === null);
      return [operations('transmitter', wanted(done, data.subarray(HEAD), nowMs))];
    }
    case REQUEST.transmitterVersion:
      return [transmitterVersion(version)];
    case REQUEST.transmitterConfig:
      return [transmitterConfig(`Brink ${version}，${present().length} 个部件`)];
    case REQUEST.transmitterTime:
      return [transmitterTime(nowMs)];
    default:
      return [];
  }
}

/** Those of the records that a request wants: so many, from a time on; without a time that can be, the last ones. */
function wanted(done: readonly OperationReport[], request: Uint8Array, nowMs: number): readonly OperationReport[] {
  const count = Math.min(request.length < RECORDS ? RECORDS_MAX : (request[0] ?? 0), RECORDS_MAX);
  const fromMs = timeOf(request.subarray(1, RECORDS), undefined, nowMs);
  return fromMs === undefined || request.length < RECORDS
    ? done.slice(Math.max(0, done.length - count))
    : done.filter(({ atMs }) => atMs >= fromMs).slice(0, count);
}

/** The systems of a request that are there, each once. */
function systemsAsked(data: Uint8Array, count: number, present: readonly ComponentReport[]): SystemPlace[] {
  const asked = new Set(objects(data, count, SYSTEM).map(({ system }) => system));
  const found = new Map(present.map(({ place }) => [place.systemAddress, place]));
  return [...found].flatMap(([address, { systemType, systemAddress }]) =>
    asked.has(address) ? [{ systemType, systemAddress }] : [],
  );
}

function componentsOf(present: readonly ComponentReport[], { systemAddress }: SystemPlace): number {
  return present.filter(({ place }) => place.systemAddress === systemAddress).length;
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
