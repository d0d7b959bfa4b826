import { z } from 'zod';
import { hasLogin } from './address.ts';
import { refusal } from './issue.ts';
import { idSchema } from './names.ts';
import { PLATFORMS } from './push.ts';

/** Line protocols that have a listener; a listener is called by what it speaks. */
export const LINE_NAMES = ['hj212', 'sl651', 'gbt26875', 'modbus'] as const;
export type LineName = (typeof LINE_NAMES)[number];

const common = {
  profile: idSchema
    .optional()
    .meta({ description: 'What its devices are, as far as nobody has said otherwise of one' }),
  isOn: z.boolean().default(true).meta({ description: 'false: it is kept, and not in use' }),
};

/** A source as people set it up while the server runs; its name and its secret are kept beside it. */
export const sourceSettingsSchema = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('feed').meta({ description: 'Another broker, whose client this server is' }),
      url: z
        .string()
        .max(512)
        .refine(isBrokerAddress, refusal('no-broker-address', {}))
        .refine((text) => !hasLogin(text), refusal('address-with-login', {}))
        .meta({
          description: 'mqtt:// or mqtts://, host and port',
          examples: ['mqtts://eu1.cloud.thethings.network:8883'],
        }),
      user: z.string().min(1).max(1_024).optional(),
      topics: z
        .array(z.string().max(1_024).refine(isTopicFilter, refusal('bad-topic-filter', {})))
        .min(1)
        .max(64)
        .meta({ description: 'Filters to subscribe to' }),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('push').meta({ description: 'A platform of NB-IoT devices that posts here' }),
      platform: z.enum(PLATFORMS),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('listener').meta({ description: 'Where devices connect by a protocol over TCP' }),
      host: z
        .union([z.ipv4(), z.ipv6(), z.literal('localhost')])
        .default('0.0.0.0')
        .meta({
          description: 'An address of this machine; 0.0.0.0: every one',
        }),
      port: z.number().int().min(1).max(65_535),
      ...common,
    })
    .strict(),
]);
export type SourceSettings = z.infer<typeof sourceSettingsSchema>;
type FeedSettings = Extract<SourceSettings, { kind: 'feed' }>;

/** A change of a source as it is kept; `settings` null: it was taken out. */
export interface SourceRevision {
  readonly name: string;
  readonly revision: number;
  readonly settings: SourceSettings | null;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
}

/** A source that is set up. */
export interface SourceRecord extends SourceRevision {
  readonly settings: SourceSettings;
}

/** What came of trying a source, beside whatever is in use. */
export interface SourceTest {
  readonly state: 'works' | 'refused' | 'unreachable' | 'nothing-to-try';
  /** In the words of the other side, or of the machine. */
  readonly words: string;
  /** Of a feed that works: whether its broker keeps messages while this server is away (QoS 1). */
  readonly isKeptForUs: boolean | null;
  /** Topics of messages that came while it was tried, each with whether something here reads it. */
  readonly heard: readonly { readonly topic: string; readonly isRead: boolean }[];
}

function isBrokerAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(text);
  return /^mqtts?:$/.test(protocol) && hostname !== '' && /^\/?$/.test(pathname) && search === '' && hash === '';
}

/** MQTT 3.1.1, 4.7.1: wildcards stand for whole levels, and # for the last ones. */
function isTopicFilter(text: string): boolean {
  if (text === '' || text.includes('\0')) return false;
  const levels = text.split('/');
  return levels.every((level, at) => {
    if (level === '#') return at === levels.length - 1;
    return level === '+' || !/[+#]/.test(level);
  });
}

/** Whether a topic is one of a filter. */
export function isOfFilter(filter: string, topic: string): boolean {
  const [wanted, given] = [filter.split('/'), topic.split('/')];
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true;
    if (at >= given.length || (level !== '+' && level !== given[at])) return false;
  }
  return wanted.length === given.length;
}

/**
 * Whether what has been said to the one may be said to the other: who may lead a source elsewhere must not have its secret
 * sent to a place of his own.
 */
export function mayKeepSecret(before: SourceSettings, after: SourceSettings): boolean {
  if (before.kind === 'feed' && after.kind === 'feed') {
    return originOf(before) === originOf(after) && before.user === after.user;
  }
  return before.kind === 'push' && after.kind === 'push' && before.platform === after.platform;
}

function originOf({ url }: FeedSettings): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** As much of a source as says which messages are its own. */
type Told = { readonly profile?: string | undefined } & (
  | { readonly kind: 'feed'; readonly topics: readonly string[] }
  | { readonly kind: 'push'; readonly platform: string }
  | { readonly kind: 'listener' }
);

/** What the first source that a topic belongs to says its devices are; undefined where none says so. */
export function profileOfTopic(
  sources: readonly { readonly name: string; readonly settings: Told }[],
  topic: string,
): string | undefined {
  return sources.find(({ name, settings }) => settings.profile !== undefined && isOfSource(name, settings, topic))
    ?.settings.profile;
}

function isOfSource(name: string, settings: Told, topic: string): boolean {
  if (settings.kind === 'feed') return settings.topics.some((filter) => isOfFilter(filter, topic));
  if (settings.kind === 'push') return topic === `${settings.platform}/${name}`;
  return topic.startsWith(`${name}/`);
}
