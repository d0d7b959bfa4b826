import {
  COMMAND_KINDS,
  type CommandAnswer,
  type Commandable,
  type DeviceCommand,
  READABLE,
  type Readable,
} from '../../model/device-command.ts';
import type { Dialect } from '../../model/dialect.ts';
import type { FrameValue } from '../../model/protocol.ts';
import { idsOfAddress } from '../line/ids.ts';
import type { Reply } from '../line/protocol.ts';
import { COMMAND, type Frame } from './frame.ts';
import { timeOf } from './time.ts';
import { type GbObject, TYPE, type Unit } from './unit.ts';
import { NAME, placeOf, valuesOf } from './values.ts';

/** What a transmission device is told and asked (table 3 of GB/T 26875.3-2011), and what it says to it. */

/** What may be read, by what it is read of, and the types that answer. */
const REQUESTS: Readonly<
  Record<'transmitter' | 'system' | 'component', Partial<Record<Readable, readonly [asks: number, answers: number]>>>
> = {
  transmitter: {
    state: [81, TYPE.transmitterState],
    operations: [84, TYPE.transmitterOperation],
    version: [85, TYPE.transmitterVersion],
    settings: [86, TYPE.transmitterConfig],
    time: [88, TYPE.transmitterTime],
  },
  system: {
    state: [61, TYPE.systemState],
    operations: [64, TYPE.systemOperation],
    version: [65, TYPE.systemVersion],
    settings: [66, TYPE.systemConfig],
    time: [68, TYPE.systemTime],
  },
  component: {
    state: [62, TYPE.componentState],
    values: [63, TYPE.analog],
    settings: [67, TYPE.componentConfig],
  },
};
/** So many records of operations are asked for, from so long ago. */
const OPERATIONS = 10;
const OPERATIONS_SINCE_MS = 24 * 3_600_000;
const RESERVED = 0;

/** Operations of a transmission device (table 9) and of a system (table 7): what somebody has done at it. */
const OPERATION_BITS = ['reset', 'silence', 'manual_alarm', 'alarm_cleared', 'self_test', 'guard_answered', 'test'];
const SYSTEM_OPERATION_BITS = ['reset', 'silence', 'manual_alarm', 'alarm_cleared', 'self_test', 'confirm', 'test'];
const GUARD_ANSWERED = 1 << 5;

export interface Asking {
  readonly command: number;
  /** The application unit. */
  readonly data: Uint8Array;
  /** The type that answers; undefined where that it is confirmed is all. */
  readonly answerType: number | undefined;
}

/** What says a command; `tag` writes a time as the device does, `systemType` is that of a system by its address. */
export function askingOf(command: DeviceCommand, { tag, nowMs, systemType }: AskingContext): Asking | undefined {
  const control = (type: number, ...bytes: number[]) => ({
    command: COMMAND.control,
    data: Uint8Array.of(type, 1, ...bytes),
    answerType: undefined,
  });
  switch (command.kind) {
    case 'guard-check':
      return control(TYPE.guardCheck, command.withinMinutes);
    case 'initialize':
      return control(TYPE.initialize, RESERVED);
    case 'set-time':
      return control(TYPE.setTime, ...tag(nowMs));
    case 'read': {
      const [system, component] = command.place?.split('-') ?? [];
      const of = system === undefined ? 'transmitter' : component === undefined ? 'system' : 'component';
      const [type, answerType] = REQUESTS[of][command.what] ?? [];
      if (type === undefined) return undefined;
      const place = [
        ...(system === undefined ? [] : [systemType(Number(system)), Number(system)]),
        ...(component === undefined ? [] : Buffer.from(component, 'hex').reverse()),
      ];
      const since = command.what === 'operations' ? [OPERATIONS, ...tag(nowMs - OPERATIONS_SINCE_MS)] : [];
      const object = place.length + since.length === 0 ? [RESERVED] : [...place, ...since];
      return { command: COMMAND.request, data: Uint8Array.of(type, 1, ...object), answerType };
    }
  }
}

