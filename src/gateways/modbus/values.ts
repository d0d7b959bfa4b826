import type { Dialect, ModbusValue } from '../../model/dialect.ts';
import type { FrameProtocol, FrameReadings, FrameValue } from '../../model/protocol.ts';
import { rejectionOf } from '../../model/rejection.ts';
import { idsOfAddress } from '../line/ids.ts';
import { findReply, REQUEST_BYTES, type Request, readRequest } from './frame.ts';

export const NAME = 'modbus';
const WORDS = { protocol: 'Modbus RTU' };

/** Registers, and coils, that one request asks for; and how many that nobody wants it may ask for along with them. */
const REGISTERS_MAX = 120;
const BITS_MAX = 1_920;
const GAP_MAX = 16;

/** What is kept of Modbus is a request with its answer; the topic says over whose line they went. */
export const modbusFrames: FrameProtocol = {
  name: NAME,
  open(payload, address) {
    const modem = idsOfAddress(NAME, address);
    const request = readRequest(payload.subarray(0, REQUEST_BYTES));
    const reply = request === undefined ? undefined : findReply(payload.subarray(REQUEST_BYTES), request);
    const own = request === undefined ? [] : idsOfUnit(address, request.unit);
    const read = (dialect: Dialect | undefined, _receivedAtMs: number, device: string): FrameReadings => {
      if (request === undefined || reply?.kind !== 'data') {
        return { items: [], rejection: rejectionOf('no-frame', WORDS) };
      }
      const values: Record<string, FrameValue> = {};
      for (const { unit, func, metrics } of dialect?.modbus?.units ?? []) {
        if (func !== request.func || (unit !== request.unit && !own.includes(device))) continue;
        for (const [name, value] of Object.entries(metrics)) {
          const found = valueOfMetric(value, request, reply.data);
          if (found !== undefined) values[name] = found;
        }
      }
      return { items: Object.keys(values).length === 0 ? [] : [{ tsMs: undefined, values }], rejection: null };
    };
    return { rejection: null, parts: [{ devices: [...own, ...modem], unknownAs: modem[0], read }] };
  },
};

/** The ids of a unit that is a device of its own: its modem's name and its address on the line. */
export function idsOfUnit(modem: string, unit: number): string[] {
  return idsOfAddress(NAME, `${modem}-${unit}`);
}

/** Addresses on a line. */
export const UNIT_MAX = 247;

/** The requests that bring what a profile wants: as few as may be, each of registers near to each other. */
export function requestsOf(dialect: Dialect | undefined): Request[] {
  return (dialect?.modbus?.units ?? []).flatMap(({ unit, func, metrics }) => {
    const most = func <= 2 ? BITS_MAX : REGISTERS_MAX;
    const wanted = Object.values(metrics)
      .map((value) => ({ from: value.at, to: value.at + widthOf(value) }))
      .sort((a, b) => a.from - b.from || a.to - b.to);
    const spans: { from: number; to: number }[] = [];
    for (const { from, to } of wanted) {
      const last = spans.at(-1);
      if (last !== undefined && from - last.to <= GAP_MAX && to - last.from <= most) last.to = Math.max(last.to, to);
      else spans.push({ from, to });
    }
    return spans.map(({ from, to }) => ({ unit, func, address: from, count: to - from }));
  });
}

/** How many registers, or coils, a value takes. */
function widthOf({ type }: ModbusValue): number {
  return type === 'u32' || type === 'i32' || type === 'f32' ? 2 : 1;
}

/** The value in the data of an answer; undefined where it is not within it. */
function valueOfMetric(value: ModbusValue, request: Request, data: Uint8Array): number | boolean | undefined {
  const index = value.at - request.address;
  if (index < 0 || index + widthOf(value) > request.count) return undefined;
  if (request.func <= 2) return (((data[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  const word = ((data[2 * index] ?? 0) << 8) | (data[2 * index + 1] ?? 0);
  if (value.type === 'bit') return ((word >> value.bit) & 1) === 1;
  const raw = widthOf(value) === 1 ? narrow(value, word) : wide(value, data.subarray(2 * index, 2 * index + 4));
  // Without what binary fractions add: 0.1 times 3 is 0.3, and four bytes hold no more than seven digits of 11.8.
  return Number((raw * value.scale + value.offset).toPrecision(value.type === 'f32' ? 7 : 12));
}

function narrow({ type }: ModbusValue, word: number): number {
  return type === 'i16' ? (word << 16) >> 16 : word;
}

/** Four bytes in the order of the device: A is the highest. */
function wide({ type, order }: ModbusValue, bytes: Uint8Array): number {
  const view = new DataView(new ArrayBuffer(4));
  for (const [i, letter] of [...order].entries()) view.setUint8('ABCD'.indexOf(letter), bytes[i] ?? 0);
  return type === 'f32' ? view.getFloat32(0) : type === 'i32' ? view.getInt32(0) : view.getUint32(0);
}
