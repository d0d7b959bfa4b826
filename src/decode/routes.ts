import type { EnvelopeFormat, PayloadFormat } from '../model/format.ts';
import { type EnvelopeName, hasTopic, isEnvelope, type MessageRule, type TopicRule } from '../model/messages.ts';
import type { DeviceRoute, EnvelopeRoute, Route, RouteOf } from '../model/route.ts';
import { SPARKPLUG_TOPICS } from '../model/sparkplug.ts';
import { locatorOf } from './formats/mapped/mapped.ts';
import { createFormats, type FormatOptions } from './formats.ts';
import { createFrameFormat } from './frames.ts';

/** A route as it is written down: its topics name the device, or its messages are opened to see whose they are. */
export type RouteDefinition =
  | {
      /** See DeviceRoute.pattern. */
      readonly topic: string;
      readonly format: PayloadFormat;
    }
  | {
      /** The same, with or without a device. */
      readonly topic: string;
      readonly envelope: EnvelopeFormat;
    };

const DEVICE = '{device}';
const ONE = '+';
const REST = '#';

/**
 * Finds the route of a topic: of several that fit the first one, so the one that most messages come by belongs first. It
 * compares text in place: a message makes nothing that is thrown away again but its device's id, and there is no memory of
 * topics, which at a hundred thousand devices would be looked up in vain. Throws for a pattern that no route can have.
 */
export function createRoutes(definitions: readonly RouteDefinition[]): RouteOf {
  const routes = definitions.map(compile);
  return (topic) => {
    for (const route of routes) if (route.fits(topic)) return route;
    return undefined;
  };
}

/** What is known of the profiles of a site. */
export interface RoutedProfiles {
  profiles(): readonly { readonly messages?: readonly MessageRule[] | undefined }[];
  /** Rises whenever `profiles` may say something else. */
  version(): number;
}

/** Where servers and gateways publish by themselves, if nobody tells them otherwise; a profile may say it of other topics. */
export const USUAL_TOPICS: readonly (readonly [topic: string, format: EnvelopeName])[] = [
  ['v3/+/devices/+/#', 'the-things-stack'],
  ['application/+/device/+/#', 'chirpstack'],
  ['loriot/#', 'loriot'],
  ['mqtt/things/+/#', 'thingpark'],
  ['thingpark/#', 'thingpark'],
  ['senml/{device}', 'senml'],
  ['senml/#', 'senml'],
  ['$dp', 'geohazard'],
  ['ctwing/#', 'ctwing'],
  ['onenet/#', 'onenet'],
  ['iotda/#', 'iotda'],
];

/**
 * The routes of a server: what a device publishes to `telemetry/{device}` is in the native form, and what the profiles say
 * of other topics is read as they say, and then what comes on the usual topics of network servers, and frames of line
 * protocols. The native route is asked first and alone, so that others cost its messages nothing; the others are made anew
 * when profiles have changed, when the next message of another topic comes.
 */
export function createRouteTable(options: FormatOptions, site: RoutedProfiles): RouteOf {
  const formats = createFormats(options);
  const frames = (options.protocols ?? []).map((protocol) => ({
    topic: `${protocol.name}/{device}`,
    envelope: createFrameFormat(protocol, options.futureMaxMs),
  }));
  const native = createRoutes([{ topic: 'telemetry/{device}', format: formats.native }]);
  const usual = USUAL_TOPICS.map(([topic, format]) => ({ topic, envelope: envelopeOf(format, topic) }));
  // No profile says otherwise of topics whose every level has its meaning.
  const sparkplug = options.sparkplug ? [{ topic: SPARKPLUG_TOPICS, envelope: formats.sparkplug }] : [];
  let others: RouteOf = () => undefined;
  let version: number | undefined;
  return (topic) => {
    // No name of a topic holds it (MQTT 3.1.1, 4.7.3), and no name of a device that somebody could register.
    if (topic.includes('\0')) return undefined;
    const route = native(topic);
    if (route !== undefined) return route;
    if (version !== site.version()) {
      version = site.version();
      const rules = site.profiles().flatMap(({ messages = [] }) => messages);
      others = createRoutes([...sparkplug, ...definitionsOf(rules.filter(hasTopic)), ...usual, ...frames]);
    }
    return others(topic);
  };

  /** Of each topic what is read before what is not, and of patterns those with more words first. */
  function definitionsOf(rules: readonly TopicRule[]): RouteDefinition[] {
    const ways = new Map<string, TopicRule>();
    const ofWay = Map.groupBy(rules, locatorOf);
    for (const rule of rules) {
      const way = locatorOf(rule);
      if (ways.get(way)?.ignore !== false) ways.set(way, rule);
    }
    const formatOf = (rule: TopicRule): EnvelopeFormat =>
      isEnvelope(rule.format)
        ? envelopeOf(rule.format, rule.topic)
        : formats.mapped(rule, ofWay.get(locatorOf(rule)) ?? [rule]);
    const byTopic = new Map<string, TopicRule[]>();
    for (const rule of ways.values()) byTopic.set(rule.topic, [...(byTopic.get(rule.topic) ?? []), rule]);
    return [...byTopic]
      .sort(([a], [b]) => specificity(b) - specificity(a) || (a < b ? -1 : 1))
      .map(([topic, ofTopic]) => {
        const read = ofTopic.filter(({ ignore }) => !ignore);
        const [only, ...more] = (read.length > 0 ? read : ofTopic).map(formatOf);
        if (only === undefined) throw new Error(`${topic}: a topic without a rule`);
        return { topic, envelope: more.length === 0 ? only : together([only, ...more]) };
      });
  }

  function envelopeOf(name: EnvelopeName, topic: string): EnvelopeFormat {
    const format = formats[name];
    return typeof format === 'function' ? format(topic) : format;
  }
}

