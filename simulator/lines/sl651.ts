import { beijing, type Speaker } from './speaker.ts';

/** Codes of elements, bytes and decimals, as stations report them. */
const ELEMENTS: Readonly<Record<string, readonly [code: number, bytes: number, decimals: number]>> = {
  current_precipitation: [0x20, 3, 1],
  accumulated_precipitation: [0x26, 3, 1],
  water_level: [0x39, 4, 3],
  voltage: [0x38, 2, 2],
};
const TIMER_REPORT = 0x32;

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
    const head = [0x7e, 0x7e, 1, ...station, 0x12, 0x34, TIMER_REPORT, text.length >> 8, text.length & 0xff, 2];
    const frame = Buffer.concat([Buffer.of(...head), text, Buffer.of(3)]);
    const crc = modbusCrc(frame);
    return Buffer.concat([frame, Buffer.of(crc >> 8, crc & 0xff)]);
  },

  answers(heard) {
    let count = 0;
    let rest = Buffer.from(heard);
    for (let at = rest.indexOf('7e7e', 'hex'); at >= 0; at = rest.indexOf('7e7e', 'hex')) {
      const end = at + 17 + (((rest[at + 11] ?? 0) & 0x0f) << 8) + (rest[at + 12] ?? 0);
      if (rest.length < at + 14 || rest.length < end) break;
      if (rest[at + 10] === TIMER_REPORT) count++;
      rest = rest.subarray(end);
    }
    return { count, rest };
  },
};

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
