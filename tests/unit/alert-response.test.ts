import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../src/alerts/lifecycle.ts';
import { openAlertStore } from '../../src/alerts/store.ts';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { DISPATCHES_MAX, REOPEN_MAX_MS } from '../../src/model/bounds.ts';
import type { OperatorAction } from '../../src/model/entry.ts';
import { underWay } from '../../src/model/response.ts';
import { type ResponseAct, responseRefusal } from '../../src/model/response-act.ts';
import { createShelf, placesOf, startLifecycle, transitionOf } from '../support/lifecycle.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The response to an alert, beyond its acknowledgement: 预警 – 响应 – 执行 – 反馈. */

const places = placesOf([{ point: 'p' }, { point: 'q' }]);
const NOW = 5_000;
const TO = { name: '王磊' };
const REPORT = { act: 'feedback', verdict: 'true', cause: '雨水口堵塞', measures: '抽排', moved: 3 } as const;

function setUp() {
  const lifecycle = startLifecycle(places);
  lifecycle.transitions([transitionOf()], 1_001, 10);
  return { lifecycle, id: lifecycle.open()[0]?.id ?? '' };
}

interface Said {
  readonly at?: number;
  readonly occurredAtMs?: number;
  readonly closed?: Alert;
}

function respond(lifecycle: Lifecycle, alert: string, act: ResponseAct, { at = NOW, occurredAtMs, closed }: Said = {}) {
  const action: OperatorAction = {
    ...{ alert, by: 'li', note: null, do: 'respond', act },
    occurredAtMs: occurredAtMs ?? null,
    closed: closed ?? null,
  };
  const outcome = lifecycle.act(action, at, 50, () => 'reset');
  return outcome.ok ? (outcome.alert.response?.stage ?? 'none') : outcome.code;
}

const PLAN = { id: 'water', revision: 2 };
const step = (id: string, plan = PLAN): ResponseAct => ({ act: 'step', plan, step: id, do: `do ${id}` });

const one = (act: 'accept' | 'decline' | 'arrive' | 'handle', dispatch: number | null = null): ResponseAct => ({
  act,
  dispatch,
});
const clear = (lifecycle: Lifecycle) =>
  lifecycle.transitions([transitionOf({ type: 'cleared', atMs: 2_000 })], 2_001, 20);
const brief = (events: readonly AlertEvent[]) =>
  events.map(({ event, cause, alert }) => [event, cause?.ref ?? '', alert.state].join(' ').replace('  ', ' '));

