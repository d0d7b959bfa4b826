import { type Codec, type CodecOutcome, codecAnswer, type UplinkToDecode } from '../model/codec.ts';
import { durationMs } from '../model/duration.ts';
import type { Decoded, DeviceToRead, EnvelopePart } from '../model/format.ts';
import type { MessageRule } from '../model/messages.ts';
import { qualityOf } from '../model/reading.ts';
import type { DeviceRecord } from '../model/registry.ts';
import { rejectionOf } from '../model/rejection.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { RouteOf } from '../model/route.ts';
import type { Profile } from '../model/site.ts';
import { type MessageToTry, TRIED_READINGS_MAX, type Trial, type TriedDevice } from '../model/trial.ts';
import { readAnswer } from './codec-answer.ts';
import type { FormatOptions } from './formats.ts';
import { isObject, type JsonObject, rejected } from './gather.ts';
import { createPlanner } from './plan.ts';
import { createRouteTable, USUAL_TOPICS } from './routes.ts';
import { unusedFields } from './unused.ts';

export interface TrialOptions extends FormatOptions {
  /** Asks a profile's codec what it makes of a frame; left out: frames are not decoded. */
  readonly decode?: (codec: Codec, uplink: UplinkToDecode) => Promise<CodecOutcome>;
}

/**
 * Reads a message as one of a device of the profile would be read, by the routes and formats that real messages take: for a
 * person who wants to know what a device says, or why it is not understood. Where nobody knows its topic, what each form that is
 * known makes of it is compared, and the likeliest is given. A function of its arguments; nothing of it is remembered.
 */
export async function tryMessage(profile: Profile, message: MessageToTry, options: TrialOptions): Promise<Trial> {
  const routeOf = createRouteTable(options, { profiles: () => [profile], version: () => 0 });
  if (message.topic !== undefined) return tryOn(message.topic, routeOf, { profile, message, options });
  let best: Trial = { profile: profile.id, format: null, devices: [], rejection: null, likeness: 0 };
  for (const topic of knownTopics(profile, message.payload, options)) {
    const trial = await tryOn(topic, routeOf, { profile, message, options });
    // A form that makes nothing good of it is a guess too many.
    const isGood = trial.devices.some(({ readings }) => readings.some(({ quality }) => quality !== 'bad'));
    const judged = isGood ? trial : { ...trial, likeness: 0 };
    if (best.format === null || says(judged) > says(best)) best = judged;
  }
  return best;
}

/** Stands in a topic for the device that nobody has named. */
const SOME_DEVICE = 'device';

/** Readings before anything; then that it is of the form at least: it names its device itself, or is sealed as the form has it. */
function says({ likeness, devices, rejection }: Trial): number {
  if (likeness > 0) return 1 + likeness;
  const namesOne = devices.some(({ ids }) => ids.length > 0 && !ids.includes(SOME_DEVICE));
  return namesOne || rejection?.reason === 'encrypted' ? 1 / 2 : 0;
}

