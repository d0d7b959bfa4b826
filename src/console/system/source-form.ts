import type { PLATFORMS } from '../../model/push.ts';
import { LINE_NAMES, type LineName } from '../../model/source-setup.ts';
import type { ShownSettings, Source } from '../../wire/calls/sources.ts';
import type { Given } from '../../wire/calls.ts';

type Settings = Given<'PUT /sources/{name}'>['body']['settings'];
type Platform = (typeof PLATFORMS)[number];

/** Brokers of others whose topics are known. */
export const BROKERS = ['the-things-stack', 'chirpstack', 'zigbee2mqtt', 'broker'] as const;
export const PLATFORM_PRESETS: readonly Platform[] = ['ctwing', 'onenet', 'iotda'];
export type Preset = (typeof BROKERS)[number] | LineName | Platform;

/** The fields of the form; which of them are shown depends on what is connected. */
export interface SourceFields {
  readonly preset: Preset;
  readonly name?: string;
  readonly address?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly topics?: string;
  readonly host?: string;
  readonly port?: number | null;
  readonly profile?: string;
  readonly reason?: string;
}

/** Ports that makers and examples use; nothing depends on them. */
const PORTS: Readonly<Record<LineName, number>> = { gbt26875: 9_687, hj212: 9_212, sl651: 9_651, modbus: 9_502 };

const TOPICS: Readonly<Record<(typeof BROKERS)[number], string>> = {
  'the-things-stack': 'v3/+/devices/+/#',
  chirpstack: 'application/+/device/+/event/+',
  zigbee2mqtt: 'zigbee2mqtt/#',
  broker: '',
};

const ADDRESSES: Readonly<Record<(typeof BROKERS)[number], string>> = {
  'the-things-stack': 'eu1.cloud.thethings.network:8883',
  chirpstack: '',
  zigbee2mqtt: '',
  broker: '',
};

export function isLine(preset: Preset): preset is LineName {
  return LINE_NAMES.some((name) => name === preset);
}

export function isBroker(preset: Preset): preset is (typeof BROKERS)[number] {
  return BROKERS.some((name) => name === preset);
}

/** What the form begins with when this is to be connected. `secret`: one that was drawn, for a platform. */
export function fieldsOf(preset: Preset, secret: string): SourceFields {
  if (isLine(preset)) return { preset, name: preset, host: '0.0.0.0', port: PORTS[preset] };
  if (!isBroker(preset)) return { preset, name: preset, secret };
  return { preset, name: preset, address: ADDRESSES[preset], topics: TOPICS[preset] };
}

/** The Things Stack hands out what its application has, under the name that logs in. */
export function topicsOfUser(preset: Preset, user: string): string | undefined {
  if (preset !== 'the-things-stack') return undefined;
  return user === '' ? TOPICS[preset] : `v3/${user}/devices/+/#`;
}

/** The form as it is for settings that there are. */
export function fieldsOfSettings(name: string, settings: ShownSettings): SourceFields {
  const { profile } = settings;
  const common = { name, ...(profile === undefined ? {} : { profile }) };
  if (settings.kind === 'push') return { preset: settings.platform, ...common };
  if (settings.kind === 'listener') {
    return { preset: name as LineName, host: settings.host, port: settings.port, ...common };
  }
  const { url, user, topics } = settings;
  const address = url.replace(/^mqtts?:\/\//, (scheme) =>
    schemeOf(url.slice(scheme.length)) === scheme ? '' : scheme,
  );
  return {
    preset: presetOf(topics),
    address,
    topics: topics.join('\n'),
    ...(user === undefined ? {} : { user }),
    ...common,
  };
}

function presetOf(topics: readonly string[]): Preset {
  if (topics.every((topic) => topic.startsWith('v3/'))) return 'the-things-stack';
  if (topics.every((topic) => topic.startsWith('application/'))) return 'chirpstack';
  return topics.every((topic) => topic.startsWith('zigbee2mqtt/')) ? 'zigbee2mqtt' : 'broker';
}

function schemeOf(address: string): string {
  return /:8883$/.test(address) ? 'mqtts://' : 'mqtt://';
}

/** An address as people give it: with its scheme, or without where the port says it. */
export function urlOf(text: string): string {
  const address = text.trim().replace(/\/$/, '');
  return /^[a-z]+:\/\//i.test(address) ? address : `${schemeOf(address)}${address}`;
}

/** What the form says, as it is sent. */
export function settingsOf(fields: SourceFields, isOn: boolean): Settings {
  const { preset, profile, user } = fields;
  const common = { isOn, ...(profile === undefined ? {} : { profile }) };
  if (isLine(preset)) {
    return { kind: 'listener', host: fields.host?.trim() ?? '', port: fields.port ?? 0, ...common };
  }
  if (!isBroker(preset)) return { kind: 'push', platform: preset, ...common };
  const topics = (fields.topics ?? '').split('\n').flatMap((line) => line.trim() || []);
  return { kind: 'feed', url: urlOf(fields.address ?? ''), topics, ...(user ? { user: user.trim() } : {}), ...common };
}

/** The field that a part of what was sent stands in. */
export function fieldOf(path: string): keyof SourceFields | undefined {
  const fields: readonly (readonly [RegExp, keyof SourceFields])[] = [
    [/^\/name/, 'name'],
    [/^\/settings\/url/, 'address'],
    [/^\/settings\/user/, 'user'],
    [/^\/settings\/topics/, 'topics'],
    [/^\/settings\/host/, 'host'],
    [/^\/settings\/port/, 'port'],
    [/^\/settings\/profile/, 'profile'],
    [/^\/secret/, 'secret'],
  ];
  return fields.find(([pattern]) => pattern.test(path))?.[1];
}

/** Where a source is, in a line. */
export function whereText({ settings }: Pick<Source, 'settings'>): string {
  if (settings.kind === 'feed') return settings.url;
  return settings.kind === 'listener' ? `${settings.host}:${settings.port}` : '';
}