describe('a response', () => {
  test('goes from the dispatch to the end, each step an entry of the log; who is sent for has seen the alert', () => {
    const { lifecycle, id } = setUp();
    const stages = [
      respond(lifecycle, id, { act: 'dispatch', to: TO }),
      respond(lifecycle, id, one('accept')),
      respond(lifecycle, id, one('arrive')),
      respond(lifecycle, id, one('handle')),
      respond(lifecycle, id, REPORT),
    ];
    expect(stages).toEqual(['dispatched', 'accepted', 'arrived', 'handled', 'feedback']);
    expect(respond(lifecycle, id, { act: 'close' })).toBe('alert-still-active');
    clear(lifecycle);
    expect(lifecycle.open()).toEqual([]);
    expect(lifecycle.responding().map((alert) => alert.id)).toEqual([id]);
    expect(respond(lifecycle, id, { act: 'close' })).toBe('closed');
    expect(lifecycle.responding()).toEqual([]);
    const { events } = lifecycle.takeChanges();
    expect(brief(events)).toEqual([
      'raised active',
      'acknowledged active',
      'dispatched 1 active',
      'accepted 1 active',
      'arrived 1 active',
      'handled 1 active',
      'feedback active',
      'cleared closed',
      'closed closed',
    ]);
    expect(events.at(-1)?.alert).toMatchObject({
      verdict: 'true',
      acknowledged: true,
      response: { closedBy: 'li', feedback: { cause: '雨水口堵塞', measures: '抽排', moved: 3, by: 'li' } },
    });
  });

  test('is of an alert that has cleared unacknowledged too: sending somebody closes the alert, and the response goes on', () => {
    const { lifecycle, id } = setUp();
    clear(lifecycle);
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    expect(lifecycle.open()).toEqual([]);
    expect(lifecycle.responding()).toMatchObject([{ state: 'closed', acknowledged: true }]);
    expect(brief(lifecycle.takeChanges().events).slice(-2)).toEqual(['acknowledged closed', 'dispatched 1 closed']);
  });

  test('has its order, and whatever is out of it is refused with a code and leaves no entry', () => {
    const { lifecycle, id } = setUp();
    lifecycle.takeChanges();
    expect(respond(lifecycle, id, one('accept'))).toBe('nobody-dispatched');
    expect(respond(lifecycle, id, { act: 'close' })).toBe('feedback-missing');
    expect(respond(lifecycle, id, { act: 'reopen' })).toBe('response-not-closed');
    expect(respond(lifecycle, 'nothing', REPORT)).toBe('alert-not-open');
    expect(lifecycle.takeChanges().events).toEqual([]);
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    expect(respond(lifecycle, id, one('handle'))).toBe('not-arrived');
    expect(respond(lifecycle, id, REPORT)).toBe('still-under-way');
    expect(respond(lifecycle, id, one('arrive', 7))).toBe('dispatch-unknown');
    respond(lifecycle, id, one('arrive'));
    expect(respond(lifecycle, id, one('accept'))).toBe('dispatch-answered');
    expect(respond(lifecycle, id, one('decline'))).toBe('dispatch-answered');
    respond(lifecycle, id, one('handle'));
    expect(respond(lifecycle, id, one('arrive'))).toBe('dispatch-reported');
    expect(respond(lifecycle, id, one('decline'))).toBe('dispatch-reported');
  });

  test('with several sent is as far as whoever is on it; which of them is meant must be clear', () => {
    const { lifecycle, id } = setUp();
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    respond(lifecycle, id, { act: 'dispatch', to: { team: 'pumps', name: '排涝队' } });
    expect(respond(lifecycle, id, one('arrive'))).toBe('dispatch-unclear');
    expect(respond(lifecycle, id, one('arrive', 2))).toBe('arrived');
    // Only the first can still decline.
    expect(respond(lifecycle, id, one('decline'))).toBe('arrived');
    expect(respond(lifecycle, id, one('handle'))).toBe('handled');
    // Who is sent after a report has to be reported on anew.
    expect(respond(lifecycle, id, REPORT)).toBe('feedback');
    expect(respond(lifecycle, id, { act: 'dispatch', to: TO })).toBe('dispatched');
    expect(lifecycle.find(id)?.response?.feedback).toBeNull();
    for (let n = 3; n < DISPATCHES_MAX; n++) respond(lifecycle, id, { act: 'dispatch', to: TO });
    expect(respond(lifecycle, id, { act: 'dispatch', to: TO })).toBe('too-many-dispatches');
  });

  test('has both times of what is reported later; nothing is reported from the future', () => {
    const { lifecycle, id } = setUp();
    respond(lifecycle, id, { act: 'dispatch', to: TO }, { at: 3_000 });
    respond(lifecycle, id, one('arrive'), { at: 9_000, occurredAtMs: 4_000 });
    respond(lifecycle, id, one('handle'), { at: 9_000, occurredAtMs: 99_000 });
    const { events } = lifecycle.takeChanges();
    expect(events.slice(-2).map(({ at, receivedAt }) => [at, receivedAt])).toEqual([
      [4_000, 9_000],
      [9_000, 9_000],
    ]);
    expect(events.at(-1)?.alert.response?.dispatches).toMatchObject([{ arrivedAt: 4_000, handledAt: 9_000 }]);
    expect(events[0]).not.toHaveProperty('receivedAt');
  });

  test('has the steps of its plan ticked off, each once, by whom and when; another plan begins anew', () => {
    const { lifecycle, id } = setUp();
    expect(respond(lifecycle, id, step('close'), { at: 9_000, occurredAtMs: 4_000 })).toBe('open');
    expect(respond(lifecycle, id, step('close'))).toBe('step-done');
    respond(lifecycle, id, step('pump', { ...PLAN, revision: 3 }), { at: 9_500 });
    expect(lifecycle.find(id)).toMatchObject({ acknowledged: true });
    expect(lifecycle.find(id)?.response?.plan).toEqual({
      ...PLAN,
      revision: 3,
      steps: [
        { step: 'close', do: 'do close', by: 'li', at: 4_000 },
        { step: 'pump', do: 'do pump', by: 'li', at: 9_500 },
      ],
    });
    respond(lifecycle, id, step('close', { id: 'red-water', revision: 3 }));
    expect(lifecycle.find(id)?.response?.plan).toMatchObject({ id: 'red-water', steps: [{ step: 'close' }] });
    expect(brief(lifecycle.takeChanges().events)).toEqual([
      'raised active',
      'acknowledged active',
      'step-done close active',
      'step-done pump active',
      'step-done close active',
    ]);
  });

  test('is opened again within its time, from the alert as it was closed, and asks for a report anew', () => {
    const { lifecycle, id } = setUp();
    clear(lifecycle);
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    respond(lifecycle, id, one('decline'));
    respond(lifecycle, id, REPORT);
    respond(lifecycle, id, { act: 'close' });
    const closed = lifecycle.takeChanges().alerts.find((alert) => alert.id === id);
    if (closed === undefined) throw new Error('it was closed');
    expect(respond(lifecycle, id, REPORT, { closed })).toBe('response-closed');
    const late = NOW + REOPEN_MAX_MS + 1;
    expect(respond(lifecycle, id, { act: 'reopen' }, { closed, at: late })).toBe('reopen-too-late');
    expect(respond(lifecycle, id, { act: 'reopen' }, { closed, at: late - 1 })).toBe('open');
    // Whoever was slower and still saw it closed finds it as it is.
    expect(respond(lifecycle, id, { act: 'reopen' }, { closed, at: late - 1 })).toBe('response-not-closed');
    expect(respond(lifecycle, id, { act: 'close' })).toBe('feedback-missing');
  });

  test('a verdict on an alert that is over keeps the response that goes on', () => {
    const { lifecycle, id } = setUp();
    clear(lifecycle);
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    const [before] = lifecycle.responding();
    respond(lifecycle, id, one('arrive'));
    const verdict = {
      alert: id,
      by: 'li',
      note: null,
      do: 'verdict',
      verdict: 'test',
      closed: before ?? null,
    } as const;
    lifecycle.act(verdict, NOW, 60, () => 'reset');
    expect(lifecycle.responding()).toMatchObject([{ verdict: 'test', response: { stage: 'arrived' } }]);
  });

  test('of an alert that rose anew stands beside it', () => {
    const { lifecycle, id } = setUp();
    respond(lifecycle, id, { act: 'dispatch', to: TO });
    clear(lifecycle);
    lifecycle.transitions([transitionOf({ atMs: 6_000, receivedAtMs: 6_001 })], 6_001, 60);
    const [anew] = lifecycle.open();
    expect(anew).toMatchObject({ acknowledged: false });
    expect(anew).not.toHaveProperty('response');
    expect(respond(lifecycle, id, one('arrive'), { at: 7_000 })).toBe('arrived');
    expect(lifecycle.open()).toEqual([anew]);
  });
});