/** A topic of each form that is known: the profile's own before those that every server has. */
function knownTopics(
  { messages = [] }: Profile,
  payload: Uint8Array,
  { protocols = [], sparkplug }: TrialOptions,
): string[] {
  const isJson = payload[0] === 0x7b || payload[0] === 0x5b;
  /** What takes any bytes would make something of JSON as well. */
  const takesAll = ({ format, codec }: MessageRule) => format === 'text' || codec?.encoding === 'binary';
  const patterns = [
    ...messages.flatMap((rule) =>
      rule.topic === undefined || rule.ignore || (isJson && takesAll(rule)) ? [] : [rule.topic],
    ),
    'telemetry/{device}',
    ...USUAL_TOPICS.map(([topic]) => topic),
    ...protocols.map(({ name }) => `${name}/{device}`),
    ...(sparkplug ? ['spBv1.0/group/DBIRTH/node/device'] : []),
  ];
  return [...new Set(patterns)].map((pattern) => pattern.replace('{device}', SOME_DEVICE).replaceAll(/[+#]/g, 'up'));
}

interface Tried {
  readonly profile: Profile;
  readonly message: MessageToTry;
  readonly options: TrialOptions;
}

async function tryOn(topic: string, routeOf: RouteOf, { profile, message, options }: Tried): Promise<Trial> {
  const { payload, receivedAtMs } = message;
  const route = routeOf(topic);
  const base = { profile: profile.id, rejection: null };
  if (route === undefined) return { ...base, format: null, devices: [], likeness: 0 };
  const device = deviceOf(profile);
  const { name: format } = route.format;
  if (route.kind === 'device') {
    const id = route.device(topic);
    const decoded = route.format.read(device, topic, payload, receivedAtMs);
    const read = tried(id === undefined ? [] : [id], { decoded, said: undefined }, device, profile);
    // Of two that read it alike, the one that speaks this form by nature is likelier than one that has a form of its own.
    const hasOwnForm = profile.codec !== undefined || profile.messages !== undefined;
    const otherForm = format === 'native' && hasOwnForm ? OTHER_FORM : 0;
    return { ...base, format, devices: [read], likeness: Math.max(0, likeness([read], profile) - otherForm) };
  }
  const { parts, rejection } = route.format.open(topic, payload);
  const devices: TriedDevice[] = [];
  for (const part of parts) {
    devices.push(tried(part.devices, await readPart(part, profile, device, receivedAtMs, options), device, profile));
  }
  return { ...base, format, devices, rejection, likeness: likeness(devices, profile) };
}

/** What was read of a part, and what a decoder had made of it. */
interface PartRead {
  readonly decoded: Decoded;
  readonly said: JsonObject | undefined;
}

async function readPart(
  part: EnvelopePart,
  { id: profile, codec }: Profile,
  device: DeviceToRead,
  receivedAtMs: number,
  { decode, futureMaxMs }: TrialOptions,
): Promise<PartRead> {
  const { raw, said } = part;
  if (raw === undefined || codec === undefined || decode === undefined) {
    return { decoded: part.read(device, receivedAtMs), said };
  }
  const { fPort, bytes, receivedAtMs: atMs, network } = raw;
  const outcome = await decode(codec, { fPort, bytes, recvTimeMs: atMs ?? receivedAtMs });
  switch (outcome.kind) {
    case 'decoded': {
      const answer = codecAnswer(outcome.text);
      const decoded = readAnswer(device, answer, network, { atMs, receivedAtMs, futureMaxMs });
      return { decoded, said: isObject(answer.data) ? answer.data : undefined };
    }
    case 'refused':
      return { decoded: rejected(rejectionOf('codec-refused', { said: outcome.detail })), said };
    case 'broken':
      return {
        decoded: rejected(rejectionOf('codec-off', { profile, fault: outcome.fault, said: outcome.detail })),
        said,
      };
  }
}

/** A device of the profile that nobody has: the number of a series is that of the field. */
function deviceOf({ id, family, name, reportEvery, messages, protocol, metrics }: Profile): DeviceToRead {
  const record: DeviceRecord = {
    id: '',
    profile: id,
    family,
    name: resolveName(name, id),
    reportEveryMs: durationMs(reportEvery),
    hasSecret: false,
    grantedAlerts: false,
    ...(messages === undefined ? {} : { messages }),
    ...(protocol === undefined ? {} : { protocol }),
    points: [],
    fields: Object.entries(metrics).map(([field, metric], series) => ({ field, metric, series: [series] })),
  };
  return { record, clockOffsetMs: 0, ...createPlanner()(record) };
}

function tried(
  ids: readonly string[],
  { decoded: { readings, rejection }, said }: PartRead,
  { record }: DeviceToRead,
  profile: Profile,
): TriedDevice {
  return {
    ids,
    readings: readings.slice(0, TRIED_READINGS_MAX).flatMap(({ series, tsMs, value, marks }) => {
      const field = record.fields[series];
      if (field === undefined) return [];
      const unit = field.metric.unit ?? null;
      return [{ field: field.field, value, unit, tsMs: Math.floor(tsMs), quality: qualityOf(marks) }];
    }),
    readingCount: readings.length,
    rejection,
    unused: said === undefined ? [] : unusedFields(said, profile),
  };
}

/** Less than anything else that tells profiles apart. */
const OTHER_FORM = 1 / 64;

/**
 * How much a message looks like one of the profile's devices: how many of its fields were found and are good, and of two
 * alike that of which more was found. A field whose value can't be right says less, and what is left unread counts against it.
 */
function likeness(devices: readonly TriedDevice[], { metrics }: Profile): number {
  const fields = Math.max(1, Object.keys(metrics).length);
  const each = devices.map(({ readings, rejection }) => {
    const found = new Set(readings.map(({ field }) => field)).size;
    const good = new Set(readings.filter(({ quality }) => quality !== 'bad').map(({ field }) => field)).size;
    return Math.max(0, good + (found - good) / 4 + good / fields / 2 - (rejection === null ? 0 : 1 / 8));
  });
  return Math.max(0, ...each);
}
