import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../src/alerts/lifecycle.ts';
import type { Alert } from '../../src/model/alert.ts';
import { wordsOf } from '../../src/model/cause.ts';
import type { OperatorAction } from '../../src/model/entry.ts';
import { refusalOf, resetNeedsReason, resetRefusal } from '../../src/model/refusal-of.ts';
import type { Transition } from '../../src/model/transition.ts';
import { type PointSketch, placesOf, startLifecycle, transitionOf } from '../support/lifecycle.ts';

const places = placesOf([{ point: 'p' }, { point: 'q' }] satisfies PointSketch[]);
const base = transitionOf();

function setUp(transition: Partial<Transition> = {}): { lifecycle: Lifecycle; id: string } {
  const lifecycle = startLifecycle(places);
  take(lifecycle, { ...base, ...transition }, 10);
  return { lifecycle, id: lifecycle.open()[0]?.id ?? '' };
}
/** Takes one transition, as its own entry. */
function take(lifecycle: Lifecycle, transition: Transition, position: number): void {
  lifecycle.transitions([transition], transition.receivedAtMs, position);
}
const letGo = () => 'reset' as const;
const act = (lifecycle: Lifecycle, alert: string, action: Partial<OperatorAction> & { do: OperatorAction['do'] }) =>
  lifecycle.act({ alert, by: 'li', note: null, ...action } as OperatorAction, 5_000, 50, letGo);
const brief = (lifecycle: Lifecycle) =>
  lifecycle
    .takeChanges()
    .events.map((e) => `${e.seq} ${e.event} ${e.alert.state}${e.alert.acknowledged ? ' ack' : ''}`);

