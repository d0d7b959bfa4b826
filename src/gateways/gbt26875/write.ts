import type { ComponentPlace, ComponentReport } from '../../model/component-report.ts';
import { ANALOGS, COMPONENT_BITS } from './states.ts';
import { tagOf } from './time.ts';
import { TYPE } from './unit.ts';

/** Application units as a transmission device writes them (8.3.1). */

/** Objects of 46 bytes within 1,024 with their type and number. */
export const STATES_MAX = 22;
/** Objects of 10 bytes. */
const SYSTEMS_MAX = 100;
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

/** What a component measures; undefined where the standard has no type for its unit, or the value has no room in it. */
export function analogOf({ place, measured, atMs }: ComponentReport): Uint8Array | undefined {
  if (measured === null) return undefined;
  for (const [type, { unit, decimals }] of Object.entries(ANALOGS)) {
    if (unit !== measured.unit) continue;
    const raw = Math.round(measured.value * 10 ** decimals);
    if (!(raw >= -0x8000 && raw <= 0x7fff)) return undefined;
    const value = Buffer.concat([Buffer.of(Number(type)), word(raw & 0xffff), tagOf(atMs, 'binary')]);
    return unitOf(TYPE.analog, [Buffer.concat([component(place), value])]);
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
  return Array.from({ length: Math.ceil(objects.length / SYSTEMS_MAX) }, (_, i) =>
    unitOf(TYPE.systemState, objects.slice(i * SYSTEMS_MAX, (i + 1) * SYSTEMS_MAX)),
  );
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

function system({ systemType, systemAddress }: ComponentPlace): Uint8Array {
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

/** A text in GB 18030, as much of it as there is room for, with at least one NUL behind it. */
function textBytes(text: string): Uint8Array {
  twoByteCodes ??= readTwoByteCodes();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character < '\u0080' ? [character.charCodeAt(0)] : (twoByteCodes.get(character) ?? [0x3f]);
    if (bytes.length + code.length >= TEXT_BYTES) break;
    bytes.push(...code);
  }
  return Buffer.concat([Buffer.from(bytes)], TEXT_BYTES);
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