/** Anything that can happen to two points and be done about them, in any order. */
type Deed =
  | { readonly kind: 'act'; readonly point: 'p' | 'q'; readonly act: ResponseAct }
  | { readonly kind: 'ack' | 'raised' | 'cleared' | 'escalated'; readonly point: 'p' | 'q' };

const pointOf = fc.constantFrom('p' as const, 'q' as const);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('ack', 'raised', 'cleared', 'escalated'), point: pointOf }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      point: pointOf,
      act: fc.oneof(
        fc.constant<ResponseAct>({ act: 'dispatch', to: TO }),
        fc.record({
          act: fc.constantFrom('accept', 'decline', 'arrive', 'handle'),
          dispatch: fc.option(fc.integer({ min: 1, max: 3 })),
        }),
        fc.constant<ResponseAct>(REPORT),
        fc.constantFrom('close', 'pump').map((id) => step(id)),
        fc.constantFrom<ResponseAct>({ act: 'close' }, { act: 'reopen' }),
      ),
    }),
  },
);

/** Does what can be done; the last alert of a point is meant, open or over. */
function run(deeds: readonly Deed[], restartsAt: ReadonlySet<number>): AlertEvent[] {
  let lifecycle = startLifecycle(places);
  const shelf = createShelf();
  const latest = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  for (const [index, what] of deeds.entries()) {
    if (restartsAt.has(index)) lifecycle = shelf.restart(lifecycle, places);
    const [nowMs, position] = [10_000 + index * 1_000, 100 + index];
    const active = lifecycle.openOf(what.point).find(({ state }) => state === 'active');
    const alert = latest.get(what.point);
    if (what.kind === 'act' && alert !== undefined) {
      const closed = alert.state === 'closed' ? alert : null;
      const before = lifecycle.find(alert.id) ?? lifecycle.responding().find(({ id }) => id === alert.id) ?? closed;
      const refused = before === null ? 'alert-not-open' : responseRefusal(before, what.act, nowMs);
      const action = {
        alert: alert.id,
        by: 'li',
        note: null,
        do: 'respond',
        act: what.act,
        occurredAtMs: null,
      } as const;
      const outcome = lifecycle.act({ ...action, closed }, nowMs, position, () => 'reset');
      expect(outcome.ok ? null : outcome.code).toBe(refused);
    } else if (what.kind === 'ack' && alert !== undefined) {
      lifecycle.act({ alert: alert.id, by: 'li', note: null, do: 'ack' }, nowMs, position, () => 'reset');
    } else if (what.kind !== 'act' && what.kind !== 'ack' && (active === undefined) === (what.kind === 'raised')) {
      const { kind: type, point } = what;
      const level = type === 'escalated' ? 'red' : 'yellow';
      lifecycle.transitions([transitionOf({ type, point, level, atMs: nowMs, receivedAtMs: nowMs })], nowMs, position);
    }
    for (const event of shelf.store(lifecycle)) {
      events.push(event);
      latest.set(event.alert.point, event.alert);
    }
  }
  return events;
}

