import type { Alert } from './alert.ts';
import { CHANNEL_FAILING, CODEC_OFF, DUTY_GAP, DUTY_UNANSWERED, DUTY_UNREACHABLE } from './system-alerts.ts';

/** What an alert is about, in either language. Never 预警: only authorised bodies publish warnings to the public. */

type Language = 'zh' | 'en';

const KINDS: Readonly<Record<Language, Readonly<Record<Exclude<Alert['kind'], 'levels' | 'system'>, string>>>> = {
  zh: { noData: '长时间没有数据', stuck: '读数长时间不变', range: '读数超出量程', vote: '多个监测点同时报警' },
  en: {
    noData: 'no data for a long time',
    stuck: 'reading has not changed for a long time',
    range: 'reading out of range',
    vote: 'several points in alarm',
  },
};

/** Conditions of the server itself: those that have one name, and those of something, which stands for `{{ref}}`. */
export const SYSTEM_WORDS = {
  zh: {
    condition: {
      'alarm-flood': '报警高峰',
      'journal-failing': '数据无法写入磁盘',
      'journal-near-limit': '数据日志接近容量上限',
      'data-lost': '数据文件缺失或不一致',
      'cluster-copies-differ': '集群各服务器的数据不一致',
      'data-too-large': '设备消息过大，未能读取',
      'guard-check': '上级平台查岗，请确认本报警作答',
      'notify-clock': '服务器时钟与通知网关不一致，通知会被拒收',
      'alert-not-told': '有报警无人可通知',
    },
    channelFailing: '通知渠道 {{ref}} 发送失败',
    dutyGap: '值班表 {{ref}}：有时段无人值班',
    dutyUnreachable: '值班表 {{ref}}：值班人联系不上',
    dutyUnanswered: '值班表 {{ref}}：查岗有人未应答',
    codecOff: '型号 {{ref}} 的解码脚本已停用',
  },
  en: {
    condition: {
      'alarm-flood': 'Alarm flood',
      'journal-failing': 'Data cannot be written to disk',
      'journal-near-limit': 'The journal nears its size limit',
      'data-lost': 'Data files were missing or did not fit',
      'cluster-copies-differ': 'Servers of the cluster hold different data',
      'data-too-large': 'A device sends messages too large to read',
      'guard-check': 'Guard check by the platform above: acknowledge to answer',
      'notify-clock': 'The clocks of this server and of gateways are apart: messages are refused',
      'alert-not-told': 'There are alerts that nobody can be told of',
    },
    channelFailing: 'Channel {{ref}} does not deliver',
    dutyGap: 'Rota {{ref}}: nobody is on duty for a time',
    dutyUnreachable: 'Rota {{ref}}: nothing reaches whoever is on duty',
    dutyUnanswered: 'Rota {{ref}}: somebody on duty has not answered the rehearsal',
    codecOff: 'The payload codec of {{ref}} is switched off',
  },
} as const;

const OF_SOMETHING = [
  [CHANNEL_FAILING, 'channelFailing'],
  [DUTY_GAP, 'dutyGap'],
  [DUTY_UNREACHABLE, 'dutyUnreachable'],
  [DUTY_UNANSWERED, 'dutyUnanswered'],
  [CODEC_OFF, 'codecOff'],
] as const;

/** The condition that the rule of a system alert names together with what it is of: a channel, a rota, a profile. */
export function conditionOfSomething(rule: string) {
  for (const [beginning, words] of OF_SOMETHING) {
    if (rule.startsWith(beginning)) return { words, ref: rule.slice(beginning.length) };
  }
  return undefined;
}

/** What is wrong, in a few words: the metric where there is one, otherwise the kind. */
export function whatOf({ kind, rule, metric }: Alert, metricName: string | null, language: Language): string {
  if (kind === 'levels') return metricName ?? metric ?? rule;
  if (kind !== 'system') return KINDS[language][kind];
  const found = conditionOfSomething(rule);
  if (found !== undefined) return SYSTEM_WORDS[language][found.words].replace('{{ref}}', () => found.ref);
  return (SYSTEM_WORDS[language].condition as Readonly<Record<string, string>>)[rule] ?? rule;
}
