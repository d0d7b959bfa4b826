import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc16 } from '../../src/gateways/line/crc16.ts';
import { codeOf } from '../../src/gateways/sl651/elements.ts';
import { nextFrame, readFrame } from '../../src/gateways/sl651/frame.ts';
import { sl651 } from '../../src/gateways/sl651/sl651.ts';
import { readText } from '../../src/gateways/sl651/text.ts';
import type { DeviceCommand } from '../../src/model/device-command.ts';
import { hear } from '../support/line-frames.ts';

/** Published frames give the values that are written down beside them, not only the right sums. */

interface Vector {
  readonly protocol: string;
  readonly name: string;
  readonly hex: string;
  readonly expect: {
    readonly function: string;
    readonly center: number;
    readonly station: string;
    readonly password: string;
    readonly end: string;
    readonly trailing: number;
    readonly serial: number;
    readonly sent_at: string;
    readonly station_type?: string;
    readonly manual?: string;
    readonly elements: readonly {
      readonly id: string;
      readonly value?: number | string | null;
      readonly values?: readonly (number | null)[];
      readonly raw?: readonly string[];
      readonly at?: string;
      readonly first_at?: string;
    }[];
  };
  readonly reply: { readonly function: string; readonly direction: string } | null;
}

const FILE = new URL('../../../shared/messages/frames.jsonl', import.meta.url);
const vectors = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Vector)
      .filter(({ protocol }) => protocol === 'sl651-2014')
  : [];

const minutes = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16);

describe.skipIf(vectors.length === 0)('published frames of SL 651', () => {
  test.each(vectors.map((one) => [one.name, one] as const))('%s', (_name, { hex, expect: said, reply }) => {
    const bytes = Buffer.from(hex, 'hex');
    const next = nextFrame(bytes);
    if (next.kind === 'more') throw new Error('no frame');
    expect(bytes.length - next.end).toBe(said.trailing);
    const frame = readFrame(bytes.subarray(next.start, next.end));
    if (frame === undefined) throw new Error('no frame');
    expect(frame).toMatchObject({
      isChecksumRight: true,
      isUplink: true,
      center: said.center,
      station: said.station,
      password: said.password,
      func: Number.parseInt(said.function, 16),
      end: Number.parseInt(said.end, 16),
    });
    const text = readText(frame.func, frame.text);
    expect(text.serial).toBe(said.serial);
    expect(text.isCut).toBe(false);
    expect(text.sentAtMs).toBe(Date.parse(`${said.sent_at}+08:00`));
    expect(text.stationType?.toString(16)).toBe(said.station_type);
    expect(text.manual).toBe(said.manual);
    const found = text.elements.map(({ id, values, raw, atMs }) => ({
      id: codeOf(id),
      at: minutes(atMs),
      ...(raw === undefined ? { values } : { raw }),
    }));
    expect(found).toEqual(
      said.elements.map(({ id, value, values, raw, at, first_at }) => ({
        id,
        at: at ?? first_at,
        ...(raw !== undefined || id === '45' ? { raw: raw ?? [value] } : { values: values ?? [value] }),
      })),
    );
    // Each value is of a time, and none of them is later than the frame was sent.
    const { messages, answers } = hear(sl651, [bytes]);
    const times = messages.flatMap(({ items }) => items.map(({ tsMs = 0 }) => tsMs));
    for (const tsMs of times) expect(tsMs).toBeLessThanOrEqual((text.sentAtMs ?? 0) + 300_000);
    expect(answers).toHaveLength(reply === null ? 0 : 1);
    const [answer] = answers;
    if (answer === undefined || reply === null) return;
    const told = readFrame(answer);
    expect(told).toMatchObject({
      isChecksumRight: true,
      isUplink: false,
      func: Number.parseInt(reply.function, 16),
      station: said.station,
      center: said.center,
      password: said.password,
      end: 4,
    });
    expect(readText(frame.func, told?.text ?? Buffer.alloc(0)).serial).toBe(said.serial);
  });
});

describe('what a station is told', () => {
  const context = { nowMs: Date.parse('2026-07-01T08:00:07+08:00'), dialectOf: () => undefined };
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  /** A frame of a station, in bytes. */
  function uplink(func: number, text: string): Uint8Array {
    const body = bytes(text);
    const head = bytes(`7e7e0100510000011234${func.toString(16)}00${body.length.toString(16).padStart(2, '0')}02`);
    const frame = Buffer.concat([head, body, Buffer.of(3)]);
    const crc = crc16(frame);
    return Buffer.concat([frame, Buffer.of(crc >> 8, crc & 0xff)]);
  }
  const station = 'f1f10051000001';

  test('is asked by the function of what it is to say, and known by that in what it says', () => {
    const talk = sl651.talk();
    expect(talk.tell?.('0051000001', { kind: 'set-time' }, context)).toBeUndefined();
    talk.take(uplink(0x2f, '0001260701080000'), context);
    const tell = (command: DeviceCommand) => talk.tell?.('0051000001', command, context);
    const set = tell({ kind: 'set-time' });
    expect(readFrame(set?.bytes ?? bytes(''))).toMatchObject({
      isChecksumRight: true,
      isUplink: false,
      station: '0051000001',
      center: 1,
      password: '1234',
      func: 0x4a,
      end: 5,
    });
    const replies = (func: number, text: string) => talk.take(uplink(func, text), context).replies?.();
    expect(replies(0x4a, `0002260701080007${station}`)).toEqual([{ kind: 'confirmed', key: set?.keys[0] }]);
    const answered = (command: DeviceCommand, func: number, text: string) => {
      const told = tell(command);
      expect(readFrame(told?.bytes ?? bytes(''))?.func).toBe(func);
      const [reply] = replies(func, text) ?? [];
      expect(reply).toMatchObject({ kind: 'answered', key: told?.keys[0] });
      return reply?.kind === 'answered' ? reply.answers.map(({ values }) => values) : [];
    };
    const version = answered({ kind: 'read', what: 'version' }, 0x45, `0003260701080007${station}0556312e3230`);
    expect(version).toEqual([{ version: 'V1.20' }]);
    const state = answered({ kind: 'read', what: 'state' }, 0x46, `0004260701080007${station}452000000002`);
    expect(state).toMatchObject([{ battery_low: true, mains_lost: false }]);
    const time = answered({ kind: 'read', what: 'time' }, 0x51, `0005260701080107${station}`);
    expect(time).toEqual([{ clock_offset_s: 60 }]);
    const observed = `0006260701080007${station}48f0f02607010800392300003456`;
    expect(answered({ kind: 'read', what: 'values' }, 0x37, observed)).toEqual([{ water_level: 3.456 }]);
    expect(tell({ kind: 'read', what: 'settings' })).toBeUndefined();
    expect(tell({ kind: 'guard-check', withinMinutes: 5 })).toBeUndefined();
  });

  test('is in characters where the station speaks so', () => {
    const talk = sl651.talk();
    const head = Buffer.from('\u000101005100000112342F0010\u00020001260701080000\u0003', 'latin1');
    talk.take(Buffer.concat([head, Buffer.from(crc16(head).toString(16).toUpperCase().padStart(4, '0'))]), context);
    const told = talk.tell?.('0051000001', { kind: 'read', what: 'version' }, context)?.bytes ?? bytes('');
    expect(Buffer.from(told).toString('latin1')).toMatch(/^.0051000001011234458010.0001260701080007.[0-9A-F]{4}$/s);
    expect(readFrame(told)).toMatchObject({ form: 'ascii', isChecksumRight: true, isUplink: false, func: 0x45 });
  });
});
