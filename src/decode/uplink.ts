import type { Decoded, DeviceToRead, EnvelopePart, Opened, RawUplink } from '../model/format.ts';
import type { MessageRule } from '../model/messages.ts';
import { type Rejection, rejectionOf } from '../model/rejection.ts';
import { parseIsoTime } from '../model/time.ts';
import { type Getter, getterOf, itemsOf } from './formats/mapped/paths.ts';
import { type CompiledRule, compileRule } from './formats/mapped/rule.ts';
import {
  BATCH_ITEMS_MAX,
  Collector,
  foundOf,
  isObject,
  type JsonObject,
  numberOf,
  readJson,
  rejected,
} from './gather.ts';
import { idsOf } from './ids.ts';

/** What the network servers of LoRaWAN share: a frame in one form, and its readings as the profile of its device says. */

/** A frame with a payload of an application, as a network server hands it on. */
export interface Uplink {
  /** What its device may be registered by, in this order: its DevEUI, and the id or name that the server knows it by. */
  readonly names: readonly (string | undefined)[];
  /** When the network received it, ms since 1970; undefined where it does not say. */
  readonly atMs: number | undefined;
  readonly fPort: number;
  readonly fCnt: number | undefined;
  /** Device address or session: with another one the frames are counted anew. */
  readonly session: unknown;
  /** `name`: the key that it stands under. */
  readonly payload: { readonly name: string; readonly text: unknown; readonly encoding: 'base64' | 'hex' };
  /** What the server's own decoder made of it. */
  readonly decoded: unknown;
  readonly radio: Radio;
}

/** What a network says of the way of a frame, and of its device; each is the field `uplink.…` of a profile. */
export interface Radio {
  /** Of the gateway that heard it best, dBm. */
  readonly rssi?: number | undefined;
  /** Of the same gateway, dB. */
  readonly snr?: number | undefined;
  readonly gateways?: number | undefined;
  readonly spreadingFactor?: number | undefined;
  readonly frequencyHz?: number | undefined;
  /** %, as the device answered when it was asked. */
  readonly battery?: number | undefined;
  /** Of the last request that the device heard, dB. */
  readonly margin?: number | undefined;
  readonly externalPower?: boolean | undefined;
}

/** What is known and says nothing of a sensor. */
export const ASIDE: Opened = { parts: [], rejection: null };

export function refused(rejection: Rejection): Opened {
  return { parts: [], rejection };
}

/** Opens a JSON object, and says what is wrong with anything else. */
export function openObject(payload: Uint8Array, open: (json: JsonObject) => Opened): Opened {
  // An empty retained message takes back the one before.
  if (payload.length === 0) return ASIDE;
  const read = readJson(payload);
  if (read.rejection !== undefined) return refused(read.rejection);
  if (!isObject(read.json)) return refused(rejectionOf('not-an-object', { found: foundOf(read.json) }));
  return open(read.json);
}

export function openUplink(uplink: Uplink, futureMaxMs: number): Opened {
  const { fPort, fCnt, atMs, session, payload, radio } = uplink;
  const decoded = isObject(uplink.decoded) && hasKeys(uplink.decoded) ? uplink.decoded : undefined;
  const text = typeof payload.text === 'string' ? payload.text : '';
  // Port 0, or none, is between device and network.
  if (decoded === undefined && (fPort === 0 || text === '')) return ASIDE;
  const devices = namesToIds(uplink.names);
  if (devices.length === 0) return refused(rejectionOf('no-device', {}));
  const network = known({ fPort, fCnt, ...radio });
  const raw = decoded === undefined ? rawOf(uplink, text, network) : undefined;
  const part: EnvelopePart = {
    devices,
    once: onceOf([session, fCnt, fPort, text], fCnt, atMs),
    raw,
    said: decoded,
    read(device, receivedAtMs, firstMs) {
      if (decoded === undefined) return raw === undefined ? unreadable(payload) : NO_CODEC;
      // What the next gateway heard of a frame is no second measurement of the radio.
      const said = firstMs === undefined ? network : known({ fPort, fCnt });
      return readDecoded(device, decoded, said, { atMs: firstMs ?? atMs, receivedAtMs, futureMaxMs });
    },
  };
  return { parts: [part], rejection: null };
}

