import { afterAll, expect, test } from 'vitest';
import { createCodecs } from '../../src/codecs/codecs.ts';
import { differenceOf } from '../../src/codecs/same-answer.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Codec, CodecAnswer, CodecFault, CodecOutcome } from '../../src/model/codec.ts';
import { afterTest } from '../support/after-test.ts';

const RECEIVED_MS = Date.UTC(2026, 5, 1, 8, 0, 0, 250);

function codecOf(source: string, more: Partial<Codec> = {}): Codec {
  return { file: 'codec.js', source, freshContext: false, ...more };
}

/** A thread for all tests but one: each has codecs of its own in it. */
const codecs = createCodecs({ clock: systemClock });
afterAll(codecs.close);

/** What one codec makes of messages of these bytes, one after the other. */
async function decode(source: string | Codec, ...messages: number[][]): Promise<CodecOutcome[]> {
  const codec = typeof source === 'string' ? codecOf(source) : source;
  const uplinks = (messages.length > 0 ? messages : [[1, 2, 255]]).map((bytes) => ({
    codec,
    uplink: { fPort: 85, bytes: Uint8Array.from(bytes), recvTimeMs: RECEIVED_MS },
  }));
  return await codecs.decode(uplinks);
}

function answerOf(outcome: CodecOutcome | undefined): CodecAnswer {
  if (outcome?.kind !== 'decoded') throw new Error(`expected an answer, found ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.text) as CodecAnswer;
}

const dataOf = async (source: string | Codec) => answerOf((await decode(source))[0]).data;

test.each<[string, string]>([
  ['decodeUplink', 'function decodeUplink(input) { return { data: { port: input.fPort, sum: input.bytes[2] } }; }'],
  ['a constant', 'const decodeUplink = ({ fPort, bytes }) => ({ data: { port: fPort, sum: bytes[2] } });'],
  ['an export', 'exports.decodeUplink = ({ fPort, bytes }) => ({ data: { port: fPort, sum: bytes[2] } });'],
  ['module.exports', 'module.exports = { decodeUplink(i) { return { data: { port: i.fPort, sum: i.bytes[2] } } } };'],
  ['a driver', 'var driver; driver = { k: 2, decodeUplink(i) { return { port: i.fPort, sum: i.bytes[this.k] } } };'],
  ['Decoder', 'function Decoder(bytes, port) { return { port: port, sum: bytes.slice(2)[0] }; }'],
  ['Decode', 'function Decode(fPort, bytes, variables) { return { port: fPort, sum: bytes[2] }; }'],
])('a codec in the form of %s', async (_form, source) => {
  expect(await dataOf(source)).toEqual({ port: 85, sum: 255 });
});

test('warnings and errors come along, as lists of texts whatever they were', async () => {
  const outcomes = await decode(`function decodeUplink({ bytes }) {
    if (bytes[0] === 1) return { data: { a: 1 }, warnings: 'low battery', errors: undefined };
    return { errors: ['unknown port', 7] };
  }`);
  const [, second] = await decode(
    'function decodeUplink({ bytes }) { return { errors: ["no", bytes[0]] }; }',
    [1],
    [2],
  );
  expect(answerOf(outcomes[0])).toEqual({ data: { a: 1 }, warnings: ['low battery'], errors: [] });
  expect(answerOf(second)).toEqual({ data: null, warnings: [], errors: ['no', '2'] });
});

test('the reception is the only clock, local time is UTC, chance is no chance, and the console says nothing', async () => {
  const source = `function decodeUplink({ recvTime }) {
    console.log('hello'); console.error('hello');
    const now = new Date();
    return { data: {
      isDate: recvTime instanceof Date, at: recvTime.toISOString(), now: Date.now() - recvTime, new: +now, hour: now.getHours(),
      offset: now.getTimezoneOffset(), plain: +new Date(2026, 5, 1, 8), utc: Date.UTC(2026, 5, 1, 8), year: new Date(0).getFullYear(),
      text: new Date(2026, 5, 1, 1, 2, 3).toLocaleString(), drawn: [Math.random(), Math.random()],
    } };
  }`;
  const first = (await dataOf(source)) as Record<string, unknown>;
  expect(first).toMatchObject({ isDate: true, at: '2026-06-01T08:00:00.250Z', now: 0, new: RECEIVED_MS, hour: 8 });
  expect(first).toMatchObject({ offset: 0, plain: first.utc, year: 1970, text: '6/1/2026, 1:02:03 AM' });
  expect(new Set(first.drawn as number[]).size).toBe(2);
  expect(await dataOf(source)).toEqual(first);
});

test('nothing of the server is there, and Buffer only for codecs that name it', async () => {
  const names = '["process", "require", "fetch", "setTimeout", "WebAssembly", "global", "Buf" + "fer"]';
  const source = `function decodeUplink() { return { data: ${names}.filter((name) => name in globalThis) }; }`;
  expect(await dataOf(source)).toEqual([]);
  expect(
    await dataOf(`function decodeUplink({ bytes }) {
      const buffer = Buffer.from(bytes);
      return { data: [buffer.readInt16BE(1), buffer.toString('hex'), Buffer.isBuffer(buffer)] };
    }`),
  ).toEqual([0x2ff, '0102ff', true]);
});

test('what a codec remembers is kept between calls, or not, as its profile says', async () => {
  const source = 'var calls = 0; function decodeUplink() { calls++; return { data: calls }; }';
  const kept = await decode(codecOf(source), [1], [2], [3]);
  const fresh = await decode(codecOf(source, { freshContext: true }), [1], [2], [3]);
  expect(kept.map((outcome) => answerOf(outcome).data)).toEqual([1, 2, 3]);
  expect(fresh.map((outcome) => answerOf(outcome).data)).toEqual([1, 1, 1]);
});

test.each<[string, string, RegExp]>([
  ['an exception', 'function decodeUplink() { throw new Error("unknown frame"); }', /^Error: unknown frame$/],
  ['a text thrown', 'function decodeUplink() { throw "unknown frame"; }', /^unknown frame$/],
  ['null', 'function decodeUplink() { return null; }', /gave null, expected an object/],
  ['nothing', 'function decodeUplink() {}', /gave undefined, expected an object/],
  ['a circle', 'function decodeUplink() { const a = {}; a.a = a; return { data: a }; }', /circular/],
  ['very much', 'function decodeUplink() { return { data: "x".repeat(1e6) }; }', /1000037 characters, more than/],
])('%s is the matter of one message alone', async (_what, source, detail) => {
  const [refused] = await decode(source);
  expect(refused).toEqual({ kind: 'refused', detail: expect.stringMatching(detail) });
});

const FAULTS: readonly [string, string, CodecFault][] = [
  ['an endless loop', 'while (true) {}', 'deadline'],
  ['a loop that catches all', 'for (;;) { try { for (;;) {} } catch (e) {} }', 'deadline'],
  ['a catastrophic expression', '/^(a+)+$/.test("a".repeat(40) + "b")', 'deadline'],
  ['a sort that never decides', '[3, 2, 1].sort(() => { for (;;) {} })', 'deadline'],
  ['a proxy as answer', 'return { data: new Proxy({}, { ownKeys() { for (;;) {} } }) }', 'deadline'],
  ['a getter as answer', 'return { data: { get level() { for (;;) {} } } }', 'deadline'],
  ['an error with endless words', 'throw { get name() { for (;;) {} } }', 'deadline'],
  ['code of text', 'eval("for (;;) {}")', 'deadline'],
  ['many small pieces of memory', 'const all = []; for (;;) all.push(new Uint8Array(1e5))', 'memory'],
  ['a list beyond all memory', 'return { data: new Uint8Array(1e9).length }', 'memory'],
  ['a text beyond all memory', 'return { data: "a".repeat(1 << 29).length }', 'memory'],
  ['recursion without an end', 'const f = () => f() + 1; return f()', 'stack'],
];

test.each(FAULTS)('%s is stopped, the fault named, and the thread goes on', async (_what, body, fault) => {
  const good = codecOf('function decodeUplink() { return { data: "well" }; }');
  const bad = codecOf(`function decodeUplink() { ${body} }`);
  const uplink = { fPort: 1, bytes: Uint8Array.of(1), recvTimeMs: RECEIVED_MS };
  const outcomes = await codecs.decode([
    { codec: good, uplink },
    { codec: bad, uplink },
    { codec: good, uplink },
  ]);
  expect(outcomes.map((outcome) => (outcome.kind === 'broken' ? outcome.fault : answerOf(outcome).data))).toEqual([
    'well',
    fault,
    'well',
  ]);
});

test('what even a deadline does not reach is ended with its thread, and a new one takes what was left', async () => {
  const watched = createCodecs({ clock: systemClock, stuckAfterMs: 2_000 });
  afterTest(watched.close);
  const good = codecOf('var n = 0; function decodeUplink() { return { data: ++n }; }');
  // Nobody looks at the clock in the engine's own loops; and it may need more stack than it knows of.
  const standing = codecOf('function decodeUplink() { return { data: [].indexOf.call({ length: 2 ** 53 }, 1) }; }');
  const deep = codecOf(
    'function decodeUplink() { let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return { data: a }; }',
  );
  const uplink = { fPort: 1, bytes: Uint8Array.of(1), recvTimeMs: RECEIVED_MS };
  const outcomes = await watched.decode([good, standing, good, deep, good].map((codec) => ({ codec, uplink })));
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['decoded', 'broken', 'decoded', 'broken', 'decoded']);
});

test('what gathers over many calls is begun anew before anybody is blamed', async () => {
  const source =
    'const all = []; function decodeUplink() { all.push(new Uint8Array(1e6)); return { data: all.length }; }';
  const outcomes = await decode(source, ...Array.from({ length: 40 }, () => [1]));
  const lengths = outcomes.map((outcome) => answerOf(outcome).data as number);
  expect(Math.max(...lengths)).toBeLessThan(20);
  expect(lengths.filter((length) => length === 1).length).toBeGreaterThan(1);
});

test.each<[string, string, RegExp]>([
  ['no script', 'function decodeUplink( {', /^SyntaxError/],
  ['a script that fails', 'throw new Error("at load")', /^Error: at load$/],
  ['a script without an entry', 'var x = 1', /^no function decodeUplink/],
])('%s is no codec', async (_what, source, detail) => {
  const [broken] = await decode(source);
  expect(broken).toEqual({ kind: 'broken', fault: 'load', detail: expect.stringMatching(detail) });
});

test('answers are compared as their documentation means them', () => {
  const answer = {
    data: { t: 21.30000001, at: '2026-06-01T08:00:00.000Z', list: [1, null] },
    warnings: [],
    errors: [],
  };
  expect(differenceOf(answer, { data: { t: 21.3, at: '2026-06-01T10:00:00+02:00', list: [1, null] } })).toBeUndefined();
  expect(differenceOf(answer, { data: { t: 21.4, at: answer.data.at, list: [1, null] } })).toMatch(/^data\.t: 21\.3/);
  expect(differenceOf(answer, { data: { ...answer.data, more: 1 } })).toBe('data.more: nothing, expected 1');
  expect(differenceOf(answer, { data: answer.data, warnings: ['low'] })).toMatch(/^warnings/);
});
