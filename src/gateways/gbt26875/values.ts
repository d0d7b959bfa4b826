import type { Dialect } from '../../model/dialect.ts';
import type { FramePart, FrameValue, OpenedFrames } from '../../model/protocol.ts';
import { rejectionOf } from '../../model/rejection.ts';
import { idsOfAddress } from '../line/ids.ts';
import { COMMAND, type Frame, nextFrame, readFrame } from './frame.ts';
import { ANALOGS, COMPONENT_BITS, OPERATION_RESET, SYSTEM_BITS, TRANSMITTER_BITS } from './states.ts';
import { timeOf } from './time.ts';
import { type GbObject, readUnit, TYPE, type Unit } from './unit.ts';

export const NAME = 'gbt26875';
const WORDS = { protocol: 'GB/T 26875.3' };

/** Types whose objects say something of a sensor. */
const MEASURED: ReadonlySet<number | undefined> = new Set<number>([
  TYPE.systemState,
  TYPE.componentState,
  TYPE.analog,
  TYPE.systemOperation,
  TYPE.transmitterState,
  TYPE.transmitterOperation,
]);

/** A device that has nothing to say says so in many ways: an empty command, a unit of one byte, that it has started. */
export function isSignOfLife({ command }: Frame, { type }: Unit): boolean {
  return command === COMMAND.alive || command === COMMAND.register || (command === COMMAND.send && type === undefined);
}

export function isMeasured({ command }: Frame, { type }: Unit): boolean {
  return (command === COMMAND.send || command === COMMAND.answer) && MEASURED.has(type);
}

/** What tells that nobody can say how the rest is to be read. */
function withoutReadings(devices: readonly string[], code: 'no-frame' | 'wrong-checksum'): OpenedFrames {
  const read = () => ({ items: [], rejection: rejectionOf(code, WORDS) });
  return { rejection: null, parts: [{ devices, read }] };
}

/**
 * What a frame holds: a part for each object. A component that is registered as a device of its own has its states; those of
 * the others go to their transmission device.
 */
export function openFrames(payload: Uint8Array): OpenedFrames {
  const next = nextFrame(payload);
  const frame = readFrame(next.kind === 'frame' ? payload.subarray(next.start, next.end) : payload);
  if (frame === undefined) return { parts: [], rejection: rejectionOf('no-frame', WORDS) };
  const host = idsOfAddress(NAME, frame.source);
  if (!frame.isWhole) return withoutReadings(host, 'wrong-checksum');
  const unit = readUnit(frame.data);
  if (isSignOfLife(frame, unit)) {
    const items = [{ tsMs: undefined, values: { alive: true }, isOptional: true }];
    return { rejection: null, parts: [{ devices: host, read: () => ({ items, rejection: null }) }] };
  }
  if (!isMeasured(frame, unit)) return { parts: [], rejection: null };
  const parts = unit.objects.map((object) => partOf(frame, unit, object, host));
  if (unit.isCut) parts.push(...withoutReadings(host, 'no-frame').parts);
  return { rejection: null, parts };
}

function partOf(frame: Frame, { type }: Unit, object: GbObject, host: readonly string[]): FramePart {
  const place = placeOf(object);
  const own = place === undefined ? [] : idsOfAddress(NAME, `${frame.source}-${place}`);
  return {
    devices: [...own, ...host],
    unknownAs: host[0],
    read(dialect, receivedAtMs, device) {
      const form = dialect?.gbt26875?.time;
      const atMs = timeOf(object.time, form === 'auto' ? undefined : form, receivedAtMs);
      const says = valuesOf(type, object, dialect);
      const isOwn = place === undefined || own.includes(device);
      const values = isOwn ? says : ofHost(place, type, object, says, dialect);
      if (Object.keys(values).length === 0) return { items: [], rejection: null };
      // That some component is well is nothing that its transmission device has to ask for.
      const isOptional = !isOwn && !Object.values(values).includes(true);
      return { items: [{ tsMs: atMs, values, isOptional }], rejection: null };
    },
  };
}

