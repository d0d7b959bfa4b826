import { address } from './frame.ts';

/** The application unit of a frame: its type, how many objects it has, and the objects (8.3). */
export interface Unit {
  /** Undefined without data: a keep-alive, or a confirmation. */
  readonly type: number | undefined;
  readonly objects: readonly GbObject[];
  /** It holds less than it says. */
  readonly isCut: boolean;
}

/** An object, with what its type has. */
export interface GbObject {
  readonly systemType?: number;
  readonly systemAddress?: number;
  readonly componentType?: number;
  /** In hex, high byte first. */
  readonly componentAddress?: string;
  readonly state?: Uint8Array;
  readonly analog?: { readonly type: number; readonly raw: number };
  readonly operation?: number;
  /** The number of who has done it. */
  readonly operator?: number;
  readonly text?: string;
  readonly version?: string;
  /** The six bytes of its time; undefined where it has none. */
  readonly time?: Uint8Array;
}

export const TYPE = {
  systemState: 1,
  componentState: 2,
  analog: 3,
  systemOperation: 4,
  systemVersion: 5,
  systemConfig: 6,
  componentConfig: 7,
  systemTime: 8,
  transmitterState: 21,
  transmitterOperation: 24,
  transmitterVersion: 25,
  transmitterConfig: 26,
  transmitterTime: 28,
  initialize: 89,
  setTime: 90,
  guardCheck: 91,
} as const;

interface Layout {
  /** Bytes without the time. */
  readonly bytes: number;
  readonly hasTime: boolean;
  read(bytes: Uint8Array): GbObject;
}

const at = (bytes: Uint8Array, i: number) => bytes[i] ?? 0;
const system = (bytes: Uint8Array) => ({ systemType: at(bytes, 0), systemAddress: at(bytes, 1) });
const component = (bytes: Uint8Array) => ({
  ...system(bytes),
  componentType: at(bytes, 2),
  componentAddress: address(bytes.subarray(3, 7)),
});

/** What objects of a type look like (8.3.1 and on). Those of settings are of any length (`textsOf`). */
const LAYOUTS: Readonly<Record<number, Layout>> = {
  [TYPE.systemState]: {
    bytes: 4,
    hasTime: true,
    read: (bytes) => ({ ...system(bytes), state: bytes.subarray(2, 4) }),
  },
  [TYPE.componentState]: {
    bytes: 40,
    hasTime: true,
    read: (bytes) => ({ ...component(bytes), state: bytes.subarray(7, 9), text: textOf(bytes.subarray(9, 40)) }),
  },
  [TYPE.analog]: {
    bytes: 10,
    hasTime: true,
    read: (bytes) => ({
      ...component(bytes),
      analog: { type: at(bytes, 7), raw: ((at(bytes, 8) | (at(bytes, 9) << 8)) << 16) >> 16 },
    }),
  },
  [TYPE.systemOperation]: {
    bytes: 4,
    hasTime: true,
    read: (bytes) => ({ ...system(bytes), operation: at(bytes, 2), operator: at(bytes, 3) }),
  },
  [TYPE.systemVersion]: {
    bytes: 4,
    hasTime: false,
    read: (bytes) => ({ ...system(bytes), version: `${at(bytes, 2)}.${at(bytes, 3)}` }),
  },
  [TYPE.componentConfig]: {
    bytes: 38,
    hasTime: false,
    read: (bytes) => ({ ...component(bytes), text: textOf(bytes.subarray(7, 38)) }),
  },
  [TYPE.systemTime]: { bytes: 2, hasTime: true, read: system },
  [TYPE.transmitterState]: { bytes: 1, hasTime: true, read: (bytes) => ({ state: bytes.subarray(0, 1) }) },
  [TYPE.transmitterOperation]: {
    bytes: 2,
    hasTime: true,
    read: (bytes) => ({ operation: at(bytes, 0), operator: at(bytes, 1) }),
  },
  [TYPE.transmitterVersion]: {
    bytes: 2,
    hasTime: false,
    read: (bytes) => ({ version: `${at(bytes, 0)}.${at(bytes, 1)}` }),
  },
  [TYPE.transmitterTime]: { bytes: 0, hasTime: true, read: () => ({}) },
  [TYPE.setTime]: { bytes: 0, hasTime: true, read: () => ({}) },
};
const HEAD = 2;
const TIME = 6;

/**
 * Reads the data of a frame. Objects may be shorter than the standard has them, by their time, which then may stand once behind
 * all of them; or longer, by what a vendor puts in its place. How long they are is told by how many there are. Never throws.
 */
export function readUnit(data: Uint8Array): Unit {
  const [type, count] = data;
  // A keep-alive has a type alone.
  if (type === undefined || count === undefined) return { type: undefined, objects: [], isCut: false };
  const layout = LAYOUTS[type];
  if (layout === undefined) return { type, objects: textsOf(type, data.subarray(HEAD), count), isCut: false };
  const bytes = data.subarray(HEAD);
  const plain = layout.bytes;
  const shared =
    layout.hasTime && count > 1 && bytes.length === count * plain + TIME ? bytes.subarray(-TIME) : undefined;
  const even = bytes.length / count;
  const isEven = Number.isInteger(even) && even >= plain;
  const size = shared !== undefined ? plain : isEven ? even : plain + (layout.hasTime ? TIME : 0);
  const objects: GbObject[] = [];
  for (let from = 0; objects.length < count && from + size <= bytes.length; from += size) {
    const object = bytes.subarray(from, from + size);
    const time = shared ?? object.subarray(plain, plain + TIME);
    const read = layout.read(object);
    objects.push(layout.hasTime && time.length === TIME ? { ...read, time } : read);
  }
  return { type, objects, isCut: objects.length < count };
}

/** Settings, whose texts are as long as they say; what is not there is left out. */
function textsOf(type: number, bytes: Uint8Array, count: number): GbObject[] {
  const head = type === TYPE.systemConfig ? 2 : 0;
  if (type !== TYPE.systemConfig && type !== TYPE.transmitterConfig) return [];
  const objects: GbObject[] = [];
  for (let from = 0; objects.length < count && from + head < bytes.length; ) {
    const to = from + head + 1 + at(bytes, from + head);
    const text = textOf(bytes.subarray(from + head + 1, to));
    objects.push(head === 0 ? { text } : { ...system(bytes.subarray(from)), text });
    from = to;
  }
  return objects;
}

const gb18030 = new TextDecoder('gb18030');

/** A text in GB 18030 that ends with the first NUL; what stands behind it is what was there before. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return gb18030.decode(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}
