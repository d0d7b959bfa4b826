import { chinaTimeMs } from '../line/china-time.ts';
import {
  LEVEL_SERIES_FIRST,
  LEVEL_SERIES_LAST,
  RAIN_SERIES,
  SERIES_STEP_MS,
  SERIES_VALUES,
  STATUS,
} from './elements.ts';
import { hex } from './frame.ts';

/** The text of a frame from a station: serial, when it was sent, and in reports the elements. */
export interface Text {
  readonly serial: number;
  readonly sentAtMs: number | undefined;
  readonly stationType: number | undefined;
  readonly elements: readonly Measured[];
  /** What a person at the station has typed in. */
  readonly manual: string | undefined;
  /** What comes behind it could not be read: an element that does not say how long it is, or ends too early. */
  readonly isCut: boolean;
}

/** An element as it stands in the text. */
export interface Measured {
  readonly id: number;
  /** Of the first value; undefined: what the station says is no time. */
  readonly atMs: number | undefined;
  /** null: no value, all F or all A. */
  readonly values: readonly (number | null)[];
  /** How far the values are apart; 0 of one. */
  readonly stepMs: number;
  /** What it goes by where it has no code: an identifier in characters that is not known here. */
  readonly identifier?: string | undefined;
  /** In place of values: digits whose meaning only the vendor knows, or the bits of a state, in hex. */
  readonly raw: readonly string[] | undefined;
}

/** Functions whose text has elements: reports, and answers to what was asked of them. */
export const WITH_ELEMENTS: ReadonlySet<number> = new Set([0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x38, 0x3a, 0x44]);
/** A report of one element at even distances: its code once, then its values. */
const EVEN_REPORT = 0x31;

const TIME_STEP = 0x04;
const OBSERVED_AT = 0xf0;
const STATION = 0xf1;
const MANUAL = 0xf2;
const PICTURE = 0xf3;
const VENDOR = 0xff;
/** Serial and time of sending. */
const HEAD = 8;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** No element of appendix C has more bytes than this, and a doubled code would say that it has. */
const VALUE_BYTES_MAX = 8;
/** Elements, and values in all: a text of 4,095 bytes has no more; one of several packets may. */
const ELEMENTS_MAX = 4_096;
/** How often a vendor's way to write is guessed at. */
const GUESSES_MAX = 40;

export function readText(func: number, text: Uint8Array): Text {
  const serial = ((text[0] ?? 0) << 8) | (text[1] ?? 0);
  const sentAtMs = sentTime(text);
  const none = { serial, sentAtMs, stationType: undefined, elements: [], manual: undefined, isCut: false };
  if (text.length <= HEAD) return none;
  if (text[HEAD] === MANUAL && text[HEAD + 1] === MANUAL) {
    return {
      ...none,
      manual: Buffer.from(text.subarray(HEAD + 2))
        .toString('latin1')
        .trim(),
    };
  }
  if (!WITH_ELEMENTS.has(func)) return none;
  const reader: Reader = {
    text,
    isEven: func === EVEN_REPORT,
    stationType: undefined,
    guesses: { made: 0 },
  };
  const { elements, isCut } = readElements(reader, { from: HEAD, atMs: sentAtMs, stepMs: 0 });
  return { ...none, stationType: reader.stationType, elements, isCut };
}

interface Reader {
  readonly text: Uint8Array;
  readonly isEven: boolean;
  stationType: number | undefined;
  /** Shared by all that goes on from here. */
  readonly guesses: { made: number };
}

interface Place {
  readonly from: number;
  /** When what follows was observed. */
  readonly atMs: number | undefined;
  readonly stepMs: number;
}

interface Elements {
  readonly elements: readonly Measured[];
  readonly isCut: boolean;
}

function readElements(reader: Reader, place: Place): Elements {
  const { text } = reader;
  const elements: Measured[] = [];
  let { from, atMs, stepMs } = place;
  const cut = { elements, isCut: true };
  while (from < text.length && elements.length < ELEMENTS_MAX) {
    const id = text[from] ?? 0;
    const definition = text[from + 1] ?? 0;
    if (id === OBSERVED_AT && definition === OBSERVED_AT) {
      if (from + 7 > text.length) return cut;
      atMs = observedTime(text, from + 2);
      from += 7;
    } else if (id === STATION && definition === STATION) {
      from += 7;
      // The station's kind stands behind its address, where a time of observation follows.
      if (text[from] !== OBSERVED_AT && text[from + 1] === OBSERVED_AT && text[from + 2] === OBSERVED_AT) {
        reader.stationType = text[from];
        from += 1;
      }
    } else if (id === PICTURE) {
      return { elements, isCut: false };
    } else if (id === TIME_STEP && definition >> 3 === 3) {
      const [days = 0, hours = 0, minutes = 0] = [2, 3, 4].map((i) => bcdOrHex(text.subarray(from + i, from + i + 1)));
      stepMs = days * 24 * HOUR_MS + hours * HOUR_MS + minutes * MINUTE_MS;
      from += 5;
    } else if (id === RAIN_SERIES || (id >= LEVEL_SERIES_FIRST && id <= LEVEL_SERIES_LAST && id !== definition)) {
      const series = readSeries(text, from, atMs);
      if (series === undefined) return cut;
      elements.push(series.element);
      from = series.to;
    } else {
      const head = id === VENDOR ? 3 : 2;
      const code = id === VENDOR ? (id << 8) | definition : id;
      const how = text[from + head - 1] ?? 0;
      const bytes = how >> 3;
      // A vendor's own series: a code, and the same again where the length should stand.
      if (id === definition && bytes > VALUE_BYTES_MAX) {
        const rest = readVendorSeries(reader, { from, atMs, stepMs });
        return rest === undefined ? cut : { elements: [...elements, ...rest.elements], isCut: rest.isCut };
      }
      const valuesFrom = from + head;
      if (bytes === 0 || bytes > VALUE_BYTES_MAX || valuesFrom + bytes > text.length) return cut;
      const count = reader.isEven && stepMs > 0 ? evenCount(reader, { from: valuesFrom, atMs, stepMs }, bytes) : 1;
      const parts = Array.from({ length: count }, (_, i) =>
        text.subarray(valuesFrom + i * bytes, valuesFrom + (i + 1) * bytes),
      );
      elements.push({
        id: code,
        atMs,
        values: code === STATUS ? [] : parts.map((part) => measuredValue(part, how & 7)),
        stepMs: count > 1 ? stepMs : 0,
        raw: code === STATUS ? parts.map(hex) : undefined,
      });
      from = valuesFrom + count * bytes;
    }
  }
  return { elements, isCut: from > text.length };
}

