import type { Clock } from '../../lib/clock.ts';
import type { RefusedNames } from '../../lib/refused-names.ts';
import { type TokenBucket, takeToken } from '../../lib/token-bucket.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { SourceOptions } from '../../model/source.ts';
import type { Commands } from './commands.ts';
import type { LineProtocol, Talk } from './protocol.ts';
import type { Speaker } from './speaker.ts';

export interface HearingOptions extends SourceOptions {
  readonly clock: Clock;
  readonly protocol: LineProtocol;
  readonly device: (id: string) => DeviceRecord | undefined;
  /** Whether a frame that gives this secret, or none, may speak for a device. */
  readonly maySpeak: (device: string, secret: string | undefined) => boolean;
  /** What a device has used of its rate, over whatever source. */
  readonly bucketOf: (device: string) => TokenBucket;
  /** Told of unknown devices that only say that they are there, so that they can be registered from it. */
  readonly refusedNames: Pick<RefusedNames, 'note'>;
  readonly publishesPerSecondMax: number;
  /** The talk with all devices of the listener, over whatever it is spoken. */
  readonly talk: Talk;
  readonly commands: Pick<Commands, 'speaks' | 'awaits' | 'heard'>;
}

export interface Heard {
  /** The registered device that the frame may speak for. */
  readonly device: string | undefined;
  /** How long nothing more of it is to be taken, ms: its rate is used up. */
  readonly waitMs: number;
}

/** Hears frames of a protocol, whatever they came over: whose they are, that they are kept, and then what is answered. */
export function createHearing(options: HearingOptions): (frame: Uint8Array, speaker: Speaker) => Heard {
  const { clock, protocol, talk, commands } = options;
  const registered = (ids: readonly string[]) => {
    for (const id of ids) {
      const record = options.device(id);
      if (record !== undefined) return record;
    }
    return undefined;
  };
  const dialectOf = (ids: readonly string[]) => registered(ids)?.protocol;

  return (frame, speaker) => {
    const taken = talk.take(frame, { nowMs: clock.nowMs(), dialectOf });
    const record = registered(taken.devices);
    const device = record?.id ?? taken.devices[0] ?? taken.address;
    if (record !== undefined && options.maySpeak(record.id, taken.secret)) {
      commands.speaks(record.id, taken.address, speaker);
      if (commands.awaits(record.id)) for (const reply of taken.replies?.() ?? []) commands.heard(record.id, reply);
    }
    if (taken.payload === null || (taken.isSignOfLife === true && record === undefined)) {
      if (record === undefined && device !== '') options.refusedNames.note(device, protocol.name, speaker.address);
      speaker.answer(taken.answers);
    } else {
      const topic = `${protocol.name}/${taken.address}`;
      const route = options.routeOf(topic);
      if (route === undefined) throw new Error(`no route for ${topic}`);
      // A copy: what was read from the socket is larger, and is kept in memory as long as a part of it is.
      const payload = Uint8Array.from(taken.payload);
      const { connection } = speaker;
      const mayFeed = (id: string) => options.maySpeak(id, taken.secret);
      speaker.begin(payload.length);
      options.ingest({ route, device, topic, payload, connection, mayFeed }, (error) => {
        if (error === null) speaker.answer(taken.answers);
        speaker.end(payload.length, error);
      });
    }
    return {
      device: record !== undefined && options.maySpeak(record.id, taken.secret) ? record.id : undefined,
      waitMs: takeToken(options.bucketOf(device), options.publishesPerSecondMax, clock.steadyMs()),
    };
  };
}