const PARAMETERS = { numRuns: rounds(300, 3_000) };

describe('whatever people do', () => {
  test('a lifecycle that begins anew anywhere goes on as one that did not', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), fc.array(fc.nat(40)), (deeds, restarts) => {
        expect(run(deeds, new Set(restarts))).toEqual(run(deeds, new Set()));
      }),
      PARAMETERS,
    );
  });

  test('the log has no hole, and each response in it fits together', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const events = run(deeds, new Set());
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        for (const { event, alert } of events) {
          const { response } = alert;
          if (response === undefined) continue;
          if (response.stage === 'closed')
            expect([response.feedback === null, underWay(response)]).toEqual([false, []]);
          if (event === 'closed') expect(alert.state).not.toBe('active');
          if (event === 'dispatched') expect(alert.acknowledged).toBe(true);
          for (const { state, answeredAt, arrivedAt, handledAt } of response.dispatches) {
            const has = [answeredAt, arrivedAt, handledAt].map((time) => time !== null);
            expect(has).toEqual(TIMES[state]);
          }
        }
      }),
      PARAMETERS,
    );
  });
});

const TIMES = {
  waiting: [false, false, false],
  accepted: [true, false, false],
  declined: [true, false, false],
  arrived: [true, true, false],
  handled: [true, true, true],
} as const;

test('the store gives closed alerts back while their response goes on, and finds what is under way', () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const { lifecycle, id } = setUp();
  clear(lifecycle);
  respond(lifecycle, id, { act: 'dispatch', to: TO });
  const store = openAlertStore(path);
  const keep = (cursor: number) => {
    const { events, alerts, maintenance, memory } = lifecycle.takeChanges();
    const change = { events, alerts, maintenance, memory, retired: [], checkpoints: [] };
    store.commit({ ...change, cursor, replayFrom: cursor + 1 });
  };
  keep(50);
  const found = () =>
    [store.open(), store.responding(), store.list({ state: 'responding', limit: 9 })].map((a) => a.length);
  expect(found()).toEqual([0, 1, 1]);
  for (const act of [one('decline'), REPORT, { act: 'close' } as const]) respond(lifecycle, id, act);
  keep(60);
  expect(found()).toEqual([0, 0, 0]);
  expect(store.get(id)?.response?.stage).toBe('closed');
  store.close();
});