/** No frame of LoRaWAN is longer in its JSON; what is longer is none, and is not remembered. */
const KEY_LENGTH_MAX = 1_024;

function onceOf(said: unknown, fCnt: number | undefined, atMs: number | undefined): EnvelopePart['once'] {
  if (fCnt === undefined || atMs === undefined) return undefined;
  const key = JSON.stringify(said);
  return key.length > KEY_LENGTH_MAX ? undefined : { key, atMs };
}

/** What is read of a frame whose device's profile names no codec. */
export const NO_CODEC = rejected(rejectionOf('no-codec', {}));

function unreadable({ name, text, encoding }: Uplink['payload']): Decoded {
  return rejected(rejectionOf('bad-value', { name, expected: { kind: encoding }, found: foundOf(text) }));
}

/** What a device tells the network of itself: it is read where a profile has fields for it, and else says nothing. */
export function openStatus(
  names: Uplink['names'],
  radio: Radio,
  atMs: number | undefined,
  futureMaxMs: number,
): Opened {
  const part: EnvelopePart = {
    devices: namesToIds(names),
    isAside: true,
    read(device, receivedAtMs) {
      const decoded = readStatus(device, radio, { atMs, receivedAtMs, futureMaxMs });
      const isNothing = decoded.rejection?.reason === 'empty' || decoded.rejection?.reason === 'no-known-field';
      return isNothing ? { ...decoded, rejection: null } : decoded;
    },
  };
  return { parts: [part], rejection: null };
}

/** Times of what was decoded. */
export interface UplinkTime {
  readonly atMs: number | undefined;
  /** With the fraction by which readings without a time of their own are known. */
  readonly receivedAtMs: number;
  readonly futureMaxMs: number;
}

/**
 * The readings in what a decoder made of a frame: by the profile's rules for uplinks, or where it has none each of its fields
 * by its own name. `network` is there as the field `uplink`, unless the decoder has one of that name itself.
 */
export function readDecoded(
  device: DeviceToRead,
  decoded: JsonObject,
  network: RawUplink['network'],
  { atMs, receivedAtMs, futureMaxMs }: UplinkTime,
): Decoded {
  const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
  const tsMs = atMs === undefined ? receivedAtMs : collector.timeIs(atMs);
  const root = Object.hasOwn(decoded, 'uplink') ? decoded : { ...decoded, uplink: network };
  const { data } = rulesOf(device);
  if (data.length === 0) {
    collector.takeAt(root, tsMs);
    return collector.finish(false);
  }
  let isMeant = false;
  for (const { items, rule } of data) {
    const all = items(root);
    if (all.length > BATCH_ITEMS_MAX) return rejected(rejectionOf('too-many-items-within', { most: BATCH_ITEMS_MAX }));
    for (const item of all) {
      if (!rule.isMeant(root, item)) continue;
      isMeant = true;
      rule.fill(collector, device, root, item, tsMs);
    }
  }
  // What no rule wants is taken, and says nothing.
  return isMeant ? collector.finish(false) : { readings: [], rejection: null, clockAheadMs: 0, isRepaired: false };
}

function readStatus(device: DeviceToRead, radio: Radio, { atMs, receivedAtMs, futureMaxMs }: UplinkTime): Decoded {
  const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
  const tsMs = atMs === undefined ? receivedAtMs : collector.timeIs(atMs);
  const root = { uplink: known(radio) };
  const { data, network } = rulesOf(device);
  if (data.length === 0) collector.takeAt(root, tsMs);
  for (const rule of network) rule.fill(collector, device, root, root, tsMs);
  return collector.finish(false);
}

interface UplinkRules {
  /** For what was decoded. */
  readonly data: readonly { readonly items: (root: unknown) => readonly unknown[]; readonly rule: CompiledRule }[];
  /** The part of them that is about the network. */
  readonly network: readonly CompiledRule[];
}

const NO_RULES: UplinkRules = { data: [], network: [] };
/** The list of rules is the same object for all devices of a profile. */
const compiled = new WeakMap<readonly MessageRule[], UplinkRules>();

