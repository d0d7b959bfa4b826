import type { Profile } from '../../src/model/site.ts';
import type { Scalar } from '../signals.ts';

/**
 * A modem with units of Modbus RTU on its line: it says its name when it has connected, and answers what is asked from the
 * registers that the profile names. Written from the standard, without the server's own code.
 */
export const modbus = {
  profile: 'modbus-level',
  address: (n: number) => `86${String(n).padStart(13, '0')}`,
  id: (address: string) => `modbus-${address}`,
};

const REQUEST_BYTES = 8;

/** The answers to the requests that have come in whole, and what is left of what came in. */
export function answerRequests(
  heard: Uint8Array,
  profile: Profile,
  values: ReadonlyMap<string, Scalar>,
): { readonly answers: Uint8Array[]; readonly rest: Uint8Array } {
  const answers: Uint8Array[] = [];
  let rest = heard;
  for (; rest.length >= REQUEST_BYTES; rest = rest.subarray(REQUEST_BYTES)) {
    const [unit = 0, func = 0, a = 0, b = 0, c = 0, d = 0] = rest;
    answers.push(answer(unit, func, (a << 8) | b, (c << 8) | d, profile, values));
  }
  return { answers, rest };
}

function answer(
  unit: number,
  func: number,
  address: number,
  count: number,
  profile: Profile,
  values: ReadonlyMap<string, Scalar>,
): Uint8Array {
  const registers = Buffer.alloc(2 * count);
  for (const one of profile.protocol?.modbus?.units ?? []) {
    if (one.unit !== unit || one.func !== func) continue;
    for (const [name, { at, type, bit, scale, offset, order }] of Object.entries(one.metrics)) {
      const value = values.get(name);
      const from = 2 * (at - address);
      const raw = (Number(value ?? 0) - offset) / scale;
      if (value === undefined || from < 0 || from + 2 > registers.length) continue;
      if (type === 'bit') registers.writeUInt16BE(registers.readUInt16BE(from) | (Number(value) << bit), from);
      else if (type === 'u16' || type === 'i16') registers.writeUInt16BE(Math.round(raw) & 0xffff, from);
      else if (from + 4 <= registers.length) {
        const bytes = Buffer.alloc(4);
        if (type === 'f32') bytes.writeFloatBE(raw);
        else bytes.writeInt32BE(Math.round(raw) | 0);
        for (const [i, letter] of [...order].entries()) registers[from + i] = bytes['ABCD'.indexOf(letter)] ?? 0;
      }
    }
  }
  const body = Buffer.concat([Buffer.of(unit, func, registers.length), registers]);
  let crc = 0xffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return Buffer.concat([body, Buffer.of(crc & 0xff, crc >> 8)]);
}
