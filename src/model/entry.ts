import type { Alert, Verdict } from './alert.ts';
import type { Level } from './level.ts';
import type { MaintenancePlan } from './maintenance.ts';
import type { Marks, Reading, Value } from './reading.ts';
import type { WhyRejected } from './rejection.ts';
import type { ResponseAct } from './response-act.ts';

/**
 * What the journal holds, in order. The alert log is a pure function of these entries and of the immutable point
 * definitions they name, which is why the passing of a deadline, a start of the server and everything an operator does
 * are entries too.
 */
export type JournalEntry = MessageEntry | QuarantineEntry | UplinkEntry | ControlEntry;

/** A device's payload that could be read. The readings are sorted by time. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly receivedAtMs: number;
  readonly readings: readonly Reading[];
  /** The position of the uplink that a codec read them from; left out of what devices say themselves. */
  readonly uplink?: number | undefined;
}

/** A payload that could not be read, kept as it came; of one that was larger than can be taken, the beginning. */
export interface QuarantineEntry {
  readonly kind: 'quarantine';
  readonly receivedAtMs: number;
  readonly device: string;
  readonly topic: string;
  readonly reason: string;
  readonly why: WhyRejected;
  readonly payload: Uint8Array;
  /** The size of the whole, where `payload` is only its beginning. */
  readonly oversizedBytes?: number | undefined;
  /** The position of the uplink that this was, which no codec could read. */
  readonly uplink?: number | undefined;
}

/**
 * A frame as it came over the air, which its device's codec reads later on. What became of it stands in entries behind it
 * that name its position (`uplink`), so that it is decoded once, whatever happens in between, and a replay takes what was
 * read of it then.
 */
export interface UplinkEntry {
  readonly kind: 'uplink';
  readonly receivedAtMs: number;
  readonly device: string;
  readonly topic: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  /** When the network received it, ms since 1970; null where it does not say. */
  readonly networkAtMs: number | null;
  readonly fCnt: number | null;
  /** What the network says of it, such as `rssi`. */
  readonly network: Readonly<Record<string, unknown>>;
  /** The position of the quarantined entry that is tried again with it; null of what has just come. */
  readonly again: number | null;
}

/** Everything that is not from a device. */
export interface ControlEntry {
  readonly kind: 'control';
  readonly receivedAtMs: number;
  readonly control: Control;
}

export type Control =
  /** The server began to take messages; silence is counted anew from here, for our downtime is not the device's. */
  | {
      readonly type: 'start';
      /** The one of several servers that did, while others went on listening; left out: nobody had listened. */
      readonly node?: string;
    }
  /** Time has passed: every deadline up to the entry's receivedAtMs takes effect, each at its own time. */
  | { readonly type: 'tick' }
  | DigestControl
  /** These point definitions (ids of the registry's immutable definitions) are in force from here on. */
  | { readonly type: 'define'; readonly definitions: readonly number[] }
  | { readonly type: 'retire'; readonly points: readonly string[] }
  | { readonly type: 'operator'; readonly action: OperatorAction }
  /** The tree of areas from here on: each area's parent, null for a root. Maintenance of an area reaches down it. */
  | { readonly type: 'areas'; readonly parents: AreaParents }
  /** Somebody plans maintenance; it begins and ends by itself, through ticks. */
  | { readonly type: 'maintenance'; readonly do: 'plan'; readonly plan: MaintenancePlan }
  /** Somebody ends maintenance before its time, or calls it off. */
  | { readonly type: 'maintenance'; readonly do: 'end'; readonly id: string; readonly by: string }
  /** Messages in quarantine, by the positions of their entries, that have been read after all: their readings stand before. */
  | { readonly type: 'reread'; readonly positions: readonly number[] }
  /** A condition of the server itself that operators must see, such as a failing disk. */
  | {
      readonly type: 'system';
      readonly condition: string;
      readonly level: Level;
      readonly active: boolean;
      readonly detail: string;
    };

/** What a server of a cluster has come to, for the others to compare with their own. */
export interface DigestControl {
  readonly type: 'digest';
  readonly node: string;
  /** Of its copy of the log up to that message. */
  readonly number: number;
  readonly digest: number;
  /** Of the entries of its alert log that end with `seq`; null where it has not had as many. */
  readonly alerts: { readonly seq: number; readonly digest: number } | null;
}

export type AreaParents = Readonly<Record<string, string | null>>;

