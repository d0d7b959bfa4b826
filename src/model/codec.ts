import { z } from 'zod';
import { refusal } from './issue.ts';

/** The longest codec that is taken, in characters; of some 500 that vendors publish the longest has 170,000. */
export const CODEC_SOURCE_LENGTH_MAX = 1_000_000;

function isCodecFile(name: string): boolean {
  return /^[^/\\.][^/\\]*\.c?js$/.test(name);
}

/**
 * A vendor's payload codec in the form of TS013 of the LoRa Alliance, as it was published: one script with
 * `decodeUplink({bytes, fPort, recvTime})`, or an older form of it.
 */
export const codecSchema = z
  .object({
    /** The name of its file, which stands beside the profile's. */
    file: z.string().max(128).refine(isCodecFile, refusal('bad-codec-file', {})),
    source: z.string().min(1).max(CODEC_SOURCE_LENGTH_MAX),
    /** Of codecs that remember something from one message to the next, and should not. */
    freshContext: z.boolean().default(false),
  })
  .strict();
export type Codec = z.infer<typeof codecSchema>;

/** What came over the air, as a codec is asked about it. */
export interface UplinkToDecode {
  readonly fPort: number;
  readonly bytes: Uint8Array;
  /** When the network received it, ms since 1970. */
  readonly recvTimeMs: number;
  /** What examples say that ThingPark has kept of earlier messages; the server keeps nothing. */
  readonly context?: readonly unknown[] | undefined;
}

/** What a codec made of an uplink. */
export type CodecOutcome =
  /** `text` is the JSON of a CodecAnswer. */
  | { readonly kind: 'decoded'; readonly text: string }
  /** It threw, or gave nothing that can be read: of this uplink alone. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** It can't be run, or did what no codec may. */
  | { readonly kind: 'broken'; readonly fault: CodecFault; readonly detail: string };

/** `load`: it is no script, or has no entry; `engine`: the engine failed with it, or did not come back. */
export type CodecFault = 'load' | 'deadline' | 'memory' | 'stack' | 'engine';

export interface CodecAnswer {
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

/**
 * What a codec gave. It may have changed what makes lists of its warnings and errors, so that nothing is certain of them.
 * Throws when the text is no JSON.
 */
export function codecAnswer(text: string): CodecAnswer {
  const { data, warnings, errors } = JSON.parse(text) as Partial<Record<keyof CodecAnswer, unknown>>;
  const textsOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return { data, warnings: textsOf(warnings), errors: textsOf(errors) };
}
