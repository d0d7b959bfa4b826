import type { Alert } from '../../model/alert.ts';
import type { Level } from '../../model/level.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';
import { CHANNEL_FAILING, CODEC_OFF, DUTY_GAP, DUTY_UNREACHABLE } from '../../model/system-alerts.ts';

/** What messages to people say, in either language. Never 预警: only authorised bodies publish warnings to the public. */

export type Language = 'zh' | 'en';

interface Words {
  readonly level: Readonly<Record<Level, string>>;
  readonly kind: Readonly<Record<Exclude<Alert['kind'], 'levels' | 'system'>, string>>;
  /** Before the title of what is told for another reason than that it was raised. */
  readonly reason: Readonly<Record<ReasonTold, string>>;
  readonly condition: Readonly<Record<string, string>>;
  readonly channelFailing: (channel: string) => string;
  readonly dutyGap: (rota: string) => string;
  readonly dutyUnreachable: (rota: string) => string;
  readonly codecOff: (profile: string) => string;
  readonly cleared: string;
  readonly closed: string;
  readonly limit: (limit: string) => string;
  readonly unverified: string;
  readonly situation: (count: number, levels: string) => string;
  readonly countOf: (level: string, count: number) => string;
  readonly at: (time: string) => string;
  readonly area: (area: string) => string;
  readonly by: (name: string) => string;
  readonly system: string;
  readonly code: (code: string) => string;
  readonly rehearsal: { readonly title: string; readonly body: string };
  readonly test: { readonly title: string; readonly body: string };
}

export const WORDS: Readonly<Record<Language, Words>> = {
  zh: {
    level: { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' },
    kind: { noData: '长时间没有数据', stuck: '读数长时间不变', range: '读数超出量程', vote: '多个监测点同时报警' },
    reason: {
      raised: '',
      escalated: '升级',
      repeat: '仍未确认',
      step: '无人应答，转告',
      returned: '重新提示',
      'setup-changed': '',
      'silence-ended': '静默结束，仍在报警',
      'quiet-ended': '免打扰结束，仍在报警',
      deescalated: '降级',
      acknowledged: '已确认',
      cleared: '已解除',
      rehearsal: '',
      test: '',
    },
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
    cleared: '已解除',
    closed: '已关闭',
    limit: (limit) => `限值 ${limit}`,
    unverified: '数据中断，状态未知',
    situation: (count, levels) => `监测报警 ${count} 条（${levels}）`,
    countOf: (level, count) => `${level} ${count}`,
    at: (time) => `时间：${time}`,
    area: (area) => `区域：${area}`,
    by: (name) => `确认人：${name}`,
    system: '系统',
    code: (code) => `回复 ${code} 确认`,
    rehearsal: { title: '查岗', body: '值班查岗，请应答。' },
    test: { title: '测试消息', body: '这是一条测试消息，不是报警。' },
  },
  en: {
    level: { blue: 'blue', yellow: 'yellow', orange: 'orange', red: 'red' },
    kind: {
      noData: 'no data for a long time',
      stuck: 'reading has not changed for a long time',
      range: 'reading out of range',
      vote: 'several points in alarm',
    },
    reason: {
      raised: '',
      escalated: 'Escalated',
      repeat: 'Still not acknowledged',
      step: 'Nobody answered, passed on',
      returned: 'Back before people',
      'setup-changed': '',
      'silence-ended': 'Silence ended, still in alarm',
      'quiet-ended': 'Quiet hours ended, still in alarm',
      deescalated: 'De-escalated',
      acknowledged: 'Acknowledged',
      cleared: 'Cleared',
      rehearsal: '',
      test: '',
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
    cleared: 'cleared',
    closed: 'closed',
    limit: (limit) => `limit ${limit}`,
    unverified: 'data broke off, state unknown',
    situation: (count, levels) => `${count} monitoring alerts (${levels})`,
    countOf: (level, count) => `${count} ${level}`,
    at: (time) => `Time: ${time}`,
    area: (area) => `Area: ${area}`,
    by: (name) => `By: ${name}`,
    system: 'System',
    code: (code) => `Reply ${code} to acknowledge`,
    rehearsal: { title: 'Guard check', body: 'A check of who is on duty: please answer.' },
    test: { title: 'Test message', body: 'This is a test message and no alert.' },
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
