import type { Decoded, DeviceToRead, EnvelopePart, Opened } from '../model/format.ts';
import { type Rejection, rejectionOf } from '../model/rejection.ts';
import { BATCH_ITEMS_MAX, foundOf, isObject, type JsonObject, numberOf, readJson, rejected } from './gather.ts';
import { ASIDE, bytesOf, firstTime, known, NO_CODEC, namesToIds, readDecoded, refused } from './uplink.ts';

/**
 * What platforms of NB-IoT devices share: what they hand on of a device in one form, and its readings as the profile of the
 * device says. They decode by a model of theirs, and then it is read as what a network server of LoRaWAN decoded; or they
 * hand on the bytes, for the profile's codec.
 */

/** What a device said at a time. */
export interface Said {
  /** What it may be registered by, in this order. */
  readonly names: readonly (string | undefined)[];
  /** Ms since 1970; undefined where the platform does not say. */
  readonly atMs: number | undefined;
  /** The part of the device's model that it is of: the field `uplink.service` of a profile. */
  readonly service: string | undefined;
  /** Decoded, or as it was sent. */
  readonly content: { readonly values: JsonObject } | { readonly bytes: Uint8Array };
}

/** What one message of a platform says: nothing of a sensor, or what cannot be read. */
export type SaidOrNot = readonly Said[] | Rejection;

/** Codecs want a port, and these networks have none. */
const F_PORT = 1;

/** Opens a message, or a list of them in one; `unwrap` takes off what a platform puts around them. */
export function openSaid(
  payload: Uint8Array,
  futureMaxMs: number,
  saidIn: (message: JsonObject) => SaidOrNot,
  unwrap: (json: unknown) => Unwrapped = (json) => ({ json }),
): Opened {
  // An empty retained message takes back the one before.
  if (payload.length === 0) return ASIDE;
  const read = readJson(payload);
  const messages = read.rejection === undefined ? unwrap(read.json) : read;
  if (messages.rejection !== undefined) return refused(messages.rejection);
  return openedOf(saidInEach(messages.json, saidIn), futureMaxMs);
}

export type Unwrapped = { readonly json: unknown; readonly rejection?: undefined } | { readonly rejection: Rejection };

/** What is said in an object, or in each of a list; of what cannot be read the first. */
function saidInEach(json: unknown, saidIn: (message: JsonObject) => SaidOrNot) {
  const messages = Array.isArray(json) ? json : [json];
  if (messages.length > BATCH_ITEMS_MAX) {
    const { length: count } = messages;
    return { said: [], rejection: rejectionOf('too-many-items', { count, most: BATCH_ITEMS_MAX }) };
  }
  const said: Said[] = [];
  let rejection: Rejection | null = null;
  for (const message of messages) {
    const found = isObject(message) ? saidIn(message) : rejectionOf('not-an-object', { found: foundOf(message) });
    if (!isSaid(found)) rejection ??= found;
    else for (const one of found) said.push(one);
  }
  return { said, rejection };
}

function isSaid(found: SaidOrNot): found is readonly Said[] {
  return Array.isArray(found);
}

/** A part for all that a device said decoded, and one for each frame of it. */
function openedOf({ said, rejection }: ReturnType<typeof saidInEach>, futureMaxMs: number): Opened {
  const reports = new Map<string, Report[]>();
  const parts: EnvelopePart[] = [];
  let isNameless = false;
  for (const { names, atMs, service, content } of said) {
    const devices = namesToIds(names);
    const network = known({ service });
    if (devices.length === 0) isNameless = true;
    else if ('bytes' in content) {
      const raw = { fPort: F_PORT, fCnt: undefined, bytes: content.bytes, receivedAtMs: atMs, network };
      parts.push({ devices, raw, read: () => NO_CODEC });
    } else {
      const key = devices.join('/');
      const ofDevice = reports.get(key);
      const report = { atMs, values: content.values, network };
      if (ofDevice !== undefined) ofDevice.push(report);
      else {
        const all = [report];
        reports.set(key, all);
        parts.push({
          devices,
          read: (device, receivedAtMs) => readReports(device, all, receivedAtMs, futureMaxMs),
        });
      }
    }
  }
  return { parts, rejection: rejection ?? (isNameless ? rejectionOf('no-device', {}) : null) };
}

interface Report {
  readonly atMs: number | undefined;
  readonly values: JsonObject;
  readonly network: JsonObject;
}

/** Parts of a model that a profile says nothing of are no fault where it names others. */
function readReports(
  device: DeviceToRead,
  reports: readonly Report[],
  receivedAtMs: number,
  futureMaxMs: number,
): Decoded {
  const all = reports.map(({ atMs, values, network }) =>
    readDecoded(device, values, { fPort: F_PORT, ...network }, { atMs, receivedAtMs, futureMaxMs }),
  );
  const [first, ...more] = all;
  if (first === undefined) return rejected(rejectionOf('empty', {}));
  if (more.length === 0) return first;
  const faults = all.flatMap(({ rejection }) => (rejection === null || isOfOthers(rejection) ? [] : [rejection]));
  const isRead = all.some(({ rejection }) => rejection === null);
  return {
    readings: all.flatMap(({ readings }) => readings).sort((a, b) => a.tsMs - b.tsMs),
    rejection: faults[0] ?? (isRead ? null : first.rejection),
    clockAheadMs: all.find(({ clockAheadMs }) => clockAheadMs !== 0)?.clockAheadMs ?? 0,
    isRepaired: false,
  };
}

function isOfOthers({ reason }: Rejection): boolean {
  return reason === 'empty' || reason === 'no-known-field';
}

/** A name that may be written as a number, and is left out in several ways. */
export function nameIn(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && !NO_NAME.test(text) ? text : undefined;
}

/** A platform that does not know an IMEI or IMSI writes so. */
const NO_NAME = /^\s*(?:undefined|null)?\s*$/i;
/** Times below this are seconds. */
const SECONDS_BELOW = 100_000_000_000;

/** The first of these that is a time: ms or s since 1970, or ISO 8601 with a zone, in the extended or basic format. */
export function timeIn(...times: readonly unknown[]): number | undefined {
  for (const time of times) {
    const number = numberOf(time);
    if (number !== undefined && number > 0) return Math.round(number < SECONDS_BELOW ? number * 1_000 : number);
    const ms = firstTime(time);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

/** A frame in a text; undefined where there is none, and why where it is no frame. */
export function frameIn(
  name: string,
  text: unknown,
  encoding: 'hex' | 'base64',
): { readonly bytes: Uint8Array } | Rejection | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const bytes = typeof text === 'string' ? bytesOf(text, encoding) : undefined;
  if (bytes !== undefined) return { bytes };
  return rejectionOf('bad-value', { name, expected: { kind: encoding }, found: foundOf(text) });
}