function rulesOf({ record: { messages } }: DeviceToRead): UplinkRules {
  if (messages === undefined) return NO_RULES;
  let rules = compiled.get(messages);
  if (rules === undefined) {
    const own = messages.filter(({ format }) => format === 'uplink');
    rules = {
      data: own.map((rule) => ({ items: itemsGetter(rule), rule: compileRule(rule, true) })),
      network: own.map((rule) =>
        compileRule({ ...rule, when: undefined, time: undefined, metrics: ofNetwork(rule) }, true),
      ),
    };
    compiled.set(messages, rules);
  }
  return rules;
}

function itemsGetter({ each }: MessageRule): (root: unknown) => readonly unknown[] {
  if (each === undefined) return (root) => [root];
  const items = itemsOf(each, BATCH_ITEMS_MAX);
  return (root) => items(root).map(({ value }) => value);
}

const OF_NETWORK = /^(?:\$\.)?uplink\./;

function ofNetwork({ metrics }: MessageRule): MessageRule['metrics'] {
  if (metrics === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(metrics).filter(([, value]) => {
      const path = typeof value === 'string' || Array.isArray(value) ? value : value.at;
      return typeof path === 'string' && OF_NETWORK.test(path);
    }),
  );
}

/** The ids that a device may be registered by that goes by these names, in their order. */
export function namesToIds(names: Uplink['names']): string[] {
  return names.flatMap((name) => (name === undefined ? [] : idsOf([name])));
}

function rawOf(uplink: Uplink, text: string, network: JsonObject): RawUplink | undefined {
  const bytes = bytesOf(text, uplink.payload.encoding);
  return bytes && { fPort: uplink.fPort, fCnt: uplink.fCnt, bytes, receivedAtMs: uplink.atMs, network };
}

const HEX = /^(?:[\da-f]{2})*$/i;
const BASE64 = /^[\w+/-]*={0,2}$/;

/** What a text says in hex or base64; undefined when it is neither. */
export function bytesOf(text: string, encoding: 'base64' | 'hex'): Uint8Array | undefined {
  return (encoding === 'hex' ? HEX : BASE64).test(text) ? Buffer.from(text, encoding) : undefined;
}

/** Without what is not known. */
export function known(said: object): JsonObject {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function hasKeys(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}

/** A getter of what stands at a path of a message: undefined where nothing does. */
export function at(path: string): (message: unknown) => unknown {
  const get: Getter = getterOf(path);
  return (message) => get(message, message);
}

export function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A whole number that is not below 0, as ports and counters are. */
export function countOrNone(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

const DAY_WITHOUT_HYPHEN = /^(\d{4}-\d\d)(\d\d)T/;

/** The first of these that is a time in ISO 8601 with a zone. */
export function firstTime(...times: readonly unknown[]): number | undefined {
  for (const time of times) {
    // Some gateways that speak for a server of their own write 2020-0327T12:39:05Z.
    const iso = typeof time === 'string' ? parseIsoTime(time.replace(DAY_WITHOUT_HYPHEN, '$1-$2T')) : undefined;
    if (iso?.zone === 'given') return iso.ms;
  }
  return undefined;
}

/** How the gateway heard a frame that heard it best. */
export function heardBest(
  gateways: unknown,
  rssiAt: string,
  snrAt: readonly string[],
): Pick<Radio, 'rssi' | 'snr' | 'gateways'> {
  const list = (Array.isArray(gateways) ? gateways : []).filter(isObject);
  const best = list.reduce<JsonObject | undefined>((before, one) => {
    const rssi = numberOf(one[rssiAt]);
    const rssiBefore = before === undefined ? undefined : numberOf(before[rssiAt]);
    return rssi !== undefined && (rssiBefore === undefined || rssi > rssiBefore) ? one : before;
  }, undefined);
  if (best === undefined) return {};
  const snr = snrAt.map((key) => numberOf(best[key])).find((value) => value !== undefined);
  return { rssi: numberOf(best[rssiAt]), snr, gateways: list.length };
}

/** Battery in % as LoRaWAN codes it in one byte (DevStatusAns): 0 external power, 1 to 254 empty to full, 255 not known. */
export function batteryOf(level: unknown): Pick<Radio, 'battery' | 'externalPower'> {
  const number = countOrNone(level);
  if (number === undefined || number > 254) return {};
  return number === 0 ? { externalPower: true } : { externalPower: false, battery: ((number - 1) / 253) * 100 };
}