function specificity(pattern: string): number {
  const levels = pattern.split('/');
  const words = levels.filter((level) => level !== ONE && level !== DEVICE && level !== REST).length;
  return 2 * words + (levels.at(-1) === REST ? 0 : 1);
}

/** Several ways to find the devices of one topic's messages: each that finds some is taken. */
function together(formats: readonly EnvelopeFormat[]): EnvelopeFormat {
  return {
    name: 'mapped',
    open(topic, payload) {
      const opened = formats.map((format) => format.open(topic, payload));
      const parts = opened.flatMap((one) => one.parts);
      const rejection = parts.length > 0 ? null : (opened.find((one) => one.rejection !== null)?.rejection ?? null);
      return { parts, rejection };
    },
  };
}

type Compiled = Route & { fits(topic: string): boolean };

function compile(definition: RouteDefinition): Compiled {
  const { topic: pattern } = definition;
  const isEnvelope = 'envelope' in definition;
  const levels = pattern.split('/');
  const deviceAt = levels.indexOf(DEVICE);
  const isOdd = levels.some(
    (level, i) =>
      (level === REST && i < levels.length - 1) || (![ONE, REST, DEVICE].includes(level) && /[+#{}]/.test(level)),
  );
  if (isOdd || (deviceAt < 0 && !isEnvelope) || levels.lastIndexOf(DEVICE) !== deviceAt) {
    throw new Error(`${pattern}: expected levels of a topic, one of them {device}, others + or at the end #`);
  }
  // Most routes differ in their first levels, which are compared in one go, and most of those in their first character.
  const wild = levels.findIndex((level) => level === ONE || level === DEVICE || level === REST);
  const literals = wild < 0 ? levels.length - 1 : wild;
  const head = levels
    .slice(0, literals)
    .map((level) => `${level}/`)
    .join('');
  const first = head === '' ? undefined : head.charCodeAt(0);
  const rest = levels.slice(literals);
  const fits = (topic: string): boolean => {
    if (first !== undefined && (topic.charCodeAt(0) !== first || !topic.startsWith(head))) return false;
    let from = head.length;
    for (const level of rest) {
      if (level === REST) return true;
      if (from > topic.length) return false;
      const end = endOfLevel(topic, from);
      if (level !== ONE && level !== DEVICE && topic.slice(from, end) !== level) return false;
      from = end + 1;
    }
    return from === topic.length + 1;
  };
  if (isEnvelope) {
    return { kind: 'envelope', pattern, format: definition.envelope, fits } satisfies EnvelopeRoute & Compiled;
  }
  return {
    kind: 'device',
    pattern,
    format: definition.format,
    fits,

    device(topic) {
      let from = head.length;
      for (let i = literals; i < deviceAt; i++) from = endOfLevel(topic, from) + 1;
      // No id holds a blank, so one before or behind it is a slip of whoever set the device up, and nothing that a reading
      // should be lost for.
      const device = topic.slice(from, endOfLevel(topic, from)).trim();
      return device === '' ? undefined : device;
    },
  } satisfies DeviceRoute & Compiled;
}

function endOfLevel(topic: string, from: number): number {
  const slash = topic.indexOf('/', from);
  return slash < 0 ? topic.length : slash;
}