/** Twelve values of an hour, of a length that the standard fixes, whatever the definition says of it. */
function readSeries(
  text: Uint8Array,
  from: number,
  atMs: number | undefined,
): { element: Measured; to: number } | undefined {
  const id = text[from] ?? 0;
  const bytes = id === RAIN_SERIES ? 1 : 2;
  const valuesFrom = from + 2;
  const to = valuesFrom + SERIES_VALUES * bytes;
  if (to > text.length) return undefined;
  const values = Array.from({ length: SERIES_VALUES }, (_, i) => {
    const at = valuesFrom + i * bytes;
    if (bytes === 1) return text[at] === 0xff ? null : (text[at] ?? 0) / 10;
    const value = ((text[at] ?? 0) << 8) | (text[at + 1] ?? 0);
    return value === 0xffff ? null : value / 100;
  });
  return { element: { id, atMs, values, stepMs: SERIES_STEP_MS, raw: undefined }, to };
}

/**
 * A vendor's series: as many values as steps of an hour, of a length that is not said. It is the shortest one after which the
 * rest of the text can be read.
 */
function readVendorSeries(reader: Reader, { from, atMs, stepMs }: Place): Elements | undefined {
  const { text } = reader;
  const count = stepMs > 0 && stepMs <= HOUR_MS ? Math.round(HOUR_MS / stepMs) : 1;
  for (let bytes = 1; bytes <= VALUE_BYTES_MAX; bytes++) {
    const to = from + 2 + count * bytes;
    if (to > text.length || ++reader.guesses.made > GUESSES_MAX) return undefined;
    const rest = readElements(reader, { from: to, atMs, stepMs });
    if (rest.isCut || rest.elements.some(({ id }) => isUnlikely(id))) continue;
    const raw = Array.from({ length: count }, (_, i) =>
      hex(text.subarray(from + 2 + i * bytes, from + 2 + (i + 1) * bytes)),
    );
    const id = ((text[from] ?? 0) << 8) | (text[from] ?? 0);
    return { elements: [{ id, atMs, values: [], stepMs, raw }, ...rest.elements], isCut: false };
  }
  return undefined;
}

/** No code of appendix C, nor of a vendor: digits that were taken for one. */
function isUnlikely(id: number): boolean {
  return id === 0 || (id > 0x75 && id < RAIN_SERIES);
}

/** How many values of one element follow each other: those of an hour, if the rest can be read after them, or all there are. */
function evenCount(reader: Reader, { from, atMs, stepMs }: Place, bytes: number): number {
  const most = Math.floor((reader.text.length - from) / bytes);
  const ofHour = Math.round(HOUR_MS / stepMs);
  for (const count of [ofHour, ...Array.from({ length: Math.min(most, 512) }, (_, i) => most - i)]) {
    if (count < 1 || count > most || ++reader.guesses.made > GUESSES_MAX) continue;
    const rest = readElements({ ...reader, isEven: false }, { from: from + count * bytes, atMs, stepMs });
    if (!rest.isCut && !rest.elements.some(({ id }) => isUnlikely(id))) return count;
  }
  return Math.max(1, most);
}

/**
 * BCD with so many decimals: a leading FF says that it is below zero, all F or all A that there is none, and where digits are
 * none it is taken for a number in hex.
 */
export function measuredValue(bytes: Uint8Array, decimals: number): number | null {
  if (bytes.every((byte) => byte === 0xff) || bytes.every((byte) => byte === 0xaa)) return null;
  const isNegative = bytes.length > 1 && bytes[0] === 0xff;
  const whole = bcdOrHex(isNegative ? bytes.subarray(1) : bytes);
  const value = whole / 10 ** decimals;
  return isNegative ? -value : value;
}

function bcdOrHex(bytes: Uint8Array): number {
  const digits = hex(bytes);
  return digits === '' ? 0 : Number.parseInt(digits, /^\d+$/.test(digits) ? 10 : 16);
}

function digits(text: Uint8Array, from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const byte = text[from + i] ?? 0xff;
    return byte >> 4 > 9 || (byte & 0x0f) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 0x0f);
  });
}

/** YYMMDDHHmmSS. */
function sentTime(text: Uint8Array): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits(text, 2, 6);
  return chinaTimeMs(2000 + year, month, day, [hour, minute, second]);
}

/** YYMMDDHHmm. */
function observedTime(text: Uint8Array, from: number): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = digits(text, from, 5);
  return chinaTimeMs(2000 + year, month, day, [hour, minute, 0]);
}