/** `via` of an acknowledgement: the channel by which he answered; left out of what was done on a console or by the API. */
export type OperatorAction = { readonly alert: string; readonly by: string; readonly note: string | null } & (
  | { readonly do: 'ack'; readonly via?: string }
  | { readonly do: 'reset' }
  | { readonly do: 'note' }
  | { readonly do: 'shelve'; readonly untilMs: number }
  | { readonly do: 'unshelve' }
  /**
   * What somebody says of an alert, open or over. Evaluation forgets alerts that are closed, so one that is stands here as
   * it was; what becomes of it is then the same in a replay that begins later.
   */
  | { readonly do: 'verdict'; readonly verdict: Verdict; readonly closed: Alert | null }
  /** `closed` as above; `occurredAtMs`: when it happened, by the clock of who reports it later. */
  | {
      readonly do: 'respond';
      readonly act: ResponseAct;
      readonly occurredAtMs: number | null;
      readonly closed: Alert | null;
    }
);

/** Entries that were committed together; the first stands at position `first`, the next at `first + 1`, and so on. */
export interface JournalBatch {
  readonly first: number;
  readonly entries: readonly JournalEntry[];
}

const MESSAGE = 1;
const QUARANTINE = 2;
const CONTROL = 3;
const OVERSIZED = 4;
const REJECTED = 5;
const UPLINK = 6;
const ANSWER = 7;

const TYPE_NULL = 0;
const TYPE_NUMBER = 1;
const TYPE_FALSE = 2;
const TYPE_TRUE = 3;
const TYPE_TEXT = 4;
const TYPE_MASK = 7;
const MARKS_SHIFT = 3;

/** A longer text is cut; only free text such as what a quarantine once said can be. */
const TEXT_BYTES_MAX = 0xffff;

/** Fixed part of a reading: series u32, time f64, type and marks u8. */
const READING_BYTES = 13;

/**
 * Writes entries one behind the other into a buffer that grows and is used again after `take`. Little-endian:
 * kind u8, receivedAt f64, then by kind
 *   message     count u32, count × (series u32, ts f64, type | marks << 3 u8, value: f64 | - | u16 length + UTF-8)
 *   rejected    f64 size of the whole, NaN when the payload is all of it; 3 texts (u16 length + UTF-8): device, topic, reason;
 *               u32 length + JSON of code and values; u32 length + payload
 *   quarantine  as programs wrote it that said why in English: 4 texts: device, topic, reason, detail; u32 length + payload
 *   oversized   f64 size of the whole, then as quarantine
 *   control     u32 length + JSON
 *   uplink      2 texts: device, topic; fPort f64, networkAt f64, fCnt f64, again f64 (NaN: none);
 *               u32 length + bytes, u32 length + JSON of the network
 *   answer      f64 position of the uplink, u8 kind of what became of it, and that as above
 */
export class EntryWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes = 1 << 16) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  get byteLength(): number {
    return this.#length;
  }

  write(entry: JournalEntry): void {
    this.#reserve(32);
    let kindAt = this.#length;
    this.#length = kindAt + 9;
    this.#bytes.writeDoubleLE(entry.receivedAtMs, kindAt + 1);
    if ('uplink' in entry && entry.uplink !== undefined) {
      this.#bytes[kindAt] = ANSWER;
      kindAt = this.#bytes.writeDoubleLE(entry.uplink, this.#length);
      this.#length = kindAt + 1;
    }
    switch (entry.kind) {
      case 'message':
        this.#bytes[kindAt] = MESSAGE;
        this.#readings(entry.readings);
        break;
      case 'quarantine':
        this.#quarantine(entry, entry.why, kindAt);
        break;
      case 'control':
        this.#bytes[kindAt] = CONTROL;
        this.#blob(Buffer.from(JSON.stringify(entry.control)));
        break;
      case 'uplink':
        this.#bytes[kindAt] = UPLINK;
        this.#text(entry.device);
        this.#text(entry.topic);
        for (const number of [entry.fPort, entry.networkAtMs, entry.fCnt, entry.again]) {
          this.#reserve(8);
          this.#length = this.#bytes.writeDoubleLE(number ?? Number.NaN, this.#length);
        }
        this.#blob(entry.bytes);
        this.#blob(Buffer.from(JSON.stringify(entry.network)));
        break;
    }
  }

  #quarantine(
    { device, topic, reason, payload, oversizedBytes }: QuarantineEntry,
    why: WhyRejected,
    kindAt: number,
  ): void {
    const isInWords = typeof why === 'string';
    this.#bytes[kindAt] = isInWords ? (oversizedBytes === undefined ? QUARANTINE : OVERSIZED) : REJECTED;
    if (!isInWords || oversizedBytes !== undefined) {
      this.#length = this.#bytes.writeDoubleLE(oversizedBytes ?? Number.NaN, this.#length);
    }
    for (const text of [device, topic, reason]) this.#text(text);
    if (isInWords) this.#text(why);
    else this.#blob(Buffer.from(JSON.stringify({ code: why.code, values: why.values })));
    this.#blob(payload);
  }

  /** A copy of what has been written; the writer is empty afterwards. */
  take(): Buffer {
    // Memory of its own: a pooled buffer handed to another thread would take the whole pool along.
    const taken = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #readings(readings: readonly Reading[]): void {
    this.#reserve(4 + readings.length * (READING_BYTES + 8));
    this.#length = this.#bytes.writeUInt32LE(readings.length, this.#length);
    for (const reading of readings) {
      const at = this.#length;
      this.#reserve(READING_BYTES + 8);
      this.#bytes.writeUInt32LE(reading.series, at);
      this.#bytes.writeDoubleLE(reading.tsMs, at + 4);
      this.#length = at + READING_BYTES;
      const type = typeOf(reading.value);
      this.#bytes[at + 12] = type | (reading.marks << MARKS_SHIFT);
      if (typeof reading.value === 'number') this.#length = this.#bytes.writeDoubleLE(reading.value, this.#length);
      else if (typeof reading.value === 'string') this.#text(reading.value);
    }
  }

  #text(text: string): void {
    const byteLength = Buffer.byteLength(text);
    if (byteLength > TEXT_BYTES_MAX) {
      this.#text(text.slice(0, TEXT_BYTES_MAX >> 2));
      return;
    }
    this.#reserve(2 + byteLength);
    this.#length = this.#bytes.writeUInt16LE(byteLength, this.#length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #blob(bytes: Uint8Array): void {
    this.#reserve(4 + bytes.length);
    this.#length = this.#bytes.writeUInt32LE(bytes.length, this.#length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

