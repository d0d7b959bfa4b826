import { beijing, type Speaker } from './speaker.ts';

/** Codes of elements, bytes and decimals, as stations report them. */
const ELEMENTS: Readonly<Record<string, readonly [code: number, bytes: number, decimals: number]>> = {
  current_precipitation: [0x20, 3, 1],
  accumulated_precipitation: [0x26, 3, 1],
  water_level: [0x39, 4, 3],
  voltage: [0x38, 2, 2],
};
const TIMER_REPORT = 0x32;
/** What a centre may ask: version, state, clock; and to set the clock. */
const VERSION = 0x45;
const STATE = 0x46;
const ASKED = new Set([VERSION, STATE, 0x4a, 0x51]);
const HEAD_BYTES = 14;

/** A hydrological station of SL 651-2014: a timer report with rain, level and voltage, answered by the same function. */
export const sl651: Speaker = {
  profile: 'sl651-station',
  address: (n) => String(n).padStart(10, '0'),
  id: (address) => `sl651-${address}`,

  report({ address, atMs, serial, values }) {
    const station = bcd(address);
    const [year, ...rest] = beijing(atMs).map((part) => part % 100);
    const time = [year, ...rest].map((part) => String(part).padStart(2, '0')).join('');
    const elements = Object.entries(values).flatMap(([name, value]) => {
      const element = ELEMENTS[name];
      if (element === undefined || typeof value !== 'number') return [];
      const [code, bytes, decimals] = element;
      const digits = String(Math.round(Math.max(0, value) * 10 ** decimals)).padStart(2 * bytes, '0');
      return [code, (bytes << 3) | decimals, ...bcd(digits)];
    });
    const text = Buffer.of(
      ...[(serial >> 8) & 0xff, serial & 0xff],
      ...bcd(time),
      ...[0xf1, 0xf1, ...station, 0x48, 0xf0, 0xf0, ...bcd(time.slice(0, 10))],
      ...elements,
    );
    return frame(station, TIMER_REPORT, text);
  },

  answers(heard, nowMs) {
    let count = 0;
    const says: Uint8Array[] = [];
    let rest = Buffer.from(heard);
    for (let at = rest.indexOf('7e7e', 'hex'); at >= 0; at = rest.indexOf('7e7e', 'hex')) {
      const end = at + 17 + (((rest[at + 11] ?? 0) & 0x0f) << 8) + (rest[at + 12] ?? 0);
      if (rest.length < at + 14 || rest.length < end) break;
      if (rest[at + 10] === TIMER_REPORT) count++;
      else says.push(...repliesTo(rest.subarray(at, end), nowMs));
      rest = rest.subarray(end);
    }
    return { count, says, rest };
  },
};

/** What a station says to a question; nothing to what it does not know. */
function repliesTo(asked: Uint8Array, nowMs: number): Uint8Array[] {
  const func = asked[10] ?? 0;
  if (!ASKED.has(func)) return [];
  const station = asked.subarray(2, 7);
  const time = beijing(nowMs).map((part) => String(part % 100).padStart(2, '0'));
  const serial = asked.subarray(HEAD_BYTES, HEAD_BYTES + 2);
  const more = func === VERSION ? [5, ...Buffer.from('V1.20')] : func === STATE ? [0x45, 0x20, 0, 0, 0, 0] : [];
  return [frame(station, func, Buffer.of(...serial, ...bcd(time.join('')), 0xf1, 0xf1, ...station, ...more))];
}

function frame(station: Uint8Array, func: number, text: Uint8Array): Uint8Array {
  const head = [0x7e, 0x7e, 1, ...station, 0x12, 0x34, func, text.length >> 8, text.length & 0xff, 2];
  const bytes = Buffer.concat([Buffer.of(...head), text, Buffer.of(3)]);
  const crc = modbusCrc(bytes);
  return Buffer.concat([bytes, Buffer.of(crc >> 8, crc & 0xff)]);
}

function bcd(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}

function modbusCrc(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