describe('an alert', () => {
  test('acknowledged by an answer that came by a channel: its entry names the channel, and one on a console has none', () => {
    const { lifecycle, id } = setUp();
    act(lifecycle, id, { do: 'ack', via: 'sms' });
    const other = setUp();
    act(other.lifecycle, other.id, { do: 'ack' });
    const causes = [lifecycle, other.lifecycle].map((one) => one.takeChanges().events.at(-1)?.cause);
    expect(causes).toEqual([{ code: 'answered', ref: 'sms' }, null]);
  });

  test('raised, acknowledged, cleared is closed; cleared first waits for its acknowledgement', () => {
    const { lifecycle, id } = setUp();
    expect(act(lifecycle, id, { do: 'ack', note: 'on my way' })).toMatchObject({ ok: true });
    take(lifecycle, { ...base, type: 'cleared', atMs: 2_000 }, 11);
    expect(brief(lifecycle)).toEqual(['1 raised active', '2 acknowledged active ack', '3 cleared closed ack']);
    expect(lifecycle.open()).toEqual([]);

    const other = setUp();
    take(other.lifecycle, { ...base, type: 'cleared' }, 11);
    expect(other.lifecycle.open().map((a) => a.state)).toEqual(['cleared']);
    act(other.lifecycle, other.id, { do: 'ack' });
    expect(other.lifecycle.open()).toEqual([]);
  });

  test('has an identity of its point, rule and journal position alone', () => {
    expect(setUp().id).toBe(setUp({ value: 99 }).id);
    expect(setUp().id).not.toBe(setUp({ rule: 'other' }).id);
  });

  test('escalation asks for a new acknowledgement and ends a shelving', () => {
    const { lifecycle, id } = setUp();
    act(lifecycle, id, { do: 'ack' });
    act(lifecycle, id, { do: 'shelve', untilMs: 9_000 } as never);
    take(lifecycle, { ...base, type: 'escalated', level: 'red', revision: 4 }, 12);
    expect(lifecycle.find(id)).toMatchObject({
      level: 'red',
      acknowledged: false,
      shelvedUntil: null,
      thresholdRevision: 4,
    });
  });

  test('one that comes again before it was acknowledged takes the place of the former', () => {
    const { lifecycle, id } = setUp();
    take(lifecycle, { ...base, type: 'cleared' }, 11);
    take(lifecycle, { ...base, atMs: 3_000 }, 12);
    expect(brief(lifecycle)).toEqual(['1 raised active', '2 cleared cleared', '3 note closed', '4 raised active']);
    expect(lifecycle.open()).toMatchObject([{ repeats: 1 }]);
    expect(lifecycle.open()[0]?.id).not.toBe(id);
  });

  test('a latched one stays until it is reset, and only once its condition has passed', () => {
    const { lifecycle, id } = setUp({ latched: true, level: 'red' });
    const refuse = () => 'still-breaching' as const;
    expect(lifecycle.act({ alert: id, by: 'li', note: null, do: 'reset' }, 5_000, 50, refuse)).toMatchObject({
      code: 'alert-still-breaching',
    });
    take(lifecycle, { ...base, type: 'recovered', atMs: 4_000 }, 11);
    expect(lifecycle.find(id)).toMatchObject({ state: 'active', recoveredAt: 4_000 });
    expect(act(lifecycle, id, { do: 'reset' })).toMatchObject({
      ok: true,
      alert: { state: 'closed', acknowledged: true },
    });
  });

  test('one whose detector is silent or bad may be reset too, with a reason; everybody goes by the same rule', () => {
    const { lifecycle, id } = setUp({ latched: true });
    const standing = () => lifecycle.find(id) as Alert;
    expect([resetRefusal(standing()), resetNeedsReason(standing())]).toEqual(['still-breaching', false]);
    expect(act(lifecycle, id, { do: 'reset' })).toMatchObject({ code: 'alert-still-breaching' });
    take(lifecycle, { ...base, type: 'unverified', atMs: 3_000 }, 11);
    expect([resetRefusal(standing()), resetNeedsReason(standing())]).toEqual([null, true]);
    take(lifecycle, { ...base, type: 'recovered', atMs: 4_000 }, 12);
    expect([resetRefusal(standing()), resetNeedsReason(standing())]).toEqual([null, false]);
    const before = standing();
    expect(act(lifecycle, id, { do: 'reset' })).toMatchObject({ ok: true, alert: { state: 'closed' } });
    expect(resetRefusal({ ...before, state: 'closed' })).toBe('closed');
    expect(resetRefusal({ ...before, state: 'cleared' })).toBe('not-active');
    expect(resetRefusal({ ...before, latched: false, unverified: true })).toBe('not-latched');
    expect(refusalOf({ ...before, level: 'red' }, 'shelve')).toBe('latched-red');
    expect(refusalOf({ ...before, level: 'red', latched: false }, 'shelve')).toBeNull();
    expect(refusalOf({ ...before, retrospective: true }, 'shelve')).toBe('retrospective');
    expect(refusalOf({ ...before, shelvedUntil: null }, 'unshelve')).toBe('not-shelved');
    expect(refusalOf({ ...before, acknowledged: true }, 'ack')).toBe('acknowledged');
    expect(refusalOf({ ...before, state: 'closed' }, 'note')).toBeNull();
  });

  test('says why in a cause of its own, so that nothing typed can pass for it', () => {
    const { lifecycle, id } = setUp({ latched: true });
    const typed = ['verdict:false', 'suppression-ended', 'maintenance:m1', 'pump: on its way'];
    for (const note of typed) act(lifecycle, id, { do: 'note', note });
    act(lifecycle, id, { do: 'verdict', verdict: 'false', note: 'steam', closed: null } as never);
    take(lifecycle, { ...base, type: 'recovered', reason: 'threshold-changed' }, 11);
    const { events } = lifecycle.takeChanges();
    expect(events.map(({ note, cause }) => [note, cause])).toEqual([
      [null, null],
      ...typed.map((note) => [note, null]),
      ['verdict:false steam', { code: 'verdict', ref: 'false' }],
      ['condition-passed', { code: 'condition-passed' }],
    ]);
    expect(events.map(wordsOf)).toEqual([null, ...typed, 'steam', null]);
    expect(events.slice(1, 5).map(({ alert }) => alert.verdict)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('what its state does not allow is a conflict with a stable code', () => {
    const { lifecycle, id } = setUp({ latched: true, level: 'red' });
    expect(act(lifecycle, id, { do: 'shelve', untilMs: 6_000 } as never)).toMatchObject({
      code: 'alert-not-shelvable',
    });
    expect(act(lifecycle, id, { do: 'unshelve' })).toMatchObject({ code: 'alert-not-shelved' });
    act(lifecycle, id, { do: 'ack' });
    expect(act(lifecycle, id, { do: 'ack' })).toMatchObject({ error: 'conflict', code: 'alert-already-acknowledged' });
    expect(act(lifecycle, 'nothing', { do: 'ack' })).toMatchObject({ error: 'unknown-alert' });
    expect(act(setUp().lifecycle, setUp().id, { do: 'reset' })).toMatchObject({ code: 'alert-not-latched' });
  });

  test('shelving ends by itself, at its own time', () => {
    const { lifecycle, id } = setUp();
    act(lifecycle, id, { do: 'shelve', untilMs: 9_000 } as never);
    expect(lifecycle.nextDeadlineMs()).toBe(9_000);
    lifecycle.tick([], 8_999, 20);
    expect(lifecycle.find(id)?.shelvedUntil).toBe(9_000);
    lifecycle.tick([], 20_000, 21);
    expect(lifecycle.takeChanges().events.at(-1)).toMatchObject({ event: 'unshelved', at: 9_000, by: null });
    expect(lifecycle.nextDeadlineMs()).toBeUndefined();
  });

  test('a retrospective entry is logged and never becomes the open alert', () => {
    const { lifecycle, id } = setUp();
    take(lifecycle, { ...base, type: 'retrospective', level: 'red', atMs: 500 }, 11);
    expect(lifecycle.open().map((a) => a.id)).toEqual([id]);
    expect(lifecycle.takeChanges().events.at(-1)).toMatchObject({
      event: 'retrospective',
      alert: { state: 'closed', retrospective: true, raisedAt: 500, level: 'red' },
    });
  });
});

test('a condition of the server is an alert like others, raised once and cleared once', () => {
  const lifecycle = startLifecycle(places, { headSeq: 7 });
  lifecycle.system({ condition: 'journal-failing', level: 'red', active: true, detail: 'disk full' }, 1, 1);
  lifecycle.system({ condition: 'journal-failing', level: 'red', active: true, detail: 'disk full' }, 2, 2);
  lifecycle.system({ condition: 'journal-failing', level: 'red', active: false, detail: 'written again' }, 3, 3);
  lifecycle.system({ condition: 'journal-failing', level: 'red', active: false, detail: 'written again' }, 4, 4);
  expect(brief(lifecycle)).toEqual(['8 raised active', '9 cleared cleared']);
});

test('a state read back from the store goes on where it was', () => {
  const { lifecycle } = setUp();
  const again = startLifecycle(places, { open: lifecycle.open(), headSeq: lifecycle.headSeq() });
  take(again, { ...base, type: 'cleared' }, 20);
  expect(brief(again)).toEqual(['2 cleared cleared']);
});
