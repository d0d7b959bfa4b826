import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createCodecs } from '../../codecs/codecs.ts';
import { type CodecFollower, startCodecFollower } from '../../codecs/follower.ts';
import type { Intake } from '../../decode/intake.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { OWNER_ONLY } from '../../lib/private-file.ts';
import type { Control } from '../../model/entry.ts';
import { CODEC_OFF } from '../../model/system-alerts.ts';
import type { Watch } from '../../model/watch.ts';
import type { Registry } from '../../registry/registry.ts';

export interface CodecFeedOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly registry: Pick<Registry, 'device' | 'profiles' | 'devicesVersion'>;
  readonly intake: Pick<Intake, 'decoded' | 'stampMs'>;
  readonly send: (control: Control) => void;
  readonly watch: Pick<Watch, 'answered'>;
  /** Rules of the server's own alerts that stand from before the start. */
  readonly standing: readonly string[];
  /** Where it is kept up to which position all uplinks are answered. */
  readonly file: string;
  /** What the journal belongs to: a position of another one means nothing. */
  readonly logName: string;
}

/** The follower that has uplinks decoded, as the rest of the server sees to it: profiles, alerts, and where it begins. */
export function startCodecFeed(options: CodecFeedOptions): CodecFollower {
  const { clock, log, journal, registry, intake, file, logName } = options;
  let version: number | undefined;
  let codecs = new Map<string, ReturnType<typeof codecsOfProfiles>[number][1]>();

  function codecsOfProfiles() {
    return registry.profiles().flatMap(({ id, codec }) => (codec === undefined ? [] : [[id, codec] as const]));
  }

  function codecOf(profile: string) {
    if (version !== registry.devicesVersion()) {
      version = registry.devicesVersion();
      codecs = new Map(codecsOfProfiles());
    }
    return codecs.get(profile);
  }

  return startCodecFollower({
    clock,
    log,
    journal,
    codecs: createCodecs({ clock }),
    stampMs: intake.stampMs,
    profileOf: (device) => registry.device(device)?.profile,
    codecOf,
    read: intake.decoded,
    onAnswer: options.watch.answered,
    onOff(profile, active, detail) {
      options.send({ type: 'system', condition: `${CODEC_OFF}${profile}`, level: 'orange', active, detail });
    },
    saidOff: options.standing.flatMap((rule) => (rule.startsWith(CODEC_OFF) ? [rule.slice(CODEC_OFF.length)] : [])),
    from: {
      load() {
        const kept = readKept(file);
        if (kept?.log === logName) return kept.position;
        // Where no profile has a codec nothing was ever asked of one, and a long journal need not be looked through.
        return codecsOfProfiles().length === 0 ? journal.nextPosition() : 0;
      },
      store(position) {
        try {
          writeFileSync(`${file}.new`, JSON.stringify({ log: logName, position }), { mode: OWNER_ONLY });
          renameSync(`${file}.new`, file);
        } catch (error) {
          log.warn({ err: error }, 'it is not written how far uplinks are decoded; the next start looks through more');
        }
      },
    },
  });
}

/** Nothing is lost with it: then the whole journal is looked through for what is answered. */
function readKept(file: string): { readonly log: string; readonly position: number } | undefined {
  try {
    const { log, position } = JSON.parse(readFileSync(file, 'utf8')) as { log?: unknown; position?: unknown };
    return typeof log === 'string' && Number.isSafeInteger(position) ? { log, position: Number(position) } : undefined;
  } catch {
    return undefined;
  }
}
