import type { Level } from '../../model/level.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';

/** What messages to people say, in either language. Never 预警: only authorised bodies publish warnings to the public. */

export type Language = 'zh' | 'en';

interface Words {
  readonly level: Readonly<Record<Level, string>>;
  /** Before the title of what is told for another reason than that it was raised. */
  readonly reason: Readonly<Record<ReasonTold, string>>;
  readonly cleared: string;
  readonly closed: string;
  readonly limit: (limit: string) => string;
  readonly boolean: { readonly yes: string; readonly no: string };
  readonly unverified: string;
  readonly situation: (count: number, levels: string) => string;
  readonly countOf: (level: string, count: number) => string;
  readonly at: (time: string) => string;
  readonly area: (area: string) => string;
  readonly by: (name: string) => string;
  /** The same in the midst of a line. */
  readonly taken: (name: string) => string;
  readonly system: string;
  readonly code: (code: string) => string;
  readonly rehearsal: { readonly title: string; readonly body: string };
  readonly test: { readonly title: string; readonly body: string };
}

export const WORDS: Readonly<Record<Language, Words>> = {
  zh: {
    level: { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' },
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
    cleared: '已解除',
    closed: '已关闭',
    limit: (limit) => `限值 ${limit}`,
    boolean: { yes: '是', no: '否' },
    unverified: '数据中断，状态未知',
    situation: (count, levels) => `监测报警 ${count} 条（${levels}）`,
    countOf: (level, count) => `${level} ${count}`,
    at: (time) => `时间：${time}`,
    area: (area) => `区域：${area}`,
    by: (name) => `确认人：${name}`,
    taken: (name) => `${name}已确认`,
    system: '系统',
    code: (code) => `回复 ${code} 确认`,
    rehearsal: { title: '查岗', body: '值班查岗，请应答。' },
    test: { title: '测试消息', body: '这是一条测试消息，不是报警。' },
  },
  en: {
    level: { blue: 'blue', yellow: 'yellow', orange: 'orange', red: 'red' },
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
    cleared: 'cleared',
    closed: 'closed',
    limit: (limit) => `limit ${limit}`,
    boolean: { yes: 'yes', no: 'no' },
    unverified: 'data broke off, state unknown',
    situation: (count, levels) => `${count} monitoring alerts (${levels})`,
    countOf: (level, count) => `${count} ${level}`,
    at: (time) => `Time: ${time}`,
    area: (area) => `Area: ${area}`,
    by: (name) => `By: ${name}`,
    taken: (name) => `acknowledged by ${name}`,
    system: 'System',
    code: (code) => `Reply ${code} to acknowledge`,
    rehearsal: { title: 'Guard check', body: 'A check of who is on duty: please answer.' },
    test: { title: 'Test message', body: 'This is a test message and no alert.' },
  },
};
