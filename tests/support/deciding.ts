import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';
import type { Level } from '../../src/model/level.ts';
import type { Intent } from '../../src/model/notify/delivery.ts';
import type { Stage } from '../../src/model/notify/explanation.ts';
import type { Duty } from '../../src/model/notify/rota.ts';
import { type NotifySetup, notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { Silence } from '../../src/model/notify/silence.ts';
import type { Input, StepResult } from '../../src/notify/decide/input.ts';
import { compileSetup, type DutyAt } from '../../src/notify/decide/setup.ts';
import { createDecideState, type Row } from '../../src/notify/decide/state.ts';
import { step } from '../../src/notify/decide/step.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** 2026-07-02 20:00 in Shanghai, a Thursday. */
export const EVENING = Date.UTC(2026, 6, 2, 12);

/** People of an imagined office: zhang has all addresses, li a telephone, wang mail alone, zhao nothing. */
export const OFFICE = {
  people: [
    { id: 'zhang', name: '张三', phone: '13800000001', email: 'z@example.org', by: ['sms'], account: 'zhang3' },
    { id: 'li', name: '李四', phone: '13800000002', by: ['sms'] },
    { id: 'wang', name: '王五', email: 'w@example.org', by: ['mail'] },
    { id: 'zhao', name: '赵六' },
  ],
  teams: [{ id: 'duty', name: '值班', members: ['zhang', 'li'] }],
  rotas: [
    {
      id: 'rota',
      timezone: 'Asia/Shanghai',
      shifts: [{ id: 'all', hours: ['08:00', '08:00'] }],
      turn: 'day',
      from: '2026-07-01',
      order: [{ primary: 'zhang', backup: 'li' }],
    },
  ],
  channels: [
    { id: 'sms', kind: 'aliyun-sms' },
    { id: 'call', kind: 'aliyun-voice' },
    { id: 'mail', kind: 'email' },
    { id: 'robot', kind: 'wecom' },
    { id: 'siren', kind: 'mqtt' },
  ],
} as const;

/** An office's setup with these routes and ladders. */
export function setupWith(more: {
  readonly routes: readonly unknown[];
  readonly ladders?: readonly unknown[];
  readonly people?: readonly unknown[];
  readonly channels?: readonly unknown[];
}): NotifySetup {
  return notifySetupSchema.parse({ ...structuredClone(OFFICE), ...more });
}

/** Zhang is on duty, and Li behind him. */
export const DUTY: Duty = { rota: 'rota', shift: 'all', date: '', fromMs: 0, toMs: 0, primary: 'zhang', backup: 'li' };

export function alertWith(more: Partial<Alert> = {}): Alert {
  const { level = 'orange', point = 'p1' } = more;
  return {
    id: point,
    point,
    area: 'village',
    metric: 'depth',
    rule: 'depth',
    level,
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: false,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: 'cm',
    raisedAt: 0,
    receivedAt: 0,
    clearedAt: null,
    peak: { value: 30, at: 0, level },
    thresholdRevision: 1,
    seq: 0,
    kind: 'levels',
    device: null,
    family: 'waterlogging',
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: null,
    chattering: false,
    repeats: 0,
    label: null,
    ...more,
  };
}

/** What was told: when (minutes after the evening began), why, of which alerts, by which channel, to whom (`*`: the group). */
export type ToldLine = string;

export interface Deciding {
  /** Lets the time come, with every deadline up to it. */
  at(atMs: number): void;
  /** An entry of the log about the alert of a point, which is as it was but for what is given. Gives the entry. */
  entry(event: EventType, point: string, change?: Partial<Alert>, by?: string | null): AlertEvent;
  raise(point: string, level: Level, more?: Partial<Alert>): AlertEvent;
  clear(point: string): AlertEvent;
  /** Any other input, at the present time. */
  give(input: Given): void;
  /** A proof of every intent that was made so far by a channel. */
  prove(proof: Extract<Input, { type: 'proof' }>['proof'], channel?: string): void;
  silence(match: Silence['match'], untilMs: number): void;
  setup(setup: NotifySetup): void;
  /** The process ends and begins again with what it had kept. */
  restart(): void;
  /** What was told since the last look. */
  told(): ToldLine[];
  readonly intents: Intent[];
  readonly results: StepResult[];
  readonly stages: Stage[];
  rows(): (readonly [string, Row])[];
}
type Given = Input extends infer One ? (One extends unknown ? Omit<One, 'atMs'> : never) : never;

/** Deciding with a simulated clock, where gateways accept everything at once unless told otherwise. */
export function deciding(
  setup: NotifySetup,
  options: { readonly dutyAt?: DutyAt; readonly accepts?: boolean; readonly restartsAlways?: boolean } = {},
): Deciding {
  const { dutyAt = () => DUTY, accepts = true, restartsAlways = false } = options;
  let compiled = compileSetup(setup, 1);
  let state = createDecideState();
  let nowMs = EVENING;
  let seq = 0;
  let looked = 0;
  const alerts = new Map<string, Alert>();
  const intents: Intent[] = [];
  const results: StepResult[] = [];
  const stages: Stage[] = [];

  function restart(): void {
    state = createDecideState(JSON.parse(JSON.stringify([...state.rows()])) as [string, Row][]);
  }

  function take(input: Input): void {
    if (restartsAlways) restart();
    const result = step({ setup: compiled, dutyAt, log: 'log', hear: (stage) => stages.push(stage) }, state, input);
    state.apply(result.changed);
    results.push(result);
    intents.push(...result.intents);
    if (accepts) {
      for (const intent of result.intents) take({ type: 'proof', intent, proof: 'accepted', atMs: input.atMs });
    }
  }

  function at(atMs: number): void {
    for (let due = state.nextDue(); due !== undefined && due.atMs <= atMs; due = state.nextDue()) {
      nowMs = Math.max(nowMs, due.atMs);
      take({ type: 'due', key: due.key, atMs: nowMs });
    }
    nowMs = atMs;
  }

  function entry(event: EventType, point: string, change: Partial<Alert> = {}, by: string | null = null): AlertEvent {
    seq++;
    const alert: Alert = { ...(alerts.get(point) ?? alertWith({ point, id: point })), ...change, seq };
    alerts.set(point, alert);
    const logged: AlertEvent = { type: 'event', seq, event, at: nowMs, by, note: null, cause: null, alert };
    take({ type: 'entry', event: logged, areas: [alert.area, 'district'], atMs: nowMs });
    return logged;
  }

  const clockTime = (atMs: number) => {
    const minutes = (atMs - EVENING) / MINUTE_MS;
    return `${Number(minutes.toFixed(2))}m`;
  };

  return {
    at,
    entry,
    raise(point, level, more = {}) {
      const fresh = alertWith({ point, id: point, level, raisedAt: nowMs, receivedAt: nowMs, announcedAt: nowMs });
      alerts.set(point, fresh);
      return entry('raised', point, { ...fresh, ...more });
    },
    clear: (point) => entry('cleared', point, { state: 'cleared', clearedAt: nowMs }),
    give: (input) => take({ ...input, atMs: nowMs } as Input),
    prove(proof, channel) {
      for (const intent of [...intents]) {
        if (channel === undefined || intent.channel === channel) take({ type: 'proof', intent, proof, atMs: nowMs });
      }
    },
    silence(match, untilMs) {
      const silence = { id: `s${untilMs}`, match, fromMs: nowMs, untilMs, by: 'li', reason: 'painting' };
      take({ type: 'silence', silence, atMs: nowMs });
    },
    setup(next) {
      compiled = compileSetup(next, compiled.revision + 1);
      take({ type: 'setup', atMs: nowMs });
    },
    restart,
    told() {
      const fresh = intents.slice(looked);
      looked = intents.length;
      return fresh.map(({ atMs, reason, alerts: of, channel, to, follows }) => {
        const who = 'person' in to ? to.person : '*';
        return `${clockTime(atMs)} ${reason} ${of.join('+')} ${channel}>${who}${follows === null ? '' : ' if told'}`;
      });
    },
    intents,
    results,
    stages,
    rows: () => [...state.rows()],
  };
}
