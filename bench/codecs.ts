import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { createCodecs } from '../src/codecs/codecs.ts';
import { startCodecFollower } from '../src/codecs/follower.ts';
import { startSandbox } from '../src/codecs/sandbox.ts';
import { openSqliteJournal } from '../src/journal/sqlite-journal.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { Codec } from '../src/model/codec.ts';
import type { UplinkEntry } from '../src/model/entry.ts';
import { type BenchResult, median } from './report.ts';

const UPLINKS = 40_000;
const WARM_UP = 4_000;
/** Uplinks that wait for an answer at once, as many as a burst of a network server has. */
const UNDER_WAY_MAX = 2_000;
const OPENED = 50;

/** As vendors write them: channels with a type and a value each, history with times, fixed positions, and by way of Buffer. */
const SOURCES: readonly string[] = [
  `function decodeUplink(input) {
    var bytes = input.bytes, data = {}, i = 0;
    while (i < bytes.length) {
      var channel = bytes[i++], type = bytes[i++];
      if (channel === 0x01 && type === 0x75) { data.battery = bytes[i]; i += 1; }
      else if (channel === 0x03 && type === 0x67) { data.temperature = int16(bytes.slice(i, i + 2)) / 10; i += 2; }
      else if (channel === 0x04 && type === 0x68) { data.humidity = bytes[i] / 2; i += 1; }
      else if (channel === 0x05 && type === 0x82) { data.distance = uint16(bytes.slice(i, i + 2)); i += 2; }
      else if (channel === 0x20 && type === 0xce) {
        data.history = data.history || [];
        data.history.push({ timestamp: uint32(bytes.slice(i, i + 4)), distance: uint16(bytes.slice(i + 4, i + 6)) });
        i += 6;
      } else break;
    }
    return { data: data };
  }
  function uint16(b) { return ((b[1] << 8) + b[0]) & 0xffff; }
  function int16(b) { var v = uint16(b); return v > 0x7fff ? v - 0x10000 : v; }
  function uint32(b) { return ((b[3] << 24) + (b[2] << 16) + (b[1] << 8) + b[0]) >>> 0; }`,
  `function Decoder(bytes, port) {
    var flags = bytes[0] >> 4;
    return {
      alarm: (flags & 1) === 1, battery: ((bytes[1] << 8) | bytes[2]) / 1000, temperature: ((bytes[3] << 24 >> 16) | bytes[4]) / 10,
      distance: (bytes[5] << 8) | bytes[6], text: bytes.map(function (b) { return ('0' + b.toString(16)).slice(-2); }).join(''), port: port
    };
  }`,
  `const decodeUplink = ({ bytes, recvTime }) => {
    const buffer = Buffer.from(bytes);
    return { data: { distance: buffer.readUInt16LE(3), temperature: buffer.readInt16BE(5) / 100, at: recvTime.toISOString() } };
  };`,
];
const BYTES = Uint8Array.from(
  Buffer.from('01755c03673401046865058208070020ce9e74466310015d0020ce23746663100156', 'hex'),
);

/** From a raw uplink on disk to its readings on disk, with all threads of it; and what a codec is by itself. */
export async function benchCodecs(): Promise<BenchResult> {
  const profiles = new Map(
    SOURCES.map((source, index): [string, Codec] => [`p${index}`, { file: 'c.js', source, freshContext: false }]),
  );
  const dir = mkdtempSync(join(tmpdir(), 'brink-bench-'));
  const journal = openSqliteJournal({
    path: join(dir, 'journal.db'),
    clock: systemClock,
  });
  try {
    const started = startCodecFollower({
      clock: systemClock,
      log: pino({ level: 'silent' }),
      journal,
      codecs: createCodecs({ clock: systemClock }),
      stampMs: systemClock.nowMs,
      profileOf: (device) => device,
      codecOf: (profile) => profiles.get(profile),
      read: ({ networkAtMs }, { data }) => {
        const { distance } = data as { distance: number };
        const reading = { series: 1, tsMs: networkAtMs ?? 0, value: distance, marks: 0 };
        return [{ kind: 'message', receivedAtMs: systemClock.nowMs(), readings: [reading] }];
      },
      onOff: (profile, _isOff, detail) => {
        throw new Error(`${profile}: ${detail}`);
      },
      saidOff: [],
      from: { load: () => 0, store: () => undefined },
    });
    journal.follow(started.committed);
    await pass(WARM_UP);
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await pass(UPLINKS);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    await started.close();
    const { firstMs, bytes } = await openedCodec();
    return {
      bench: 'codecs',
      conditions: `${UPLINKS.toLocaleString('en-US')} uplinks of three codecs: journalled, decoded in the sandbox, readings journalled`,
      rows: [
        {
          what: 'uplinks a second of one core, all threads',
          value: UPLINKS / ((user + system) / 1e6),
          unit: '/s',
          bound: { atLeast: 5_000 },
        },
        { what: 'uplinks a second as it went', value: UPLINKS / seconds, unit: '/s' },
        { what: 'load and first call of a codec', value: firstMs, unit: 'ms' },
        { what: 'memory of a codec', value: bytes / 1_024, unit: 'KiB' },
      ],
    };

    async function pass(count: number): Promise<void> {
      let sent = 0;
      while (sent < count || started.stats().waiting > 0) {
        while (sent < count && started.stats().waiting + (journal.stats().pendingEntries ?? 0) < UNDER_WAY_MAX) {
          journal.append(uplink(sent++), () => undefined);
        }
        await turn();
      }
    }
  } finally {
    await journal.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function uplink(n: number): UplinkEntry {
  const nowMs = systemClock.nowMs();
  return {
    kind: 'uplink',
    receivedAtMs: nowMs,
    device: `p${n % SOURCES.length}`,
    topic: 'application/1/device/0102030405060708/event/up',
    fPort: 85,
    bytes: BYTES,
    networkAtMs: nowMs,
    fCnt: n,
    network: { rssi: -90, snr: 7 },
    again: null,
  };
}

async function openedCodec(): Promise<{ readonly firstMs: number; readonly bytes: number }> {
  const sandbox = await startSandbox();
  const [source = ''] = SOURCES;
  const kept: unknown[] = [];
  const times: number[] = [];
  const before = process.memoryUsage.rss();
  for (let n = 0; n < OPENED; n++) {
    const startedAt = performance.now();
    const codec = await sandbox.open({ source, freshContext: false });
    codec.decode({ fPort: 85, bytes: BYTES, recvTimeMs: 0 });
    times.push(performance.now() - startedAt);
    kept.push(codec);
  }
  return { firstMs: median(times), bytes: (process.memoryUsage.rss() - before) / kept.length };
}
