import type { ReadSummary } from './source.ts';

/** What is needed of the connection that calls come over. */
export interface CallerSocket {
  readonly destroyed: boolean;
  destroy(): unknown;
  /** `end`: the caller has said its last word. */
  once(event: 'close' | 'end', listener: () => void): unknown;
  off(event: 'close' | 'end', listener: () => void): unknown;
}

/** A call that brings a device's message over HTTP, as far as its headers tell. */
export interface IngestCall {
  /** The connection it came over. */
  readonly socket: CallerSocket;
  readonly address: string;
  /** The device that the call names. */
  readonly device: string;
  /** As MQTT has them: a device's id and secret, or `token` and an API token. */
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  /** The payload as it comes in; read only when the caller may feed the device. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Told as soon as it is known who calls. */
  readonly onKnown: () => void;
}

export type IngestOutcome =
  | { readonly ok: true; readonly read: ReadSummary }
  | {
      readonly ok: false;
      /**
       * `not-stored`: it is not on disk, or was not in time; the device sends it again, which stores nothing twice.
       * `too-fast`: nothing of it was read; it is sent again after `retryAfterMs`.
       */
      readonly error: 'unknown-caller' | 'not-its-own' | 'no-such-topic' | 'too-fast' | 'not-stored';
      readonly retryAfterMs?: number;
    };

/** A call by which a platform brings messages of its devices, as far as its headers tell. */
export interface PushCall extends Pick<IngestCall, 'socket' | 'address' | 'body' | 'onKnown'> {
  /** Of the push, as the configuration has it. */
  readonly name: string;
  /** The key of its address; platforms that sign what they send give none. */
  readonly key: string | undefined;
}

/** How a platform finds out whether there is somebody who knows its token: who does answers with `msg`. */
export interface PushCheck extends Pick<IngestCall, 'socket' | 'address'> {
  readonly name: string;
  readonly msg: string;
  readonly nonce: string;
  readonly signature: string;
}

export type PushCheckOutcome = { readonly ok: true } | Extract<IngestOutcome, { readonly ok: false }>;
