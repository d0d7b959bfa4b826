import type { Codec, CodecOutcome, UplinkToDecode } from '../model/codec.ts';

/** What the codecs' thread is asked, and answers: one outcome for each uplink, in their order. */
export interface CodecQuestion {
  /** Codecs that it has not seen yet, by the number that they have from now on. */
  readonly load: readonly (Pick<Codec, 'source' | 'freshContext'> & { readonly id: number })[];
  readonly unload: readonly number[];
  readonly uplinks: readonly (UplinkToDecode & { readonly codec: number })[];
}

export type CodecAnswers = readonly CodecOutcome[];

/** What the thread is started with: it writes there which uplink of a question it is at. */
export interface CodecThreadSettings {
  readonly at: Int32Array;
}