export interface AskingContext {
  readonly nowMs: number;
  readonly tag: (ms: number) => Uint8Array;
  readonly systemType: (address: number) => number;
}

export const serialKey = (serial: number) => `serial ${serial}`;
export const typeKey = (type: number) => `type ${type}`;

/** What a frame says to what its device was told: some answer with what they would send by themselves. */
export function repliesOf(frame: Frame, unit: Unit, dialect: Dialect | undefined, nowMs: number): Reply[] {
  const key = serialKey(frame.serial);
  switch (frame.command) {
    case COMMAND.confirm:
      return [{ kind: 'confirmed', key }];
    case COMMAND.deny:
      return [{ kind: 'denied', key }];
    case COMMAND.answer:
      return [{ kind: 'answered', key, answers: answersOf(unit, dialect, nowMs) }];
    case COMMAND.send: {
      if (unit.type === undefined) return [];
      const guards = unit.objects.filter(
        ({ operation = 0 }) => unit.type === TYPE.transmitterOperation && (operation & GUARD_ANSWERED) !== 0,
      );
      return [
        ...guards.map((object): Reply => ({ kind: 'guard', answer: answerOf(unit.type, object, dialect, nowMs) })),
        { kind: 'answered', key: typeKey(unit.type), answers: answersOf(unit, dialect, nowMs) },
      ];
    }
    default:
      return [];
  }
}

function answersOf(unit: Unit, dialect: Dialect | undefined, nowMs: number): CommandAnswer[] {
  return unit.objects.map((object) => answerOf(unit.type, object, dialect, nowMs));
}

function answerOf(
  type: number | undefined,
  object: GbObject,
  dialect: Dialect | undefined,
  nowMs: number,
): CommandAnswer {
  const form = dialect?.gbt26875?.time;
  const atMs = timeOf(object.time, form === 'auto' ? undefined : form, nowMs) ?? null;
  const isClock = type === TYPE.transmitterTime || type === TYPE.systemTime;
  const values =
    isClock && atMs !== null ? { clock_offset_s: Math.round((atMs - nowMs) / 1_000) } : saidOf(type, object, dialect);
  return { place: placeOf(object) ?? null, atMs, values };
}

/** What an object says to somebody who reads it. */
function saidOf(type: number | undefined, object: GbObject, dialect: Dialect | undefined): Record<string, FrameValue> {
  const { operation, operator, version, text } = object;
  if (operation !== undefined) {
    const names = type === TYPE.systemOperation ? SYSTEM_OPERATION_BITS : OPERATION_BITS;
    const done = names.filter((_, bit) => ((operation >> bit) & 1) === 1);
    return {
      ...Object.fromEntries(done.map((name) => [name, true])),
      ...(operator === undefined ? {} : { operator }),
    };
  }
  if (version !== undefined) return { version };
  if (type === TYPE.componentConfig || type === TYPE.systemConfig || type === TYPE.transmitterConfig) {
    return { description: text ?? '' };
  }
  return valuesOf(type, object, dialect);
}

const ID = /^(?:gbt26875-)?([0-9a-f]{12})-(\d{1,3}(?:-[0-9a-f]{8})?)$/;

export function commandable(device: string): Commandable {
  const part = partOf(device);
  const requests = REQUESTS[part === undefined ? 'transmitter' : part.place.includes('-') ? 'component' : 'system'];
  const readable = READABLE.filter((what) => requests[what] !== undefined);
  return { commands: part === undefined ? COMMAND_KINDS : ['read'], readable };
}

/** A system or component that is a device of its own: its transmission device, and where it is in it. */
export function partOf(device: string): { devices: readonly string[]; place: string } | undefined {
  const [, address, place] = ID.exec(device.toLowerCase()) ?? [];
  return address === undefined || place === undefined ? undefined : { devices: idsOfAddress(NAME, address), place };
}
