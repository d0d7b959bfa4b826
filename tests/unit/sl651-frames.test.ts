import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../src/gateways/sl651/elements.ts';
import { nextFrame, readFrame } from '../../src/gateways/sl651/frame.ts';
import { sl651 } from '../../src/gateways/sl651/sl651.ts';
import { readText } from '../../src/gateways/sl651/text.ts';
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
