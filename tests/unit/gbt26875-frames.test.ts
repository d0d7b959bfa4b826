import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nextFrame, readFrame } from '../../src/gateways/gbt26875/frame.ts';
import { gbt26875 } from '../../src/gateways/gbt26875/gbt26875.ts';
import { ANALOGS, bitsSet, COMPONENT_BITS, SYSTEM_BITS, TRANSMITTER_BITS } from '../../src/gateways/gbt26875/states.ts';
import { timeOf } from '../../src/gateways/gbt26875/time.ts';
import { type GbObject, readUnit, TYPE } from '../../src/gateways/gbt26875/unit.ts';
import { stateOf } from '../../src/gateways/gbt26875/values.ts';
import { HEARD_AT_MS, hear } from '../support/line-frames.ts';

/** Published frames give the values that are written down beside them, not only the right sums. */

interface Said {
  readonly serial: number;
  readonly version: readonly [number, number];
  readonly sent_at: string | null;
  readonly source: string;
  readonly destination: string;
  readonly command: number;
  readonly objects: readonly Record<string, unknown>[];
  readonly type?: number;
}

interface Vector {
  readonly protocol: string;
  readonly name: string;
  readonly hex: string;
  readonly dialect?: string;
  readonly chunks?: string;
  readonly expect: Said | { readonly frames: readonly Said[] };
  readonly reply: { readonly command: number; readonly serial: number; readonly type?: number } | null;
}

const FILE = new URL('../../../shared/messages/frames.jsonl', import.meta.url);
const vectors = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Vector)
      .filter(({ protocol }) => protocol === 'gb26875.3')
  : [];

describe.skipIf(vectors.length === 0)('published frames of GB/T 26875.3', () => {
  test.each(vectors.map((one) => [one.name, one] as const))('%s', (_name, vector) => {
    const form = vector.dialect === undefined ? 'binary' : 'bcd';
    const isoOf = (tag: Uint8Array | undefined) => {
      const ms = timeOf(tag, form, HEARD_AT_MS);
      return ms === undefined ? null : new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19);
    };
    const bytes = Buffer.from(vector.hex, 'hex');
    const next = nextFrame(bytes);
    expect(next).toEqual({ kind: 'frame', start: 0, end: bytes.length });
    const frame = readFrame(bytes);
    if (frame === undefined) throw new Error('no frame');
    const said = 'frames' in vector.expect ? vector.expect.frames[0] : vector.expect;
    if (said === undefined) throw new Error('nothing is said of it');
    expect(frame).toMatchObject({
      isWhole: true,
      serial: said.serial,
      version: said.version,
      source: said.source,
      destination: said.destination,
      command: said.command,
    });
    expect(isoOf(frame.time)).toBe(said.sent_at);
    const unit = readUnit(frame.data);
    expect([unit.type, unit.isCut]).toEqual([said.type, false]);
    expect(unit.objects.map((object) => plain(unit.type, object, isoOf(object.time)))).toEqual(said.objects);

    const dialect = { time: form, state: 'little-endian', systems: 'several', clock: 'leave' } as const;
    const pieces = vector.chunks === undefined ? [bytes] : Array.from(bytes, (byte) => Buffer.of(byte));
    const { answers, frames } = hear(gbt26875, pieces, { gbt26875: dialect });
    expect(frames).toHaveLength(1);
    // Of the one that comes byte by byte, nothing is written down of its answer.
    if (vector.chunks !== undefined) return;
    const told = answers.map((one) => readFrame(one));
    expect(
      told.map((one) => ({ whole: one?.isWhole, command: one?.command, serial: one?.serial, to: one?.destination })),
    ).toEqual(
      vector.reply === null
        ? []
        : [{ whole: true, command: vector.reply.command, serial: vector.reply.serial, to: frame.source }],
    );
    const data = told[0]?.data;
    if (vector.reply?.type !== undefined && data !== undefined) {
      const answer = readUnit(data);
      expect(answer.type).toBe(vector.reply.type);
      expect(timeOf(answer.objects[0]?.time, form, 0)).toBe(Math.floor(HEARD_AT_MS / 1_000) * 1_000);
    }
  });
});

/** An object as it is written down there. */
function plain(type: number | undefined, object: GbObject, at: string | null): Record<string, unknown> {
  const { systemType, systemAddress, componentType, componentAddress, state, text, analog, version } = object;
  const bits =
    type === TYPE.systemState ? SYSTEM_BITS : type === TYPE.transmitterState ? TRANSMITTER_BITS : COMPONENT_BITS;
  const value = analog === undefined ? undefined : ANALOGS[analog.type];
  const all = {
    system_type: systemType,
    system_address: systemAddress,
    component_type: componentType,
    component_address: componentAddress,
    state: state === undefined ? undefined : stateOf(object, undefined),
    bits: state === undefined ? undefined : bitsSet(stateOf(object, undefined), bits),
    description: text,
    analog_type: analog?.type,
    metric: value?.field,
    value: analog === undefined ? undefined : analog.raw / 10 ** (value?.decimals ?? 0),
    unit: value?.unit,
    version,
    at: object.time === undefined ? undefined : at,
  };
  return Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined));
}
