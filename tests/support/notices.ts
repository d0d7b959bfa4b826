import { readAllowedTargets } from '../../src/lib/allowed-targets.ts';
import type { Level } from '../../src/model/level.ts';
import type { Person } from '../../src/model/notify/people.ts';
import type { Edge, Notice, NoticeItem } from '../../src/notify/channel.ts';
import { createTransport, type Transport } from '../../src/notify/transport.ts';

export const NOTICE_AT_MS = Date.UTC(2026, 6, 2, 18, 13, 55);

/** A red alert as it is told, with what a test changes. */
export function noticeOf(change: Partial<Notice> = {}): Notice {
  const notice: Notice = {
    id: 'ntc_7f3a',
    kind: 'alert',
    tone: change.kind === 'cleared' ? 'over' : 'alarm',
    language: 'zh',
    level: 'red',
    title: '监测报警 红色 群力下穿道 积水 52 cm',
    body: '限值 50 cm，8 分钟上涨 21 cm\n02:13 · 正阳街道群力社区',
    items: [itemOf('a1', 'red', '群力下穿道 积水 52 cm')],
    fields: {},
    link: null,
    code: null,
    thread: 'a1',
    atMs: NOTICE_AT_MS,
    ...change,
  };
  const fields = {
    reason: '',
    level: '红色',
    area: '正阳街道群力社区',
    areaId: 'qunli',
    point: '群力下穿道',
    pointId: 'qunli-1',
    metric: '积水',
    value: '52 cm',
    limit: '50 cm',
    fact: '积水 52 cm（限值 50 cm）',
    state: '',
    time: '2026-07-03 02:13:55 UTC+8',
    clock: '02:13',
    count: String(notice.items.length),
  };
  return { ...notice, fields: { ...fields, ...change.fields } };
}

export function itemOf(alert: string, level: Level, text: string): NoticeItem {
  return { alert, level, text, isOver: false };
}

/** A situation of so many alerts. */
export function situationOf(count: number, text = '群力社区 3 号井 硫化氢 12.5 ppm（限 10）'): Notice {
  const items = Array.from({ length: count }, (_, i) =>
    itemOf(`a${i + 1}`, i === 0 ? 'red' : 'yellow', `${text} ${i + 1}`),
  );
  return noticeOf({ kind: 'situation', title: `态势 ${count} 条报警`, body: '', items, thread: null });
}

export function personOf(change: Partial<Person> = {}): Person {
  return { id: 'zhang', name: '张伟', areas: [], by: [], language: 'zh', phone: '13800000000', ...change };
}

/** An edge whose network is this machine, with time-outs short enough for a test to wait for. */
export function edgeWith(change: Partial<Edge> & { readonly nowMs: () => number }): Edge {
  const transport = localTransport(change.nowMs);
  return {
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
    http: { request: (request) => transport.request({ ...request, timeoutMs: 500 }) },
    resolve: transport.resolve,
    publish: async () => {},
    subscribe: () => () => {},
    onProof: () => {},
    ...change,
  };
}

export function localTransport(nowMs: () => number): Transport {
  return createTransport({ allowed: readAllowedTargets(['127.0.0.0/8']).allowed, nowMs });
}
