import type { Log } from '../lib/log.ts';
import { type Codec, type CodecAnswer, type CodecOutcome, codecAnswer } from '../model/codec.ts';
import type { MessageEntry, QuarantineEntry, UplinkEntry } from '../model/entry.ts';
import { keptUplink } from '../model/kept-uplink.ts';
import { type Rejection, rejectionOf } from '../model/rejection.ts';

/** What an uplink becomes: its readings, or why there are none. */
export type Answer = MessageEntry | QuarantineEntry;

export interface OffCodec {
  readonly codec: Codec;
  readonly fault: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface Asked {
  readonly profile: string;
  readonly codec: Codec;
}

export interface AnswersOptions {
  readonly log: Log;
  readonly stampMs: () => number;
  /** The profile of a device; undefined when there is no such device any more. */
  readonly profileOf: (device: string) => string | undefined;
  readonly codecOf: (profile: string) => Codec | undefined;
  /** What a codec's answer is in readings of its device, and what of it could not be read. */
  readonly read: (uplink: UplinkEntry, answer: CodecAnswer) => readonly Answer[];
  /** A codec is switched off because it did what none may, or is no longer. */
  readonly onOff: (profile: string, isOff: boolean, detail: string) => void;
  /** Profiles of which that is said from before the start. */
  readonly saidOff: readonly string[];
}

/** Which codec is asked for an uplink, what its outcome becomes, and which codecs are switched off because of theirs. */
export function createAnswers(options: AnswersOptions) {
  const { log } = options;
  const off = new Map<string, OffCodec>();
  const said = new Set(options.saidOff);
  let decoded = 0;
  let refused = 0;

  /** The codec of an uplink, or why none can be asked. */
  function codecFor(uplink: UplinkEntry): Asked | QuarantineEntry {
    const profile = options.profileOf(uplink.device);
    if (profile === undefined) return quarantined(uplink, rejectionOf('unknown-device', {}));
    const codec = options.codecOf(profile);
    if (codec === undefined) return quarantined(uplink, rejectionOf('no-codec', {}));
    const present = off.get(profile);
    if (present === undefined) return { profile, codec };
    const { fault, detail: said } = present;
    return quarantined(uplink, rejectionOf('codec-off', { profile, fault, said }));
  }

  function quarantined(uplink: UplinkEntry, { reason, ...why }: Rejection): QuarantineEntry {
    refused++;
    const { device, topic } = uplink;
    return {
      kind: 'quarantine',
      receivedAtMs: options.stampMs(),
      device,
      topic,
      reason,
      why,
      payload: keptUplink(uplink),
    };
  }

  function answerOf(uplink: UplinkEntry, { profile, codec }: Asked, outcome: CodecOutcome): readonly Answer[] {
    switch (outcome.kind) {
      case 'decoded':
        decoded++;
        if (said.delete(profile)) options.onOff(profile, false, 'it decodes again');
        return readOf(uplink, outcome.text);
      case 'refused':
        return [quarantined(uplink, rejectionOf('codec-refused', { said: outcome.detail }))];
      case 'broken': {
        const { fault, detail } = outcome;
        switchOff(profile, { codec, fault, detail, atMs: options.stampMs() });
        return [quarantined(uplink, rejectionOf('codec-off', { profile, fault, said: detail }))];
      }
    }
  }

  /** Nothing that a codec gives may end what decodes for all of them. */
  function readOf(uplink: UplinkEntry, text: string): readonly Answer[] {
    try {
      return options.read(uplink, codecAnswer(text));
    } catch (error) {
      log.error({ err: error, device: uplink.device }, 'what a payload codec gave could not be read');
      return [quarantined(uplink, rejectionOf('codec-refused', { said: String(error) }))];
    }
  }

  function switchOff(profile: string, present: OffCodec): void {
    if (off.has(profile)) return;
    off.set(profile, present);
    said.add(profile);
    log.error({ profile, fault: present.fault, detail: present.detail }, 'a payload codec is switched off');
    options.onOff(profile, true, `${profile}: ${present.fault}: ${present.detail}`);
  }

  return {
    codecFor,
    answerOf,
    off: (profile: string): OffCodec | undefined => off.get(profile),
    counts: () => ({ decoded, refused }),

    /** Codecs that are switched off and were replaced, or are gone, are switched on again. */
    lookForOthers(): void {
      for (const profile of said) {
        const codec = options.codecOf(profile);
        const before = off.get(profile)?.codec;
        const isSame = codec?.source === before?.source && codec?.freshContext === before?.freshContext;
        // Of one that was switched off before the start it is not known what it was.
        if (codec !== undefined && (before === undefined || isSame)) continue;
        off.delete(profile);
        said.delete(profile);
        options.onOff(profile, false, codec === undefined ? 'it has no codec any more' : 'its codec was replaced');
      }
    },
  };
}