function typeOf(value: Value): number {
  if (typeof value === 'number') return TYPE_NUMBER;
  if (value === null) return TYPE_NULL;
  if (typeof value === 'string') return TYPE_TEXT;
  return value ? TYPE_TRUE : TYPE_FALSE;
}

/** What `scanReadings` calls for each reading, in journal order. */
export interface ReadingVisitor {
  number(series: number, tsMs: number, value: number, marks: Marks): void;
  boolean(series: number, tsMs: number, value: boolean, marks: Marks): void;
  text(series: number, tsMs: number, value: string, marks: Marks): void;
}

/**
 * Visits every reading of a buffer that an EntryWriter wrote, without making an object of any entry: a follower that
 * only stores readings spends a tenth of what `decodeEntries` costs. Nulls are left out, for they are not readings.
 * Gives the number of entries passed. Throws RangeError when the bytes are damaged.
 */
export function scanReadings(data: Uint8Array, visitor: ReadingVisitor): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  let entries = 0;
  while (at < data.byteLength) {
    let kind = view.getUint8(at);
    at += 9;
    if (kind === ANSWER) {
      kind = view.getUint8(at + 8);
      at += 9;
    }
    switch (kind) {
      case MESSAGE:
        at = scanMessage(view, at, visitor);
        break;
      case QUARANTINE:
      case OVERSIZED:
        if (kind === OVERSIZED) at += 8;
        for (let text = 0; text < 4; text++) at += 2 + view.getUint16(at, true);
        at += 4 + view.getUint32(at, true);
        break;
      case REJECTED:
        at += 8;
        for (let text = 0; text < 3; text++) at += 2 + view.getUint16(at, true);
        for (let blob = 0; blob < 2; blob++) at += 4 + view.getUint32(at, true);
        break;
      case CONTROL:
        at += 4 + view.getUint32(at, true);
        break;
      case UPLINK:
        for (let text = 0; text < 2; text++) at += 2 + view.getUint16(at, true);
        at += 32;
        for (let blob = 0; blob < 2; blob++) at += 4 + view.getUint32(at, true);
        break;
      default:
        throw new RangeError(`journal entry of unknown kind ${kind} at byte ${at - 9}`);
    }
    entries++;
  }
  if (at > data.byteLength) throw new RangeError('journal entry runs past its end');
  return entries;
}

function scanMessage(view: DataView, start: number, visitor: ReadingVisitor): number {
  const count = view.getUint32(start, true);
  let at = start + 4;
  for (let i = 0; i < count; i++) {
    const series = view.getUint32(at, true);
    const tsMs = view.getFloat64(at + 4, true);
    const typeAndMarks = view.getUint8(at + 12);
    at += READING_BYTES;
    switch (typeAndMarks & TYPE_MASK) {
      case TYPE_NUMBER:
        visitor.number(series, tsMs, view.getFloat64(at, true), typeAndMarks >> MARKS_SHIFT);
        at += 8;
        break;
      case TYPE_NULL:
        break;
      case TYPE_FALSE:
        visitor.boolean(series, tsMs, false, typeAndMarks >> MARKS_SHIFT);
        break;
      case TYPE_TRUE:
        visitor.boolean(series, tsMs, true, typeAndMarks >> MARKS_SHIFT);
        break;
      case TYPE_TEXT: {
        const byteLength = view.getUint16(at, true);
        const bytes = Buffer.from(view.buffer, view.byteOffset + at + 2, byteLength);
        visitor.text(series, tsMs, bytes.toString(), typeAndMarks >> MARKS_SHIFT);
        at += 2 + byteLength;
        break;
      }
      default:
        throw new RangeError(`value of unknown type ${typeAndMarks & TYPE_MASK} at byte ${at}`);
    }
  }
  return at;
}

