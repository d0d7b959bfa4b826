import type { Alert } from './alert.ts';
import { CHANNEL_FAILING, CODEC_OFF, DUTY_GAP, DUTY_UNREACHABLE } from './system-alerts.ts';

/** What an alert is about, in either language. Never 预警: only authorised bodies publish warnings to the public. */

type Language = 'zh' | 'en';

interface Words {
  readonly kind: Readonly<Record<Exclude<Alert['kind'], 'levels' | 'system'>, string>>;
  readonly condition: Readonly<Record<string, string>>;
  readonly channelFailing: (channel: string) => string;
  readonly dutyGap: (rota: string) => string;
  readonly dutyUnreachable: (rota: string) => string;
  readonly codecOff: (profile: string) => string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  zh: {
    kind: { noData: '长时间没有数据', stuck: '读数长时间不变', range: '读数超出量程', vote: '多个监测点同时报警' },
    condition: {
      'alarm-flood': '报警高峰',
      'journal-failing': '数据无法写入磁盘',
      'journal-near-limit': '数据日志接近容量上限',
      'data-lost': '数据文件缺失或不一致',
      'data-too-large': '设备消息过大，未能读取',
      'guard-check': '上级平台查岗，请确认本报警作答',
      'notify-clock': '服务器时钟与通知网关不一致，通知会被拒收',
      'alert-not-told': '有报警无人可通知',
    },
    channelFailing: (channel) => `通知渠道 ${channel} 发送失败`,
    dutyGap: (rota) => `值班表 ${rota}：有时段无人值班`,
    dutyUnreachable: (rota) => `值班表 ${rota}：值班人联系不上`,
    codecOff: (profile) => `型号 ${profile} 的解码脚本已停用`,
  },
  en: {
    kind: {
      noData: 'no data for a long time',
      stuck: 'reading has not changed for a long time',
      range: 'reading out of range',
      vote: 'several points in alarm',
    },
    condition: {
      'alarm-flood': 'Alarm flood',
      'journal-failing': 'Data cannot be written to disk',
      'journal-near-limit': 'The journal is near its size limit',
      'data-lost': 'Data files are missing or do not fit',
      'data-too-large': 'A message of a device is too large and was not read',
      'guard-check': 'Guard check by the platform above: acknowledge this alert to answer',
      'notify-clock': 'The clocks of this server and of gateways are apart: messages are refused',
      'alert-not-told': 'There are alerts that nobody can be told of',
    },
    channelFailing: (channel) => `Channel ${channel} does not deliver`,
    dutyGap: (rota) => `Rota ${rota}: nobody is on duty for a time`,
    dutyUnreachable: (rota) => `Rota ${rota}: nothing reaches whoever is on duty`,
    codecOff: (profile) => `The codec of ${profile} is switched off`,
  },
};

/** What is wrong, in a few words: the metric where there is one, otherwise the kind. */
export function whatOf({ kind, rule, metric }: Alert, metricName: string | null, language: Language): string {
  const words = WORDS[language];
  if (kind === 'levels') return metricName ?? metric ?? rule;
  if (kind !== 'system') return words.kind[kind];
  if (rule.startsWith(CHANNEL_FAILING)) return words.channelFailing(rule.slice(CHANNEL_FAILING.length));
  if (rule.startsWith(DUTY_GAP)) return words.dutyGap(rule.slice(DUTY_GAP.length));
  if (rule.startsWith(DUTY_UNREACHABLE)) return words.dutyUnreachable(rule.slice(DUTY_UNREACHABLE.length));
  if (rule.startsWith(CODEC_OFF)) return words.codecOff(rule.slice(CODEC_OFF.length));
  return words.condition[rule] ?? rule;
}
