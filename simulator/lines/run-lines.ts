import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { durationMs } from '../../src/model/duration.ts';
import type { Profile } from '../../src/model/site.ts';
import { createNoise } from '../noise.ts';
import { type Scalar, type Signal, signalsOf } from '../signals.ts';
import type { SiteFiles } from '../site-files.ts';
import { gbt26875 } from './gbt26875.ts';
import { hj212 } from './hj212.ts';
import { answerRequests, modbus } from './modbus.ts';
import { sl651 } from './sl651.ts';
import type { Speaker } from './speaker.ts';

/** Protocols whose devices speak by themselves. */
const REPORTERS: Readonly<Record<string, Speaker>> = { hj212, sl651, gbt26875 };
/** The line protocols that devices can be simulated in. */
export const SPEAKERS: Readonly<Record<string, Named>> = { ...REPORTERS, modbus };

type Named = Pick<Speaker, 'profile' | 'address' | 'id'>;

export interface LineFleetOptions {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly profiles: readonly Profile[];
  readonly devices: number;
  /** Reports a second of the whole fleet; left out: each device at its profile's interval. */
  readonly ratePerS?: number | undefined;
  /** How long, in s; left out: until `stop`. */
  readonly durationS?: number | undefined;
}

export interface LineFleetSummary {
  readonly devices: number;
  readonly published: number;
  readonly acknowledged: number;
}

export interface LineFleet {
  readonly ended: Promise<LineFleetSummary>;
  stop(): Promise<LineFleetSummary>;
}

/** How long a device waits for an answer before it connects anew and sends again. */
const ANSWER_WITHIN_MS = 10_000;
const RECONNECT_MS = 1_000;

/** The files of a site that knows exactly these devices. */
export function lineSite(protocol: string, profiles: readonly Profile[], devices: number): SiteFiles {
  const { speaker, profile } = speakerOf(protocol, profiles);
  const area = 'simulated';
  return {
    profiles: [profile],
    site: {
      areas: [{ id: area, name: { zh: '模拟站点', en: 'Simulated stations' } }],
      devices: Array.from({ length: devices }, (_, n) => {
        const id = speaker.id(speaker.address(n + 1));
        return { id, profile: profile.id, points: [{ id: `${protocol}-point-${n + 1}`, area }] };
      }),
    },
    thresholds: [],
  };
}

/** Devices over real TCP, each with a connection of its own: one report at a time, sent again until it is answered. */
export function startLineFleet(options: LineFleetOptions): LineFleet {
  const { speaker, profile } = speakerOf(options.protocol, options.profiles);
  const everyMs =
    options.ratePerS === undefined ? durationMs(profile.reportEvery) : (options.devices / options.ratePerS) * 1_000;
  const end = new AbortController();
  const endsAtMs = Date.now() + (options.durationS ?? Number.POSITIVE_INFINITY) * 1_000;
  const count = { published: 0, acknowledged: 0 };

  /** A modem and the units behind it, which speak when they are asked. */
  async function serve(n: number): Promise<void> {
    const address = speaker.address(n);
    const signals = signalsOfDevice(profile, `${options.seed} ${address}`);
    while (!end.signal.aborted && Date.now() < endsAtMs) {
      const socket = connect(options.port, options.host);
      let heard: Uint8Array = Buffer.alloc(0);
      let unanswered = 0;
      socket.on('error', () => {});
      socket.on('connect', () => void socket.write(address));
      socket.on('data', (bytes) => {
        const values = new Map([...signals].map(([name, signal]) => [name, rounded(signal(Date.now()))]));
        const { answers, rest } = answerRequests(Buffer.concat([heard, bytes]), profile, values);
        heard = rest;
        // Who is asked again knows that what was answered before is on disk.
        if (answers.length > 0) {
          count.acknowledged += unanswered;
          unanswered = answers.length;
          count.published += answers.length;
        }
        for (const one of answers) socket.write(one);
      });
      const closed = once(socket, 'close');
      await Promise.race([closed, pause(endsAtMs - Date.now())]);
      socket.destroy();
      await pause(RECONNECT_MS);
    }
  }

  async function run(n: number): Promise<void> {
    const speaker = REPORTERS[options.protocol];
    if (speaker === undefined) return serve(n);
    const address = speaker.address(n);
    const signals = signalsOfDevice(profile, `${options.seed} ${address}`);
    let line: Line | undefined;
    for (let serial = 1; ; serial++) {
      const atMs = Date.now();
      if (end.signal.aborted || atMs >= endsAtMs) break;
      const values: Record<string, Scalar> = {};
      for (const [name, signal] of signals) values[name] = rounded(signal(atMs));
      const bytes = speaker.report({ address, atMs, serial, values });
      count.published++;
      while (!end.signal.aborted) {
        line ??= await openLine(options, speaker).catch(() => undefined);
        if (line !== undefined && (await line.send(bytes))) {
          count.acknowledged++;
          break;
        }
        line?.close();
        line = undefined;
        await pause(RECONNECT_MS);
      }
      await pause(Math.min(everyMs - (Date.now() - atMs), endsAtMs - Date.now()));
    }
    line?.close();
  }

  const pause = (ms: number) =>
    delay(Math.min(Math.max(0, ms), 0x7fff_ffff), undefined, { signal: end.signal }).catch(() => {});
  const runs = Array.from({ length: options.devices }, (_, n) => run(n + 1));
  const ended = Promise.all(runs).then(() => ({ devices: options.devices, ...count }));
  return {
    ended,
    stop() {
      end.abort();
      return ended;
    },
  };
}

function speakerOf(protocol: string, profiles: readonly Profile[]): { speaker: Named; profile: Profile } {
  const speaker = SPEAKERS[protocol];
  if (speaker === undefined) throw new Error(`no protocol ${protocol}; there are ${Object.keys(SPEAKERS).join(', ')}`);
  const profile = profiles.find(({ id }) => id === speaker.profile);
  if (profile === undefined) throw new Error(`no profile ${speaker.profile} among the devices`);
  return { speaker, profile };
}

function signalsOfDevice(profile: Profile, key: string): Map<string, Signal> {
  return signalsOf(profile, Object.keys(profile.metrics), {
    noise: createNoise(key),
    limits: () => ({ above: {}, below: {} }),
    metric: (field) => profile.metrics[field],
  });
}

/** As instruments of the field show it. */
function rounded(value: Scalar): Scalar {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

interface Line {
  /** Resolves when the report was answered, or will not be any more: with whether it was. */
  send(bytes: Uint8Array): Promise<boolean>;
  close(): void;
}

async function openLine({ host, port }: LineFleetOptions, speaker: Speaker): Promise<Line> {
  const socket: Socket = connect(port, host);
  let heard: Uint8Array = Buffer.alloc(0);
  let onAnswer: ((isAnswered: boolean) => void) | undefined;
  socket.on('error', () => {});
  socket.on('close', () => onAnswer?.(false));
  socket.on('data', (bytes) => {
    const { count, says = [], rest } = speaker.answers(Buffer.concat([heard, bytes]), Date.now());
    heard = rest;
    for (const one of says) socket.write(one);
    if (count > 0) onAnswer?.(true);
  });
  await once(socket, 'connect');
  return {
    close: () => void socket.destroy(),
    send: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(false);
        const timer = setTimeout(() => onAnswer?.(false), ANSWER_WITHIN_MS);
        onAnswer = (isAnswered) => {
          clearTimeout(timer);
          onAnswer = undefined;
          resolve(isAnswered);
        };
        socket.write(bytes);
      }),
  };
}
