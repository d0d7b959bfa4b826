import { describe, expect, test } from 'vitest';
import { type MqttPrincipal, mayFeed, mayPublish, maySubscribe, mayWaitInVain } from '../../src/broker/principal.ts';

const token = (name: string, mayCommand: boolean, mayFeed: boolean): MqttPrincipal => ({
  kind: 'user',
  name,
  token: name,
  mayCommand,
  mayFeed,
  whileHeld: () => () => {},
});

const WHO = {
  device: { kind: 'device', id: 'a', grantedAlerts: false },
  siren: { kind: 'device', id: 'a', grantedAlerts: true },
  gateway: { kind: 'device', id: 'a', grantedAlerts: false, speaksFor: (id: string) => id === 'b' },
  viewer: token('viewer', false, false),
  operator: token('operator', true, false),
  engineer: token('engineer', true, true),
  nobody: { kind: 'anonymous', device: 'a' },
} satisfies Record<string, MqttPrincipal>;

type Name = keyof typeof WHO;
const NAMES = Object.keys(WHO) as Name[];
const those = (may: (principal: MqttPrincipal) => boolean) => NAMES.filter((name) => may(WHO[name]));

/** Who is sent what comes under a filter. */
const HEARS: Readonly<Record<string, readonly Name[]>> = {
  'alerts/#': ['siren', 'viewer', 'operator', 'engineer', 'nobody'],
  'alerts/+/p/+': ['siren', 'viewer', 'operator', 'engineer', 'nobody'],
  'alerts/town/p/r': ['siren', 'viewer', 'operator', 'engineer', 'nobody'],
  'alerts/\0': [],
  alerts: [],
  'commands/a': ['device', 'siren', 'gateway', 'nobody'],
  'commands/b': ['nobody'],
  'commands/a/x': [],
  'commands/a\0': [],
  'commands/+': [],
  'commands/#': [],
  commands: [],
  'telemetry/a': [],
  'telemetry/#': [],
  '#': [],
  '+/a': [],
  '+/+': [],
  '/': [],
  '': [],
  '$SYS/#': [],
  '$SYS/broker/uptime': [],
  '$share/g/alerts/#': [],
  '$share/g/commands/a': [],
  'zigbee/#': [],
};

/** Who may publish to a topic that is no device's message. */
const SAYS: Readonly<Record<string, readonly Name[]>> = {
  'commands/a': ['operator', 'engineer', 'nobody'],
  'commands/not-registered': ['operator', 'engineer', 'nobody'],
  'commands/a/x': [],
  'commands/a\0': [],
  'commands/': [],
  'commands/+': [],
  'commands/#': [],
  commands: [],
  'states/a': ['device', 'siren', 'gateway'],
  'states/b': [],
  'states/a/x': [],
  'states/': [],
  'alerts/town/p/r': [],
  '$SYS/x': [],
  x: [],
  '': [],
};

describe('topics and roles', () => {
  test.each(Object.entries(HEARS))('what comes under %j is heard by %j', (filter, names) => {
    expect(those((principal) => maySubscribe(principal, filter))).toEqual(names);
  });

  test.each(Object.entries(SAYS))('%j is published by %j', (topic, names) => {
    expect(those((principal) => mayPublish(principal, topic))).toEqual(names);
  });

  test('messages of a device are sent by itself, its gateway, engineers’ tokens, and without a login by anybody', () => {
    const of = (device: string) => those((principal) => mayFeed(principal, device));
    expect(of('a')).toEqual(['device', 'siren', 'gateway', 'engineer', 'nobody']);
    expect(of('b')).toEqual(['gateway', 'engineer', 'nobody']);
    expect(of('c')).toEqual(['engineer', 'nobody']);
  });

  test('who may wait in vain does so on topics of others alone, and is sent nothing there', () => {
    const patient = those((principal) => mayWaitInVain(principal, 'zigbee/#'));
    expect(patient).toEqual(['gateway', 'engineer', 'nobody']);
    for (const filter of ['#', '+/a', '$SYS/#', 'alerts/#', 'commands/#', 'telemetry/#', '', '/x']) {
      expect([filter, those((principal) => mayWaitInVain(principal, filter))]).toEqual([filter, []]);
    }
  });
});
