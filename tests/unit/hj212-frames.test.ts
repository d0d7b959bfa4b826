import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frameOf, nextFrame, readFrame } from '../../src/gateways/hj212/frame.ts';
import { hj212 } from '../../src/gateways/hj212/hj212.ts';
import { readPacket, timeOf } from '../../src/gateways/hj212/packet.ts';
import { dialectSchema } from '../../src/model/dialect.ts';
import { hear } from '../support/line-frames.ts';

/** Published frames give the values that are written down beside them, not only the right sums. */

interface Said {
  readonly qn: string | null;
  readonly st: string;
  readonly cn: string;
  readonly mn: string;
  readonly flag: string | null;
  readonly readings: readonly ({ readonly code: string; readonly flag?: string } & Record<string, unknown>)[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly data_time?: string;
  readonly pnum?: number;
  readonly pno?: number;
  readonly crc: string;
  readonly length_ok: boolean;
  readonly strict: string;
}

interface Vector {
  readonly protocol: string;
  readonly name: string;
  readonly text: string;
  readonly expect: Said | { readonly frames: number; readonly each: Said };
  readonly reply: { readonly st: string; readonly cn: string; readonly qn: string; readonly flag_bit0: number } | null;
}

const FILE = new URL('../../../shared/messages/frames.jsonl', import.meta.url);
const vectors = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Vector)
      .filter(({ protocol }) => protocol === 'hj212-2017')
  : [];

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let rest = bytes; ; ) {
    const next = nextFrame(rest);
    if (next.kind === 'more') return frames;
    frames.push(rest.subarray(next.start, next.end));
    rest = rest.subarray(next.end);
  }
}

describe.skipIf(vectors.length === 0)('published frames of HJ 212', () => {
  test.each(vectors.map((one) => [one.name, one] as const))('%s', (_name, vector) => {
    const bytes = Buffer.from(vector.text);
    const { each, frames } = 'each' in vector.expect ? vector.expect : { each: vector.expect, frames: 1 };
    const found = framesOf(bytes);
    expect(found).toHaveLength(frames);
    for (const one of found) {
      const frame = readFrame(one);
      if (frame === undefined) throw new Error('no frame');
      expect([frame.checksum, frame.isLengthRight]).toEqual([each.crc, each.length_ok]);
      const packet = readPacket(frame.segment);
      expect(packet).toMatchObject({ st: each.st, cn: each.cn, mn: each.mn });
      expect([packet.qn ?? null, packet.flag ?? null]).toEqual([
        each.qn,
        each.flag === null ? null : Number(each.flag),
      ]);
      expect(Object.fromEntries(packet.fields)).toEqual(each.fields ?? {});
      if (each.data_time !== undefined) {
        const atMs = Math.floor((timeOf(packet.fields.get('DataTime')) ?? 0) / 1_000) * 1_000;
        expect(atMs).toBe(Date.parse(`${each.data_time}+08:00`));
      }
      if (each.pnum !== undefined) expect(packet.packets).toEqual({ total: each.pnum, index: each.pno });
      const factors = packet.factors.map(({ code, values, flag }) => ({
        code,
        ...Object.fromEntries([...values].map(([suffix, value]) => [suffix, Number(value)])),
        ...(flag === undefined ? {} : { flag }),
      }));
      expect(factors).toEqual(each.readings);
    }
    // A frame that is refused is not answered; where the profile is lenient, it is as if it were right.
    const lenient = dialectSchema.parse({ hj212: { checksum: 'lenient' } });
    const isStrict = each.strict === 'accept';
    const { answers, messages } = hear(hj212, [bytes], isStrict ? undefined : lenient);
    if (!isStrict) expect(hear(hj212, [bytes])).toMatchObject({ answers: [] });
    for (const { reason, items } of messages) {
      expect(reason).toBeUndefined();
      expect(items.length).toBe(each.readings.length === 0 ? 0 : 1);
    }
    expect(answers).toHaveLength(vector.reply === null ? 0 : 1);
    const [answer] = answers;
    if (answer === undefined || vector.reply === null) return;
    const frame = readFrame(answer);
    if (frame === undefined) throw new Error('the answer is no frame');
    const { st, cn, qn, flag = -1 } = readPacket(frame.segment);
    expect([frame.checksum, frame.isLengthRight]).toEqual(['hj', true]);
    expect({ st, cn, qn, flag_bit0: flag & 1 }).toEqual(vector.reply);
  });
});

test('a station is told the time and asked for it, under a number of its own, and says what came of it', () => {
  const talk = hj212.talk();
  const context = { nowMs: Date.parse('2026-07-01T08:00:07.250+08:00'), dialectOf: () => undefined };
  const take = (segment: string) => talk.take(frameOf(segment), context);
  const said = (bytes: Uint8Array | undefined) =>
    readPacket(readFrame(bytes ?? Buffer.alloc(0))?.segment ?? Buffer.alloc(0));
  expect(talk.tell?.('dev', { kind: 'set-time' }, context)).toBeUndefined();
  const { address } = take(
    'QN=20260701080000000;ST=22;CN=2011;PW=abc;MN=dev;Flag=4;CP=&&DataTime=20260701080000;LA-Rtd=1&&',
  );
  const set = talk.tell?.(address, { kind: 'set-time' }, context);
  expect(said(set?.bytes)).toMatchObject({
    qn: '20260701080007250',
    st: '22',
    cn: '1012',
    pw: 'abc',
    mn: 'dev',
    flag: 5,
  });
  expect(said(set?.bytes).fields.get('SystemTime')).toBe('20260701080007');
  const replies = (cn: string, contents: string) =>
    take(`QN=20260701080007250;ST=91;CN=${cn};PW=abc;MN=dev;Flag=4;CP=&&${contents}&&`).replies?.();
  const key = '20260701080007250';
  expect(set?.keys).toEqual([key]);
  expect(replies('9011', 'QnRtn=1')).toEqual([{ kind: 'begun', key }]);
  expect(replies('9011', 'QnRtn=3')).toEqual([{ kind: 'denied', key }]);
  expect(replies('9012', 'ExeRtn=1')).toEqual([{ kind: 'confirmed', key }]);
  expect(replies('9012', 'ExeRtn=2')).toEqual([{ kind: 'denied', key }]);
  const read = talk.tell?.(address, { kind: 'read', what: 'time' }, context);
  expect([said(read?.bytes).cn, said(read?.bytes).st]).toEqual(['1011', '22']);
  expect(replies('1011', 'SystemTime=20260701080137')).toMatchObject([
    { kind: 'answered', key: '1011', answers: [{ values: { clock_offset_s: 90 } }] },
  ]);
  expect(read?.keys).toContain('1011');
  expect(talk.tell?.(address, { kind: 'read', what: 'state' }, context)).toBeUndefined();
});
