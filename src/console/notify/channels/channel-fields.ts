import type { ChannelKind } from '../../../model/notify/channel.ts';
import type { setupZh } from '../../i18n/notify-setup.zh.ts';

/**
 * The settings of each kind of channel as a form asks for them. What they may hold is checked by the server, which knows each
 * kind; a test holds this list against its schemas.
 */
export interface ChannelField {
  readonly name: string;
  /** What people call it, by its name or, where that would not say it, by another. */
  readonly label: SettingLabel;
  /** `structure`: several values in one setting, written as YAML. */
  readonly type: 'text' | 'secret' | 'number' | 'choice' | 'long' | 'structure';
  readonly isRequired?: boolean;
  readonly choices?: readonly string[];
  /** What stands there when nothing is said, and for what has no usual value an example. */
  readonly hint?: string;
}

type SettingLabel = keyof (typeof setupZh)['channels']['field'];

const of =
  (type: ChannelField['type']) =>
  (label: SettingLabel, more: Partial<ChannelField> = {}): ChannelField => ({ name: label, label, type, ...more });
const text = of('text');
const secret = of('secret');
const choice = of('choice');
const structure = of('structure');
const number = (label: SettingLabel, hint: string, more: Partial<ChannelField> = {}) =>
  of('number')(label, { hint, ...more });
const REQUIRED = { isRequired: true } as const;

/** Texts that the platform has approved; Aliyun writes a variable with a dollar sign, Tencent by its number. */
const templates = (variable: string, sign: '' | '$'): ChannelField =>
  structure('templates', {
    ...REQUIRED,
    hint: [
      'alert:',
      '  code: SMS_000000000',
      `  text: '监测报警，${sign}{${variable}}，请尽快处置'`,
      `  variables: { ${variable}: '{area}{point}{metric}' }`,
    ].join('\n'),
  });

export const CHANNEL_FIELDS: Readonly<Record<ChannelKind, readonly ChannelField[]>> = {
  wecom: [secret('robotKey', { name: 'key', ...REQUIRED }), text('origin', { hint: 'https://qyapi.weixin.qq.com' })],
  dingtalk: [
    secret('robotToken', { name: 'token', ...REQUIRED }),
    secret('secret'),
    text('keyword'),
    number('perMonth', ''),
    text('origin', { hint: 'https://oapi.dingtalk.com' }),
  ],
  feishu: [
    secret('robotHook', { name: 'hook', ...REQUIRED }),
    secret('secret'),
    text('origin', { hint: 'https://open.feishu.cn' }),
  ],
  email: [
    text('host', { ...REQUIRED, hint: 'smtp.example.org' }),
    number('port', '465'),
    choice('security', { choices: ['tls', 'starttls', 'none'], hint: 'tls' }),
    text('from', { ...REQUIRED, hint: 'brink@example.org' }),
    text('fromName'),
    text('user'),
    secret('password'),
    number('perHour', '200'),
  ],
  webhook: [
    text('url', { ...REQUIRED, hint: 'https://' }),
    secret('query'),
    secret('secret', REQUIRED),
    number('perMinute', '600'),
  ],
  'template-webhook': [
    text('url', { ...REQUIRED, hint: 'https://' }),
    secret('query'),
    choice('method', { choices: ['POST', 'PUT'], hint: 'POST' }),
    of('long')('template', { ...REQUIRED, hint: '{"title": "{title}", "text": "{body}"}' }),
    text('authHeader', { hint: 'Authorization' }),
    secret('authValue'),
    structure('success', { hint: 'at: code\nis: 0' }),
    number('perMinute', '60'),
  ],
  'aliyun-sms': [
    text('accessKeyId', REQUIRED),
    secret('accessKeySecret', REQUIRED),
    text('signName', REQUIRED),
    templates('where', '$'),
    text('endpoint', { hint: 'https://dysmsapi.aliyuncs.com' }),
  ],
  'aliyun-voice': [
    text('accessKeyId', REQUIRED),
    secret('accessKeySecret', REQUIRED),
    templates('where', '$'),
    text('calledShowNumber'),
    number('playTimes', '2'),
    structure('answerKey', { name: 'key', hint: "digit: '1'\nthanks: TTS_000000001" }),
    text('endpoint', { hint: 'https://dyvmsapi.aliyuncs.com' }),
  ],
  'tencent-sms': [
    text('secretId', REQUIRED),
    secret('secretKey', REQUIRED),
    text('sdkAppId', REQUIRED),
    text('signName', REQUIRED),
    templates('1', ''),
    text('region', { hint: 'ap-guangzhou' }),
    number('perNumberAndDay', '10'),
    text('endpoint', { hint: 'https://sms.tencentcloudapi.com' }),
  ],
  'tencent-voice': [
    text('secretId', REQUIRED),
    secret('secretKey', REQUIRED),
    text('voiceSdkAppId', REQUIRED),
    templates('1', ''),
    number('playTimes', '2'),
    text('region', { hint: 'ap-guangzhou' }),
    text('endpoint', { hint: 'https://vms.tencentcloudapi.com' }),
  ],
  modem: [
    text('host', REQUIRED),
    number('port', '', REQUIRED),
    secret('pin'),
    number('partsMax', '3'),
    number('perMinute', '10'),
    number('perHour', '200'),
  ],
  mqtt: [
    text('sirenDevice', { name: 'device', ...REQUIRED }),
    choice('sirenForm', { name: 'form', choices: ['json', 'plain'], hint: 'json' }),
    number('seconds', '60'),
    text('sirenOn', { name: 'on', hint: 'ON' }),
  ],
};

/** What people call a setting of a kind of channel. */
export const labelOf = (kind: ChannelKind, name: string): SettingLabel =>
  CHANNEL_FIELDS[kind].find((field) => field.name === name)?.label ?? 'secret';
