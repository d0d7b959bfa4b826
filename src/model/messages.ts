import { z } from 'zod';
import { refusal } from './issue.ts';
import { metricNameSchema } from './names.ts';

/**
 * How a kind of device's messages are read that are not in the native form, as its profile says: on which topics they come,
 * whose they are, and where in them time and values stand.
 */

/** A step of a path: into a key, an item of a list, or the first item of a list that has a text under a key. */
export type PathStep =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly where: string; readonly is: string }
  /** All items of a list, or all values of an object; only where several items are meant. */
  | { readonly every: 'item' | 'key' };

export interface MessagePath {
  /** From the message as a whole; else from the item of it that is being read. */
  readonly isFromRoot: boolean;
  readonly steps: readonly PathStep[];
}

const STEP = /^(?:\[(\d{1,5})\]|\[\]|\[([^=[\]]+)=([^[\]]*)\]|([^.[\]]+))/;
const STEPS_MAX = 16;

/**
 * The path that a text or list says: `a.b[0].c`, `data[n=ch4].v`, from the message as a whole with `$`, `$.a`. In a list each
 * entry is a key or an index as it is, for keys that hold dots or brackets. Undefined when it is none.
 */
export function parsePath(path: string | readonly (string | number)[]): MessagePath | undefined {
  if (typeof path !== 'string') {
    const steps = path.map((step) => (typeof step === 'number' ? { index: step } : { key: step }));
    return { isFromRoot: false, steps };
  }
  const isFromRoot = path === '$' || path.startsWith('$.') || path.startsWith('$[');
  let rest = isFromRoot ? path.slice(path[1] === '.' ? 2 : 1) : path;
  if (rest === '' && path !== '$') return undefined;
  const steps: PathStep[] = [];
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (found === null || steps.length === STEPS_MAX) return undefined;
    const [text, index, where, is = '', key] = found;
    if (index !== undefined) steps.push({ index: Number(index) });
    else if (where !== undefined) steps.push({ where, is });
    else if (key === undefined) steps.push({ every: 'item' });
    else steps.push(key === '*' ? { every: 'key' } : { key });
    rest = rest.slice(text.length);
    if (rest === '' || rest.startsWith('[')) continue;
    if (!rest.startsWith('.') || rest === '.') return undefined;
    rest = rest.slice(1);
  }
  return { isFromRoot, steps };
}

const ELEMENT = /^(.+)\[(\d{1,5})\]$/;

/**
 * The metric of Sparkplug B that a path names: a text is its whole name, slashes and dots included, and `[n]` at its end an element of
 * an array; in a list the name stands as it is. Undefined when it is none.
 */
export function parseSparkplugPath(
  path: string | readonly (string | number)[],
): { readonly name: string; readonly index: number | undefined } | undefined {
  if (typeof path === 'string') {
    const [, name = path, index] = ELEMENT.exec(path) ?? [];
    return { name, index: index === undefined ? undefined : Number(index) };
  }
  const [name, index, ...more] = path;
  if (typeof name !== 'string' || typeof index === 'string' || more.length > 0) return undefined;
  return { name, index };
}

function isOnePath(path: string): boolean {
  return parsePath(path)?.steps.every((step) => !('every' in step)) === true;
}

const ownSteps = z
  .array(z.union([z.string().min(1).max(256), z.number().int().min(0).max(99_999)]))
  .min(1)
  .max(STEPS_MAX);
const pathSchema = z.union([z.string().min(1).max(512).refine(isOnePath, refusal('bad-path', {})), ownSteps]);
const severalSchema = z
  .string()
  .min(1)
  .max(512)
  .refine((path) => parsePath(path) !== undefined, refusal('bad-path', {}));

/** What belongs to the server itself, whatever a profile says. */
const OWN_TOPICS = ['telemetry', 'commands', 'alerts', 'hj212', 'sl651', 'gbt26875', 'modbus'];
const NO_LITERAL = /[+#{}]/;

/** The topic of stations of geological hazards. */
const GEOHAZARD = '$dp';

/** Levels of a topic: `{device}` at most once, `+`, at the end `#`; the first is a word, and none of the server's own. */
export function isTopicPattern(pattern: string): boolean {
  const levels = pattern.split('/');
  const [first = ''] = levels;
  if (
    first === '' ||
    (first.startsWith('$') && first !== GEOHAZARD) ||
    NO_LITERAL.test(first) ||
    OWN_TOPICS.includes(first)
  )
    return false;
  if (levels.filter((level) => level === '{device}').length > 1) return false;
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1;
    return level === '+' || level === '{device}' || !NO_LITERAL.test(level);
  });
}

const topicSchema = z.string().max(256).refine(isTopicPattern, refusal('bad-topic-pattern', {}));

