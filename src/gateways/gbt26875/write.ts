import type { ComponentPlace, ComponentReport, Measured, OperationReport } from '../../model/component-report.ts';
import { ANALOGS, COMPONENT_BITS } from './states.ts';
import { tagOf } from './time.ts';
import { TYPE } from './unit.ts';

/** Application units as a transmission device writes them (8.3.1). */

/** Objects of 46 bytes within 1,024 with their type and number. */
export const STATES_MAX = 22;
/** Objects of 10 bytes. */
const SYSTEMS_MAX = 100;
/** Objects of 16 bytes. */
const ANALOGS_MAX = 63;
const TEXT_BYTES = 31;
const NORMAL = 1;
const FAULT = 1 << COMPONENT_BITS.indexOf('fault');
const POWER_FAULT = 1 << COMPONENT_BITS.indexOf('power_fault');

export function componentStates(reports: readonly ComponentReport[]): Uint8Array {
  return unitOf(
    TYPE.componentState,
    reports.map(({ place, flags, text, atMs }) =>
      Buffer.concat([component(place), word(stateBits(flags)), textBytes(text), tagOf(atMs, 'binary')]),
    ),
  );
}

/** What a component measured when it was so; undefined where the standard has no type for its unit, or the value has no room in it. */
export function analogOf({ place, measured, atMs }: ComponentReport): Uint8Array | undefined {
  const object = measured === null ? undefined : analogObject(place, measured, atMs);
  return object === undefined ? undefined : unitOf(TYPE.analog, [object]);
}

/** What components measure at present: as many units as it needs, none where there is nothing. */
export function analogsOf(reports: readonly ComponentReport[]): Uint8Array[] {
  const objects = reports.flatMap(({ place, present = [], atMs }) =>
    present.flatMap((measured) => analogObject(place, measured, atMs) ?? []),
  );
  return inUnits(TYPE.analog, objects, ANALOGS_MAX);
}

function analogObject(place: ComponentPlace, measured: Measured, atMs: number): Uint8Array | undefined {
  for (const [type, { unit, decimals }] of Object.entries(ANALOGS)) {
    if (unit !== measured.unit) continue;
    const raw = Math.round(measured.value * 10 ** decimals);
    if (!(raw >= -0x8000 && raw <= 0x7fff)) return undefined;
    const value = Buffer.concat([Buffer.of(Number(type)), word(raw & 0xffff), tagOf(atMs, 'binary')]);
    return Buffer.concat([component(place), value]);
  }
  return undefined;
}

/** The states of systems, each that of all its components together. */
export function systemStates(reports: readonly ComponentReport[], atMs: number): Uint8Array[] {
  const states = new Map<string, { readonly head: Uint8Array; readonly bits: number }>();
  for (const { place, flags } of reports) {
    const head = system(place);
    const bits = stateBits(flags);
    // What bit 8 is to a component, a loss of its power, is to its system a fault; there it is the main power.
    const ofSystem = bits & POWER_FAULT ? (bits & ~POWER_FAULT) | FAULT : bits;
    states.set(head.join(), { head, bits: ofSystem | (states.get(head.join())?.bits ?? 0) });
  }
  const objects = [...states.values()].map(({ head, bits }) =>
    Buffer.concat([head, word(bits), tagOf(atMs, 'binary')]),
  );
  return inUnits(TYPE.systemState, objects, SYSTEMS_MAX);
}

/** Bits of operations (tables 7 and 9). */
const OPERATIONS: Readonly<Record<OperationReport['what'], number>> = { reset: 0, confirm: 5, 'guard-answered': 5 };
/** Nobody here has a number. */
const OPERATOR = 0;

/** Operations at systems, or at the transmission device: one unit, which may be empty. */
export function operations(of: 'systems' | 'transmitter', reports: readonly OperationReport[]): Uint8Array {
  const objects = reports.map(({ system: at, what, atMs }) => {
    const done = [Buffer.of(1 << OPERATIONS[what], OPERATOR), tagOf(atMs, 'binary')];
    return Buffer.concat(at === null ? done : [system(at), ...done]);
  });
  return unitOf(of === 'systems' ? TYPE.systemOperation : TYPE.transmitterOperation, objects);
}

export type SystemPlace = Pick<ComponentPlace, 'systemType' | 'systemAddress'>;

export function systemVersions(systems: readonly SystemPlace[], version: string): Uint8Array[] {
  const objects = systems.map((at) => Buffer.concat([system(at), versionBytes(version)]));
  return inUnits(TYPE.systemVersion, objects, SYSTEMS_MAX);
}