/** The entries of a buffer that an EntryWriter wrote. Throws RangeError when the bytes are damaged. */
export function decodeEntries(data: Uint8Array): JournalEntry[] {
  const reader = new EntryReader(data);
  const entries: JournalEntry[] = [];
  while (!reader.done) entries.push(reader.entry());
  return entries;
}

class EntryReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  entry(): JournalEntry {
    const kind = this.#bytes.readUInt8(this.#at);
    const receivedAtMs = this.#bytes.readDoubleLE(this.#at + 1);
    this.#at += 9;
    return kind === ANSWER ? this.#answer(receivedAtMs) : this.#plain(kind, receivedAtMs);
  }

  #answer(receivedAtMs: number): JournalEntry {
    const uplink = this.#double();
    const kind = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    const entry = this.#plain(kind, receivedAtMs);
    if (entry.kind !== 'message' && entry.kind !== 'quarantine') {
      throw new RangeError(`journal entry of kind ${kind} as what became of an uplink`);
    }
    return { ...entry, uplink };
  }

  #plain(kind: number, receivedAtMs: number): JournalEntry {
    switch (kind) {
      case MESSAGE: {
        const readings = this.#readings();
        return { kind: 'message', receivedAtMs, readings };
      }
      case QUARANTINE:
      case OVERSIZED:
      case REJECTED: {
        const oversizedBytes = kind === QUARANTINE ? Number.NaN : this.#double();
        const device = this.#text();
        const topic = this.#text();
        const reason = this.#text();
        const why = kind === REJECTED ? (JSON.parse(this.#blob().toString()) as WhyRejected) : this.#text();
        const payload = this.#blob();
        const entry: QuarantineEntry = { kind: 'quarantine', receivedAtMs, device, topic, reason, why, payload };
        return Number.isNaN(oversizedBytes) ? entry : { ...entry, oversizedBytes };
      }
      case CONTROL:
        return { kind: 'control', receivedAtMs, control: JSON.parse(this.#blob().toString()) as Control };
      case UPLINK: {
        const [device, topic] = [this.#text(), this.#text()];
        const fPort = this.#double();
        const [networkAtMs, fCnt, again] = [this.#doubleOrNull(), this.#doubleOrNull(), this.#doubleOrNull()];
        const bytes = this.#blob();
        const network = JSON.parse(this.#blob().toString()) as UplinkEntry['network'];
        return { kind: 'uplink', receivedAtMs, device, topic, fPort, bytes, networkAtMs, fCnt, network, again };
      }
      default:
        throw new RangeError(`journal entry of unknown kind ${kind} at byte ${this.#at - 9}`);
    }
  }

  #double(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  #doubleOrNull(): number | null {
    const number = this.#double();
    return Number.isNaN(number) ? null : number;
  }

  #readings(): Reading[] {
    const count = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    const readings: Reading[] = [];
    for (let i = 0; i < count; i++) {
      const series = this.#bytes.readUInt32LE(this.#at);
      const tsMs = this.#bytes.readDoubleLE(this.#at + 4);
      const typeAndMarks = this.#bytes.readUInt8(this.#at + 12);
      this.#at += READING_BYTES;
      readings.push({ series, tsMs, value: this.#value(typeAndMarks & TYPE_MASK), marks: typeAndMarks >> MARKS_SHIFT });
    }
    return readings;
  }

  #value(type: number): Value {
    switch (type) {
      case TYPE_NUMBER: {
        const value = this.#bytes.readDoubleLE(this.#at);
        this.#at += 8;
        return value;
      }
      case TYPE_NULL:
        return null;
      case TYPE_TEXT:
        return this.#text();
      case TYPE_FALSE:
      case TYPE_TRUE:
        return type === TYPE_TRUE;
      default:
        throw new RangeError(`value of unknown type ${type} at byte ${this.#at}`);
    }
  }

  #text(): string {
    const byteLength = this.#bytes.readUInt16LE(this.#at);
    const text = this.#bytes.toString('utf8', this.#at + 2, this.#at + 2 + byteLength);
    this.#at += 2 + byteLength;
    return text;
  }

  #blob(): Buffer {
    const byteLength = this.#bytes.readUInt32LE(this.#at);
    const start = this.#at + 4;
    this.#at = start + byteLength;
    if (this.#at > this.#bytes.length) throw new RangeError('journal entry runs past its end');
    return this.#bytes.subarray(start, this.#at);
  }
}
