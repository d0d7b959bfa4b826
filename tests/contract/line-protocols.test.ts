import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LineProtocol } from '../../src/gateways/line/protocol.ts';
import type { Dialect } from '../../src/model/dialect.ts';
import { LINE_PROTOCOLS } from '../../src/services/start/line-sources.ts';
import { createChance, pick } from '../support/chance.ts';
import { type Heard, hear } from '../support/line-frames.ts';
import { rounds } from '../support/long.ts';

/** What every line protocol holds to, and the cases that lie beside it. Adding one means adding a folder. */

/** Bytes: text, or hex where it begins so. */
const bytesOf = (text: string) => (text.startsWith('hex:') ? Buffer.from(text.slice(4), 'hex') : Buffer.from(text));

interface Case {
  readonly name: string;
  readonly send: readonly string[];
  readonly dialect?: Dialect;
  readonly expect: {
    readonly messages: readonly {
      readonly address: string;
      readonly devices?: readonly string[];
      readonly items: readonly { readonly at: string | null; readonly values: object; readonly bad?: string[] }[];
      readonly reason?: string;
    }[];
    readonly answers: readonly string[];
  };
}

function plain({ messages, answers }: Heard) {
  return {
    messages: messages.map(({ address, items, reason }) => ({
      address,
      items: items.map(({ tsMs, values, bad }) => ({
        at: tsMs,
        values,
        bad: bad === undefined ? undefined : [...bad],
      })),
      reason,
    })),
    answers: answers.map((bytes) => Buffer.from(bytes).toString('hex')),
  };
}

function expected({ expect: { messages, answers } }: Case) {
  return {
    messages: messages.map(({ address, items, reason }) => ({
      address,
      items: items.map(({ at, values, bad }) => ({ at: at === null ? undefined : Date.parse(at), values, bad })),
      reason,
    })),
    answers: answers.map((text) => bytesOf(text).toString('hex')),
  };
}

const FOLDER = 'src/gateways';
const casesOf = ({ name }: LineProtocol) =>
  readdirSync(`${FOLDER}/${name}/cases`).flatMap(
    (file) => JSON.parse(readFileSync(`${FOLDER}/${name}/cases/${file}`, 'utf8')) as Case[],
  );

test('each line protocol has a folder of its own, and each folder with cases is one', () => {
  const folders = readdirSync(FOLDER).filter((name) => readdirSync(`${FOLDER}/${name}`).includes('cases'));
  expect(folders.sort()).toEqual(LINE_PROTOCOLS.map(({ name }) => name).sort());
});

describe.each(
  LINE_PROTOCOLS.map((protocol) => [protocol.name, protocol] as const),
)('the protocol %s', (_name, protocol) => {
  const cases = casesOf(protocol);

  test.each(cases.map((one) => [one.name, one] as const))('%s', (_title, one) => {
    const pieces = one.send.map(bytesOf);
    expect(plain(hear(protocol, pieces, one.dialect))).toEqual(expected(one));
    for (const { devices: ids } of one.expect.messages) {
      if (ids !== undefined)
        expect(hear(protocol, pieces, one.dialect).messages.map((m) => m.devices)).toContainEqual(ids);
    }
    const glued = Buffer.concat(pieces);
    expect(plain(hear(protocol, [glued], one.dialect))).toEqual(expected(one));
    const bytes = Array.from(glued, (byte) => Buffer.of(byte));
    expect(plain(hear(protocol, bytes, one.dialect))).toEqual(expected(one));
  });

  test('whatever comes in: nothing throws or grows, and a whole frame after it is found', () => {
    const seed = Number(process.env.BRINK_TEST_SEED ?? 20_260_701);
    const chance = createChance(seed);
    const whole = cases.map(({ send }) => Buffer.concat(send.map(bytesOf)));
    const good = cases[0];
    if (good === undefined) throw new Error('no case');
    const wanted = plain(hear(protocol, good.send.map(bytesOf))).messages;
    const count = rounds(3_000, 100_000);
    for (let round = 0; round < count; round++) {
      const bytes = mutated(chance, whole);
      const dialect = pick(chance, cases)?.dialect;
      const what = `seed ${seed}, round ${round}: ${bytes.toString('hex')}`;
      const heard = hear(protocol, cut(chance, bytes), dialect);
      expect(heard.rest.length, what).toBeLessThanOrEqual(protocol.frameBytesMax);
      const taken = heard.frames.reduce((sum, { length }) => sum + length, 0);
      expect(taken + heard.rest.length, what).toBeLessThanOrEqual(bytes.length);
      for (const { items } of heard.messages) {
        for (const { tsMs } of items) expect(tsMs === undefined || Number.isFinite(tsMs), what).toBe(true);
      }
      // A frame that lost its end may swallow what comes after it, but never for longer than a frame can be.
      const quiet = Buffer.alloc(protocol.frameBytesMax, 0x20);
      const after = hear(protocol, [bytes, quiet, Buffer.concat(good.send.map(bytesOf))]);
      expect(plain(after).messages.slice(-wanted.length), what).toEqual(wanted);
    }
  });
});

/** Bytes of cases, some gone, doubled, turned or put in, or two glued together. */
function mutated(chance: () => number, whole: readonly Buffer[]): Buffer {
  let bytes = Buffer.from(pick(chance, whole) ?? []);
  if (chance() < 0.3) bytes = Buffer.concat([bytes, pick(chance, whole) ?? Buffer.alloc(0)]);
  for (let changes = Math.floor(chance() * 6); changes > 0; changes--) {
    const at = Math.floor(chance() * bytes.length);
    const length = Math.floor(chance() * chance() * 40);
    switch (Math.floor(chance() * 4)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 2:
        if (at < bytes.length) bytes[at] = Math.floor(chance() * 256);
        break;
      default: {
        const noise = Buffer.from(Array.from({ length }, () => Math.floor(chance() * 256)));
        bytes = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
      }
    }
  }
  return bytes;
}

/** In pieces as a network may bring them. */
function cut(chance: () => number, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const length = 1 + Math.floor(chance() * chance() * bytes.length);
    pieces.push(bytes.subarray(from, from + length));
    from += length;
  }
  return pieces;
}