const ZONE = /^(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const zoneSchema = z.string().refine((zone) => ZONE.test(zone), refusal('bad-zone', {}));

export const TIME_UNITS = ['auto', 'iso', 's', 'ms', 'us', 'ns', 'digits'] as const;
const timeSchema = z.union([
  pathSchema,
  z
    .object({
      at: pathSchema,
      /** `auto`: a text is ISO 8601, and of numbers the unit in which they make sense; `digits`: 20260701083000. */
      unit: z.enum(TIME_UNITS).default('auto'),
      /** The zone of times that name none, as `+08:00`; left out: the server's. */
      zone: zoneSchema.optional(),
    })
    .strict(),
]);

const plainSchema = z.union([z.string().max(256), z.number(), z.boolean()]);
const valueSchema = z.union([
  pathSchema,
  z
    .object({
      at: pathSchema.optional(),
      /** The same in every message, in place of `at`. */
      constant: plainSchema.optional(),
      /** What the texts or numbers of the device mean; others cannot be read. */
      values: z.record(z.string().max(256), plainSchema).optional(),
      scale: z.number().optional(),
      /** Added after scaling. */
      offset: z.number().optional(),
      /** What it is when it is left out, of devices that leave out what is zero or false. */
      default: plainSchema.optional(),
      /** What stands there, before scaling, when the sensor has no value: the reading is bad. */
      sentinels: z.array(plainSchema).max(32).optional(),
    })
    .strict()
    .refine((value) => (value.at === undefined) !== (value.constant === undefined), refusal('at-or-constant', {})),
]);

const frameSchema = z
  .object({
    /** Where the bytes stand; `$` of a payload that is the frame itself. */
    bytes: pathSchema.default('$'),
    /** `binary`: the payload is the frame, as it is. */
    encoding: z.enum(['hex', 'base64', 'binary']).default('hex'),
    /** The port that the codec is told, or where it stands. */
    fPort: z.union([z.number().int().min(0).max(255), pathSchema]).default(1),
  })
  .strict();
/** A frame in a message that its profile's codec makes values of. */
export type FrameRule = z.infer<typeof frameSchema>;

/** Formats of messages that say themselves whose they are, and when. */
export const ENVELOPES = [
  'the-things-stack',
  'chirpstack',
  'loriot',
  'thingpark',
  'senml',
  'geohazard',
  'ctwing',
  'onenet',
  'iotda',
] as const;
export type EnvelopeName = (typeof ENVELOPES)[number];

export const messageSchema = z
  .object({
    /** On what topic it comes; of uplinks that is the business of their network server. */
    topic: topicSchema.optional(),
    /**
     * `text`: the payload is a value by itself, at `$`. `uplink`: what was decoded of a frame of LoRaWAN, whatever network
     * server it comes from. `sparkplug`: which metrics of Sparkplug B are which of the profile's. A server's own format: such
     * messages come on this topic too, and nothing else is said of them.
     */
    format: z.enum(['json', 'text', 'uplink', 'sparkplug', ...ENVELOPES]).default('json'),
    /** Taken and not read: what comes along and says nothing. */
    ignore: z.boolean().default(false),
    /** Only messages that say so at these paths; others are taken and not read. */
    when: z.record(z.string().max(512).refine(isOnePath, refusal('bad-path', {})), plainSchema).optional(),
    /** The items of the message, each with values and perhaps a device and a time of its own: `data[]`, `*`, `*[]`. */
    each: severalSchema.optional(),
    /** Keys are `tag@device` with this between the two. */
    split: z.string().min(1).max(8).optional(),
    /** Where the device's id stands, if not in the topic; `{key}`: the key of the item. */
    device: z.union([z.literal('{key}'), pathSchema]).optional(),
    time: timeSchema.optional(),
    /** Left out: all of the profile's, under their own names. */
    metrics: z.record(metricNameSchema, valueSchema).optional(),
    /** In place of time and metrics: a frame for the profile's codec, of which a rule with the format `uplink` says the rest. */
    codec: frameSchema.optional(),
  })
  .strict()
  .superRefine((message, context) => {
    const { format, topic, device, split, ignore } = message;
    const without = message.codec === undefined ? keysWithout(format) : [...keysWithout(format), ...NOT_OF_FRAMES];
    const refused: string[] = without.filter((key) => message[key] !== undefined && message[key] !== false);
    if (format === 'sparkplug') refused.push(...notOfSparkplug(message.metrics ?? {}));
    if (refused.length > 0)
      context.addIssue({ code: 'custom', ...refusal('not-of-format', { keys: refused, format }) });
    if (topic === undefined && format !== 'uplink' && format !== 'sparkplug')
      context.addIssue({ code: 'custom', ...refusal('topic-nowhere', {}) });
    if (without.includes('device') || topic === undefined || ignore) return;
    const named = [topic.includes('{device}'), device !== undefined, split !== undefined].filter(Boolean).length;
    if (named !== 1) context.addIssue({ code: 'custom', ...refusal('device-nowhere', {}) });
  });
export type MessageRule = z.infer<typeof messageSchema>;
/** A rule for what comes on topics of its own. */
export type TopicRule = MessageRule & { readonly topic: string };

type MessageKey = keyof z.infer<typeof messageSchema>;

const NOT_OF_FRAMES: readonly MessageKey[] = ['when', 'time', 'metrics', 'ignore'];

/** What a rule may not say, because its format says it. */
function keysWithout(format: MessageRule['format']): readonly MessageKey[] {
  if (format === 'uplink') return ['topic', 'device', 'split', 'ignore', 'codec'];
  if (format === 'sparkplug') return ['topic', 'device', 'split', 'ignore', 'codec', 'each', 'when', 'time'];
  return isEnvelope(format) ? ['device', 'split', 'ignore', 'when', 'each', 'time', 'metrics', 'codec'] : [];
}

/** An edge node says what has changed, so what it leaves out is as it was; and what is the same for ever nobody says. */
function notOfSparkplug(metrics: Readonly<Record<string, z.infer<typeof valueSchema>>>): string[] {
  return Object.entries(metrics).flatMap(([name, value]) => {
    if (typeof value === 'string') return [];
    const given = Array.isArray(value) ? { at: value } : value;
    const keys = (['constant', 'default'] as const).filter((key) => given[key] !== undefined);
    if (given.at !== undefined && parseSparkplugPath(given.at) === undefined) return [`metrics.${name}.at`];
    return keys.map((key) => `metrics.${name}.${key}`);
  });
}

export function isEnvelope(format: MessageRule['format']): format is EnvelopeName {
  return (ENVELOPES as readonly string[]).includes(format);
}

export function hasTopic(rule: MessageRule): rule is TopicRule {
  return rule.topic !== undefined;
}
