import type { DeviceToRead, EnvelopeFormat, EnvelopePart, Opened } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { parseIsoTime } from '../../../model/time.ts';
import { BATCH_ITEMS_MAX, Collector, foundOf, isObject, isoTimeOf, type JsonObject, readJson } from '../../gather.ts';
import { idsOf } from '../../ids.ts';
import { ASIDE, refused } from '../../uplink.ts';

/**
 * Stations of geological hazards as they report to the national platform, on the topic `$dp`: a byte for the type, two for the
 * length, and JSON `{device: {sensor: {time: value, or values by name}}}`, of any number of devices, sensors and times. Some
 * send the JSON alone, or one stray control byte before it. A sensor's value is the field `L1_LF_1`, or `L1_LF_1.value`; values
 * by name are `L1_GP_1.gpsTotalX`.
 */
export function createGeohazard(futureMaxMs: number): EnvelopeFormat {
  return {
    name: 'geohazard',

    open(_topic, payload) {
      if (payload.length === 0) return ASIDE;
      const json = jsonOf(payload);
      if (json === undefined) return ASIDE;
      const read = readJson(json.bytes);
      if (read.rejection !== undefined) return refused(read.rejection);
      if (!isObject(read.json)) return refused(rejectionOf('not-an-object', { found: foundOf(read.json) }));
      return openDevices(read.json, futureMaxMs, read.isRepaired || json.isRepaired);
    },
  };
}

const BRACE = 0x7b;
const CONTROL_BELOW = 0x20;
const HEAD_BYTES = 3;
/** A picture, or another file. */
const TYPE_FILE = 3;

/** The JSON in a payload, as far as it goes; undefined for a file. */
function jsonOf(payload: Uint8Array): { readonly bytes: Uint8Array; readonly isRepaired: boolean } | undefined {
  const [first = 0, second = 0, third = 0, fourth] = payload;
  if (first >= CONTROL_BELOW || second === BRACE) {
    return { bytes: objectIn(payload.subarray(first < CONTROL_BELOW ? 1 : 0)), isRepaired: first < CONTROL_BELOW };
  }
  if (first === TYPE_FILE) return undefined;
  const length = (second << 8) | third;
  const rest = payload.subarray(HEAD_BYTES);
  // What stands there says itself where it ends, whatever length it was given.
  const bytes = objectIn(rest);
  return { bytes, isRepaired: fourth !== BRACE || length > rest.length || length < bytes.length };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_END = 0x7d;

/** The object at the beginning, without what follows it, such as a brace too many; all of it where none ends. */
function objectIn(bytes: Uint8Array): Uint8Array {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === BRACE) depth++;
    else if (byte === BRACE_END && --depth === 0) return bytes.subarray(0, i + 1);
  }
  return bytes;
}

function openDevices(json: JsonObject, futureMaxMs: number, isRepaired: boolean): Opened {
  // An application's key would be needed for what is in it.
  if (isObject(json.header) && json.bodies !== undefined) return refused(rejectionOf('encrypted', { name: 'bodies' }));
  const parts: EnvelopePart[] = [];
  /** Devices and their values. */
  let values = 0;
  let odd: unknown;
  for (const [device, sensors] of Object.entries(json)) {
    if (++values > BATCH_ITEMS_MAX) return refused(rejectionOf('too-many-items-within', { most: BATCH_ITEMS_MAX }));
    const devices = idsOf([device]);
    if (!isObject(sensors) || devices.length === 0) {
      odd ??= sensors ?? null;
      continue;
    }
    for (const sensor of Object.values(sensors)) values += isObject(sensor) ? Object.keys(sensor).length : 1;
    if (values > BATCH_ITEMS_MAX) return refused(rejectionOf('too-many-items-within', { most: BATCH_ITEMS_MAX }));
    parts.push({
      devices,
      read(to, receivedAtMs) {
        const collector = new Collector(to, receivedAtMs, futureMaxMs, to.clockOffsetMs);
        for (const [sensor, said] of Object.entries(sensors)) take(collector, to, sensor, said, receivedAtMs);
        return collector.finish(isRepaired);
      },
    });
  }
  const rejection = odd === undefined ? null : rejectionOf('not-an-object', { found: foundOf(odd) });
  return parts.length === 0 && rejection === null ? refused(rejectionOf('empty', {})) : { parts, rejection };
}

/** All that a sensor says: each time of it, or values without a time, which are of the arrival. */
function take(collector: Collector, device: DeviceToRead, sensor: string, said: unknown, receivedAtMs: number): void {
  const times = isObject(said) ? Object.keys(said) : [];
  if (isObject(said) && times.length === 0) return;
  if (!isObject(said) || !times.every(isTime)) return put(collector, device, sensor, said, receivedAtMs);
  for (const time of times) {
    const isoMs = isoTimeOf(time);
    const tsMs = isoMs === undefined ? collector.timeOf(time) : collector.timeIs(isoMs);
    if (tsMs !== undefined) put(collector, device, sensor, said[time], tsMs);
  }
}

const DIGITS = /^\d{9,16}$/;

function isTime(key: string): boolean {
  return DIGITS.test(key) || parseIsoTime(key.trim()) !== undefined;
}

function put(collector: Collector, { fields }: DeviceToRead, sensor: string, value: unknown, tsMs: number): void {
  const isNamedValue = !isObject(value) && !fields.has(sensor) && fields.has(`${sensor}.value`);
  collector.fields({ [isNamedValue ? `${sensor}.value` : sensor]: value }, '', tsMs, 0);
}