/** Where an object is within its transmission device: the address of its system, and of its component. */
export function placeOf({ systemAddress, componentAddress }: GbObject): string | undefined {
  if (systemAddress === undefined) return undefined;
  return componentAddress === undefined ? String(systemAddress) : `${systemAddress}-${componentAddress}`;
}

/** What an object says, under the names of a device that is nothing else. */
export function valuesOf(
  type: number | undefined,
  object: GbObject,
  dialect: Dialect | undefined,
): Record<string, FrameValue> {
  switch (type) {
    case TYPE.systemState:
      return { ...flags(object, SYSTEM_BITS, dialect), system_type: object.systemType ?? 0 };
    case TYPE.componentState:
      return {
        ...flags(object, COMPONENT_BITS, dialect),
        component_type: object.componentType ?? 0,
        ...(object.text === undefined || object.text === '' ? {} : { description: object.text }),
      };
    case TYPE.transmitterState:
      return Object.fromEntries(
        Object.entries(flags(object, TRANSMITTER_BITS, dialect)).map(([name, is]) => [`transmitter_${name}`, is]),
      );
    case TYPE.analog: {
      const { type: kind = 0, raw = 0 } = object.analog ?? {};
      const analog = ANALOGS[kind];
      return analog === undefined ? { [`analog_${kind}`]: raw } : { [analog.field]: raw / 10 ** analog.decimals };
    }
    default:
      return isReset(type, object, dialect) ? NOTHING_STANDS : {};
  }
}

/**
 * What of an unregistered component, or of a system, is said of its transmission device: under its own place, and what it
 * reports as the device's own. That one component is well says nothing of the others, so what has been reported stands until
 * somebody resets the panel, or, where the profile says that there is one system, until that is well.
 */
function ofHost(
  place: string,
  type: number | undefined,
  object: GbObject,
  says: Readonly<Record<string, FrameValue>>,
  dialect: Dialect | undefined,
): Record<string, FrameValue> {
  const values: Record<string, FrameValue> = {};
  const isAll = isReset(type, object, dialect) || (type === TYPE.systemState && dialect?.gbt26875?.systems === 'one');
  const reported: string[] = [];
  for (const [name, value] of Object.entries(says)) {
    if (name !== 'system_type' && name !== 'component_type' && name !== 'description')
      values[`${place}.${name}`] = value;
    if (typeof value === 'number') values[name] = value;
    else if (value === true || isAll) values[name] = value;
    if (value === true) reported.push(name);
  }
  if (reported.length > 0)
    values.reported_by = [place, object.text].filter((part) => part !== undefined && part !== '').join(' ');
  return isReset(type, object, dialect) ? { ...values, ...NOTHING_STANDS } : values;
}

/** What a reset panel takes back. */
const NOTHING_STANDS: Readonly<Record<string, FrameValue>> = {
  fire: false,
  fault: false,
  supervisory: false,
  started: false,
  feedback: false,
};

function isReset(type: number | undefined, object: GbObject, dialect: Dialect | undefined): boolean {
  if (type === TYPE.systemState) return ((stateOf(object, dialect) >> 13) & 1) === 1;
  return ((object.operation ?? 0) & OPERATION_RESET) !== 0;
}

function flags(object: GbObject, names: readonly string[], dialect: Dialect | undefined): Record<string, FrameValue> {
  const state = stateOf(object, dialect);
  // Bit 0 says "in operation, not under test", and devices leave it out where something else is to be said.
  return Object.fromEntries(names.flatMap((name, bit) => (bit === 0 ? [] : [[name, ((state >> bit) & 1) === 1]])));
}

/** The bits of a state, whichever byte comes first. */
export function stateOf({ state }: GbObject, dialect: Dialect | undefined): number {
  const [first = 0, second = 0] = state ?? [];
  if (state?.length === 1) return first;
  return dialect?.gbt26875?.state === 'big-endian' ? (first << 8) | second : first | (second << 8);
}
