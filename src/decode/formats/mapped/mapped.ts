import type { Decoded, DeviceToRead, EnvelopeFormat, EnvelopePart, Opened, RawUplink } from '../../../model/format.ts';
import type { MessageRule, TopicRule } from '../../../model/messages.ts';
import { type Rejection, rejectionOf } from '../../../model/rejection.ts';
import { BATCH_ITEMS_MAX, Collector, readJson, rejected, textOf } from '../../gather.ts';
import { idsOf } from '../../ids.ts';
import { compileFrame } from './frame.ts';
import { getterOf, type Item, itemsOf, splitItems } from './paths.ts';
import { type CompiledRule, compileRule } from './rule.ts';

/**
 * JSON, or bare text, that is read as a profile says (model/messages.ts). The topic and where the device is named tell a way
 * of reading apart from the others; what is read on it is the business of the profile of the device that was found, so that
 * devices of many kinds may publish below one topic.
 */
export function createMapped(
  rule: TopicRule,
  futureMaxMs: number,
  /** All that read in this way, of whatever profile; of what none of them wants, no device need be named. */
  ofAll: readonly TopicRule[] = [rule],
): EnvelopeFormat {
  const key = locatorOf(rule);
  const wanted = ofAll.map((one) => compileRule(one));
  const locate = locator(rule);
  const frameOf = rule.codec === undefined ? undefined : compileFrame(rule.codec);
  return {
    name: 'mapped',

    open(topic, payload) {
      // An empty retained message takes back the one before.
      if (rule.ignore || payload.length === 0) return NOTHING;
      const read = readAs(rule, payload);
      if (read.rejection !== undefined) return { parts: [], rejection: read.rejection };
      const { json: root, isRepaired } = read;
      const found = locate(topic, root);
      if (found === undefined) {
        return { parts: [], rejection: rejectionOf('too-many-items-within', { most: BATCH_ITEMS_MAX }) };
      }
      if (found.items.size === 0 && !wanted.some((one) => one.isMeant(root, root))) return NOTHING;
      const parts = [...found.items].flatMap(([device, items]): EnvelopePart[] => {
        const devices = idsOf([device]);
        if (frameOf !== undefined) return items.map((item) => framePart(devices, frameOf(root, item)));
        const part: EnvelopePart = {
          devices,
          read: (to, receivedAtMs) => readItems(to, { key, root, items, isRepaired }, receivedAtMs, futureMaxMs),
        };
        return [part];
      });
      return { parts, rejection: found.nameless ? NO_DEVICE : null };
    },
  };
}

const NOTHING: Opened = { parts: [], rejection: null };
const NO_DEVICE = rejectionOf('no-device', {});
const NO_CODEC = rejected(rejectionOf('no-codec', {}));

function readAs({ format, codec }: TopicRule, payload: Uint8Array): ReadMessage {
  if (codec?.encoding === 'binary') return { json: payload, isRepaired: false };
  return format === 'text' ? { json: textOf(payload).trim(), isRepaired: false } : readJson(payload);
}

type ReadMessage =
  | { readonly json: unknown; readonly isRepaired: boolean; readonly rejection?: undefined }
  | { readonly rejection: Rejection };

function framePart(devices: readonly string[], frame: RawUplink | Decoded): EnvelopePart {
  if ('readings' in frame) return { devices, read: () => frame };
  return { devices, raw: frame, read: () => NO_CODEC };
}

/** What tells one way to find the devices of a message from another. */
export function locatorOf({ topic, format, each, split, device, codec }: MessageRule): string {
  return JSON.stringify([topic, format, each, split, device, codec]);
}

/** The items of each device; undefined when there are too many. `nameless`: some item names no device. */
type Locate = (
  topic: string,
  root: unknown,
) => { readonly items: ReadonlyMap<string, readonly unknown[]>; readonly nameless: boolean } | undefined;

function locator({ topic: pattern, each, split, device }: TopicRule): Locate {
  const level = pattern.split('/').indexOf('{device}');
  const all = each === undefined ? undefined : itemsOf(each, BATCH_ITEMS_MAX);
  const isByKey = device === '{key}' || (device === undefined && split !== undefined);
  const get = device === undefined || device === '{key}' ? undefined : getterOf(device);

  function deviceOf(topic: string, root: unknown, { key, value }: Item): string | undefined {
    if (level >= 0) return topic.split('/')[level];
    if (isByKey) return key;
    const id = get?.(root, value);
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  }

  return (topic, root) => {
    let items = all === undefined ? [{ value: root, key: undefined }] : all(root);
    if (split !== undefined) items = items.flatMap(({ value }) => splitItems(value, split));
    if (items.length > BATCH_ITEMS_MAX) return undefined;
    const byDevice = new Map<string, unknown[]>();
    let nameless = items.length === 0;
    for (const item of items) {
      const id = deviceOf(topic, root, item)?.trim() ?? '';
      const known = byDevice.get(id);
      if (id === '') nameless = true;
      else if (known === undefined) byDevice.set(id, [item.value]);
      else known.push(item.value);
    }
    return { items: byDevice, nameless };
  };
}

/** What of a message is of one device, and by what rules it is read. */
interface ItemsOfDevice {
  readonly key: string;
  readonly root: unknown;
  readonly items: readonly unknown[];
  readonly isRepaired: boolean;
}

function readItems(
  device: DeviceToRead,
  { key, root, items, isRepaired }: ItemsOfDevice,
  receivedAtMs: number,
  futureMaxMs: number,
): Decoded {
  const rules = rulesOf(device.record.messages)?.get(key);
  if (rules === undefined) return rejected(rejectionOf('topic-not-in-profile', {}));
  const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
  let isMeant = false;
  for (const item of items) {
    for (const rule of rules) {
      if (!rule.isMeant(root, item)) continue;
      isMeant = true;
      rule.fill(collector, device, root, item, receivedAtMs);
    }
  }
  // What no rule wants is taken, and says nothing.
  return isMeant ? collector.finish(isRepaired) : { readings: [], rejection: null, clockAheadMs: 0, isRepaired: false };
}

/** What profiles say, compiled when the first message of one comes: the list is the same object for all its devices. */
const compiled = new WeakMap<readonly MessageRule[], ReadonlyMap<string, readonly CompiledRule[]>>();

function rulesOf(
  messages: readonly MessageRule[] | undefined,
): ReadonlyMap<string, readonly CompiledRule[]> | undefined {
  if (messages === undefined) return undefined;
  let rules = compiled.get(messages);
  if (rules === undefined) {
    const made = new Map<string, CompiledRule[]>();
    for (const message of messages) {
      const key = locatorOf(message);
      const list = made.get(key);
      if (list === undefined) made.set(key, [compileRule(message)]);
      else list.push(compileRule(message));
    }
    rules = made;
    compiled.set(messages, rules);
  }
  return rules;
}
