import { expect, test } from 'vitest';
import { CHANNEL_KINDS, type ChannelEntry } from '../../src/model/notify/channel.ts';
import { CHANNEL_FACTS } from '../../src/model/notify/channel-facts.ts';
import {
  CHANNEL_TYPES,
  MASK,
  maskSettings,
  mayKeepSecrets,
  readChannel,
  splitSecrets,
} from '../../src/notify/channel-types.ts';

const ENTRY: ChannelEntry = {
  id: 'duty',
  kind: 'dingtalk',
  off: false,
  settings: { keyword: '值班', token: 'abcdefgh12345', secret: MASK },
};

test('every kind has its type', () => {
  expect(CHANNEL_KINDS.map((kind) => CHANNEL_TYPES[kind].kind)).toEqual([...CHANNEL_KINDS]);
});

test('secrets are taken out of the settings, and a mask that comes back is none', () => {
  expect(splitSecrets(ENTRY)).toEqual({ settings: { keyword: '值班' }, secrets: { token: 'abcdefgh12345' } });
});

test('what is shown holds no secret, and says which are known', () => {
  expect(maskSettings(ENTRY, ['token'])).toEqual({ keyword: '值班', token: MASK });
  expect(JSON.stringify(maskSettings(ENTRY, ['token', 'secret']))).not.toContain('abcdefgh');
});

test('a secret of another name is not taken for one', () => {
  const entry = { ...ENTRY, settings: {} };
  expect(readChannel(entry, { origin: 'http://evil.example', token: 'abcdefgh12345' }).ready).not.toBeNull();
  expect(readChannel(entry, {})).toMatchObject({ ready: null, problems: [], missingSecrets: ['token'] });
});

test('a channel that is led elsewhere keeps none of its secrets', () => {
  const led = { ...ENTRY, settings: { ...ENTRY.settings, origin: 'https://other.example' } };
  expect(mayKeepSecrets(ENTRY, { ...ENTRY, settings: { ...ENTRY.settings, keyword: '报警' } })).toBe(true);
  expect(mayKeepSecrets(ENTRY, led)).toBe(false);
  expect(mayKeepSecrets(ENTRY, { ...ENTRY, kind: 'feishu' })).toBe(false);
});

test.each(CHANNEL_KINDS)('%s: what deciding takes for its proof and its reach is what it has', (kind) => {
  const { proof, reaches } = CHANNEL_TYPES[kind];
  expect(CHANNEL_FACTS[kind]).toMatchObject({ proof, isGroup: reaches === 'group' });
});

test('no address of a gateway holds a login, which everybody who sees the setup could read', () => {
  const hook = (url: string): ChannelEntry => ({
    id: 'hook',
    kind: 'template-webhook',
    off: false,
    settings: { url, template: '{}' },
  });
  const codes = (entry: ChannelEntry) => readChannel(entry, {}).problems.map(({ code }) => code);
  expect(codes(hook('https://grid.example/in?from=brink'))).toEqual([]);
  expect(codes(hook('https://admin:hunter2@grid.example/in'))).toEqual(['address-with-login']);
  expect(codes(hook('https://token@grid.example/in'))).toEqual(['address-with-login']);
});

test('an origin that would swallow the path of the gateway is refused, of every kind that has one', () => {
  const codes = (kind: ChannelEntry['kind'], settings: ChannelEntry['settings']) =>
    readChannel({ id: 'x', kind, off: false, settings }, {}).problems.flatMap(({ path, code }) =>
      path.some((step) => step === 'origin' || step === 'endpoint') ? [code] : [],
    );
  for (const kind of ['wecom', 'dingtalk', 'feishu'] as const) {
    expect([kind, codes(kind, { origin: 'http://10.0.0.7/?to=' })]).toEqual([kind, ['address-with-query']]);
    expect([kind, codes(kind, { origin: 'http://10.0.0.7/robots' })]).toEqual([kind, []]);
  }
  for (const kind of ['aliyun-sms', 'aliyun-voice', 'tencent-sms', 'tencent-voice'] as const) {
    expect([kind, codes(kind, { endpoint: 'http://10.0.0.7#' })]).toEqual([kind, ['address-with-query']]);
  }
});

test('what stands behind the question mark of an address is a secret, also in a setup from before it was one', () => {
  const hook: ChannelEntry = {
    id: 'hook',
    kind: 'template-webhook',
    off: false,
    settings: { url: 'https://grid.example/in?key=hunter2', template: '{}' },
  };
  expect(splitSecrets(hook)).toEqual({
    settings: { url: 'https://grid.example/in', template: '{}' },
    secrets: { query: 'key=hunter2' },
  });
  expect(maskSettings(hook, [])).toEqual({ url: 'https://grid.example/in', query: MASK, template: '{}' });
  const sentBack = { ...hook, settings: { ...maskSettings(hook, ['query']) } };
  expect(splitSecrets(sentBack).secrets).toEqual({});
  expect(mayKeepSecrets(hook, sentBack)).toBe(true);
  expect(readChannel(sentBack, { query: 'key=hunter2' }).problems).toEqual([]);
});