export function systemTimes(systems: readonly SystemPlace[], atMs: number): Uint8Array[] {
  const objects = systems.map((at) => Buffer.concat([system(at), tagOf(atMs, 'binary')]));
  return inUnits(TYPE.systemTime, objects, SYSTEMS_MAX);
}

export function systemConfig(at: SystemPlace, text: string): Uint8Array {
  return unitOf(TYPE.systemConfig, [Buffer.concat([system(at), sized(text)])]);
}

export function transmitterVersion(version: string): Uint8Array {
  return unitOf(TYPE.transmitterVersion, [versionBytes(version)]);
}

export function transmitterConfig(text: string): Uint8Array {
  return unitOf(TYPE.transmitterConfig, [sized(text)]);
}

/** The first two numbers of a version. */
function versionBytes(version: string): Uint8Array {
  const [main = 0, sub = 0] = version.split('.').map((part) => Number.parseInt(part, 10) & 0xff);
  return Buffer.of(main, sub);
}

/** A text behind its length. */
function sized(text: string): Uint8Array {
  const bytes = gb18030(text, 0xff);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

export function componentConfigs(reports: readonly ComponentReport[]): Uint8Array {
  const objects = reports.map(({ place, text }) => Buffer.concat([component(place), textBytes(text)]));
  return unitOf(TYPE.componentConfig, objects);
}

export function transmitterState(atMs: number): Uint8Array {
  return unitOf(TYPE.transmitterState, [Buffer.concat([Buffer.of(NORMAL), tagOf(atMs, 'binary')])]);
}

export function transmitterTime(atMs: number): Uint8Array {
  return unitOf(TYPE.transmitterTime, [tagOf(atMs, 'binary')]);
}

/** Bit 5 of the operations of a transmission device: somebody at the post has answered a guard check. */
const GUARD_ANSWERED = 1 << 5;

export function guardAnswer(atMs: number): Uint8Array {
  const operator = 0;
  return unitOf(TYPE.transmitterOperation, [
    Buffer.concat([Buffer.of(GUARD_ANSWERED, operator), tagOf(atMs, 'binary')]),
  ]);
}

function inUnits(type: number, objects: readonly Uint8Array[], most: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(objects.length / most) }, (_, i) =>
    unitOf(type, objects.slice(i * most, (i + 1) * most)),
  );
}

function unitOf(type: number, objects: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.of(type, objects.length), ...objects]);
}

/** Bit 0 says that it is in operation and not under test, whatever else stands. */
function stateBits(flags: ComponentReport['flags']): number {
  return COMPONENT_BITS.reduce(
    (bits, name, bit) => (name !== 'normal' && flags.has(name) ? bits | (1 << bit) : bits),
    NORMAL,
  );
}

function system({ systemType, systemAddress }: SystemPlace): Uint8Array {
  return Buffer.of(systemType, systemAddress);
}

function component(place: ComponentPlace): Uint8Array {
  const address = Buffer.alloc(4);
  address.writeUInt32LE(place.componentAddress);
  return Buffer.concat([system(place), Buffer.of(place.componentType), address]);
}

function word(value: number): Uint8Array {
  return Buffer.of(value & 0xff, value >> 8);
}

/** A text of a component, with at least one NUL behind it. */
function textBytes(text: string): Uint8Array {
  return Buffer.concat([gb18030(text, TEXT_BYTES - 1)], TEXT_BYTES);
}

/** A text in GB 18030, as much of it as fits into so many bytes. */
function gb18030(text: string, most: number): Uint8Array {
  twoByteCodes ??= readTwoByteCodes();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character < '\u0080' ? [character.charCodeAt(0)] : (twoByteCodes.get(character) ?? [0x3f]);
    if (bytes.length + code.length > most) break;
    bytes.push(...code);
  }
  return Buffer.from(bytes);
}

let twoByteCodes: Map<string, readonly number[]> | undefined;

/** What the decoder of this program reads of two bytes, the other way round; characters of four bytes are in few names. */
function readTwoByteCodes(): Map<string, readonly number[]> {
  const decoder = new TextDecoder('gb18030');
  const codes = new Map<string, readonly number[]>();
  for (let first = 0x81; first <= 0xfe; first++) {
    for (let second = 0x40; second <= 0xfe; second++) {
      if (second === 0x7f) continue;
      const character = decoder.decode(Uint8Array.of(first, second));
      if (!codes.has(character)) codes.set(character, [first, second]);
    }
  }
  return codes;
}
