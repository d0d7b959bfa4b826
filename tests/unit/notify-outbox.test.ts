import { describe, expect, test } from 'vitest';
import { freeAt, type Used } from '../../src/notify/outbox/budget.ts';
import {
  ACCEPTED,
  BY_SMS,
  NO_ANSWER,
  openTestOutbox as open,
  refused,
  type Sent,
  settled,
  UNBOUNDED,
} from '../support/outbox.ts';
import { entryOf, offered, setupWith } from '../support/telling.ts';

/** The outbox with gateways that answer what the test says, when it says so. */

describe('a request', () => {
  test('that got no answer is repeated word for word under the same id, later each time, and after a start', async () => {
    const one = open({ type: UNBOUNDED });
    one.raise('a');
    await one.last().answer(NO_ANSWER);
    one.clock.advance(999);
    expect(one.sent).toHaveLength(1);
    one.clock.advance(1);
    expect(one.sent).toHaveLength(2);
    await one.last().answer(NO_ANSWER);
    one.clock.advance(1_999);
    expect(one.sent).toHaveLength(2);
    one.close();
    const again = open({ path: one.path, clock: one.clock, type: UNBOUNDED });
    one.clock.advance(1);
    expect(again.sent.map(({ id, composed }) => ({ id, composed }))).toEqual([
      { id: one.sent[0]?.id, composed: one.sent[0]?.composed },
    ]);
    await again.last().answer(ACCEPTED);
    expect(again.stateOf('a')).toEqual(['accepted']);
  });

  test('that was under way when the server ended is sent again under the same id', () => {
    const one = open({ type: UNBOUNDED });
    one.raise('a');
    one.close();
    const again = open({ path: one.path, clock: one.clock, type: UNBOUNDED });
    one.clock.advance(0);
    expect(again.sent.map(({ id }) => id)).toEqual([one.sent[0]?.id]);
  });

  test('that was never accepted for a day has failed', async () => {
    const one = open({ type: UNBOUNDED });
    one.raise('a');
    for (let hours = 0; hours < 25 && one.stateOf('a')[0] === 'queued'; hours++) {
      await one.last().answer(NO_ANSWER);
      one.clock.advance(3_600_000);
      await settled();
    }
    await one.last().answer(NO_ANSWER);
    expect(one.stateOf('a')).toEqual(['failed']);
  });

  test('waits as long as the gateway asks, and so does everything else of the channel, and of no other', async () => {
    const one = open({ setup: setupWith(['robot', 'other']) });
    one.raise('a');
    const ofRobot = one.sent.find(({ channel }) => channel === 'robot') as Sent;
    await ofRobot.answer({ state: 'later', why: 'too-many', afterMs: 600_000, words: '130101', clockOffsetMs: 0 });
    one.raise('b', 'red');
    one.clock.advance(599_999);
    expect(one.sent.filter(({ channel }) => channel === 'robot')).toHaveLength(1);
    expect(one.sent.filter(({ channel }) => channel === 'other').length).toBeGreaterThan(1);
    expect(one.said).toContainEqual(expect.objectContaining({ condition: 'channel-failing.robot', active: true }));
    one.clock.advance(1);
    expect(one.sent.filter(({ channel }) => channel === 'robot').length).toBeGreaterThan(1);
  });
});

describe('what waits', () => {
  /** Uses up the places of the channel that are there at will. */
  async function fill(one: ReturnType<typeof open>) {
    for (let n = 0; n < 4; n++) {
      one.raise(`full-${n}`);
      const { length } = one.sent;
      if (length > 0) await one.last().answer(ACCEPTED);
    }
  }

  test('becomes one situation, most severe first, and an alert that cleared meanwhile stands there as cleared', async () => {
    const one = open();
    await fill(one);
    const { length } = one.sent;
    one.raise('waits-1');
    one.raise('waits-2', 'orange');
    one.clear('waits-1');
    expect(one.sent).toHaveLength(length);
    one.clock.advance(10_000);
    const { text, alerts } = one.last().composed.body as { text: string; alerts: readonly string[] };
    expect(alerts.slice(0, 1)).toEqual(['waits-2']);
    expect(alerts).toContain('waits-1');
    expect(text.split('\n').find((line) => line.includes('waits-1'))).toContain('已解除');
    await one.last().answer(ACCEPTED);
    one.clock.advance(60_000);
    // It is named once: nothing comes behind that says it again.
    expect(one.sent.flatMap(({ composed }) => composed.alerts).filter((alert) => alert === 'waits-1')).toHaveLength(1);
  });

  test('and is red has a place at once', async () => {
    const one = open();
    await fill(one);
    const { length } = one.sent;
    one.raise('red', 'red');
    expect(one.sent).toHaveLength(length + 1);
    expect(one.last().composed.alerts[0]).toBe('red');
  });

  test('of another log is dropped, and nothing of it is ever sent', async () => {
    const one = open();
    one.raise('a');
    await one.last().answer(NO_ANSWER);
    one.outbox.begin({ log: 'other', seq: 77 }, []);
    one.clock.advance(600_000);
    expect(one.sent).toHaveLength(1);
    expect(one.stateOf('a')).toEqual(['withdrawn']);
    expect(one.outbox.place()).toEqual({ log: 'other', seq: 77 });
  });

  test('is not held up by a clock that is set back', async () => {
    const one = open();
    await fill(one);
    one.clock.setWall(one.clock.nowMs() - 7_200_000);
    one.raise('a', 'red');
    one.clock.advance(60_000);
    expect(one.sent.flatMap(({ composed }) => composed.alerts)).toContain('a');
  });
});

describe('a channel', () => {
  test('that refuses is an alert until it accepts again; the alert about it is not told by it', async () => {
    const one = open();
    one.raise('a');
    await one.last().answer(refused('settings'));
    expect(one.said).toEqual([expect.objectContaining({ condition: 'channel-failing.robot', active: true })]);
    expect(one.stateOf('a')).toEqual(['failed']);
    one.outbox.take([
      offered(
        entryOf(2, {
          id: 's',
          level: 'orange',
          atMs: one.clock.nowMs(),
          kind: 'system',
          rule: 'channel-failing.robot',
        }),
      ),
    ]);
    one.clock.advance(60_000);
    expect(one.sent).toHaveLength(1);
    expect(one.stateOf('s')).toEqual(['failed']);
    one.outbox.take([offered(entryOf(3, { id: 'b', level: 'red', atMs: one.clock.nowMs() }))]);
    await one.last().answer(ACCEPTED);
    expect(one.said.at(-1)).toMatchObject({ condition: 'channel-failing.robot', active: false });
  });

  test('whose clock is off is said to be, until it agrees', async () => {
    const one = open();
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, clockOffsetMs: -7_200_000 });
    expect(one.said.at(-1)).toMatchObject({
      condition: 'notify-clock',
      active: true,
      detail: expect.stringContaining('-7200 s'),
    });
    one.raise('b', 'red');
    await one.last().answer(ACCEPTED);
    expect(one.said.at(-1)).toMatchObject({ condition: 'notify-clock', active: false });
  });
});

describe('people', () => {
  test('are told by one request, and each by himself when one of them is refused', async () => {
    const one = open(BY_SMS);
    one.raise('a', 'red');
    expect(one.sent).toHaveLength(1);
    await one.last().answer(refused('recipient'));
    expect(one.sent).toHaveLength(3);
    await one.sent[1]?.answer(refused('recipient'));
    await one.sent[2]?.answer(ACCEPTED);
    expect(one.stateOf('a').sort()).toEqual(['accepted', 'failed']);
  });

  test('answer with the code of the message from their own number; five wrong ones in an hour and nobody listens', async () => {
    const one = open(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref-li', 'ref-wang'] });
    const reply = (text: string, phone: string) =>
      one.outbox.proof('sms', { state: 'answered', ref: null, phone, text, atMs: one.clock.nowMs(), words: '' });
    reply('4711', '13899999999');
    expect(one.answers).toEqual([]);
    for (let n = 0; n < 5; n++) reply(`000${n}`, '13800000001');
    reply('4711', '13800000001');
    expect(one.answers).toEqual([]);
    reply('收到 4711', '+86 138 0000 0000');
    expect(one.answers).toMatchObject([{ person: 'li', via: 'sms', alerts: ['a'] }]);
    // Said until the log has it.
    one.close();
    const again = open({ path: one.path, clock: one.clock, ...BY_SMS });
    again.outbox.repeat([]);
    expect(again.answers).toHaveLength(1);
    again.outbox.answered(again.answers[0]?.id ?? 0);
    again.outbox.repeat([]);
    expect(again.answers).toHaveLength(1);
  });

  test('are rehearsed each by a message of their own, and answer it by its code while no alert hears of it', async () => {
    const one = open(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref-li', 'ref-wang'] });
    one.outbox.rehearse('r1', [
      { person: 'li', channels: ['sms'] },
      { person: 'wang', channels: ['sms'] },
      { person: 'chen', channels: [] },
    ]);
    // The code is each one's own, so nobody shares a message.
    expect(one.sent).toHaveLength(3);
    for (const ref of ['ref-3', 'ref-4']) {
      const sent = one.sent[ref === 'ref-3' ? 1 : 2];
      await sent?.answer({ ...ACCEPTED, refs: [ref] });
    }
    const states = () => one.outbox.rehearsal('r1').map(({ state }) => state);
    expect(states()).toEqual(['accepted', 'accepted', 'failed']);
    const atMs = one.clock.nowMs();
    one.outbox.proof('sms', { state: 'answered', ref: 'ref-4', phone: null, text: '1', atMs, words: '' });
    expect(states()).toEqual(['accepted', 'answered', 'failed']);
    // Both of his messages have this code here: the one about the alert is an answer for the log, the other is not.
    one.outbox.proof('sms', { state: 'answered', ref: null, phone: '13800000000', text: '4711', atMs, words: '' });
    expect(states()).toEqual(['answered', 'answered', 'failed']);
    expect(one.answers).toMatchObject([{ person: 'li', alerts: ['a'] }]);
    expect(one.outbox.rehearsal('r')).toEqual([]);
  });

  test('have it on their telephones when the receipt says so', async () => {
    const one = open(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref-li', 'ref-wang'] });
    const receipt = (ref: string, state: 'delivered' | 'undelivered') =>
      one.outbox.proof('sms', { state, ref, phone: null, text: null, atMs: one.clock.nowMs(), words: 'DELIVRD' });
    receipt('ref-li', 'delivered');
    receipt('ref-wang', 'undelivered');
    expect(one.stateOf('a').sort()).toEqual(['delivered', 'failed']);
  });
});

test('no period of the gateway has more than the window, wherever in it an attempt was counted', () => {
  const budget = {
    windows: [{ count: 3, perMs: 300_000, keptForRed: 0 }],
    perRecipient: [],
    recipientsMax: 1,
    crowdedMinutes: [],
  };
  const wanted = { isRed: true, isUrgent: true, recipients: [] };
  // Three that took long to be answered: the gateway may have counted them at the end.
  const used: Used[] = [0, 1, 2].map((n) => ({ startedAtMs: n, endedAtMs: 20_000 + n, recipients: [] }));
  expect(freeAt(budget, used, wanted, 310_000)).toBe(320_000);
  expect(
    freeAt(budget, [...used.slice(0, 2), { startedAtMs: 2, endedAtMs: null, recipients: [] }], wanted, 310_000),
  ).toBe(320_000);
  const underWay = used.map((one) => ({ ...one, endedAtMs: null }));
  expect(freeAt(budget, underWay, wanted, 310_000)).toBe(Number.POSITIVE_INFINITY);
});

test('what is neither red nor orange keeps clear of the minutes that others crowd', () => {
  const budget = { windows: [], perRecipient: [], recipientsMax: 1, crowdedMinutes: [0, 30] };
  const at = Date.UTC(2026, 0, 1, 9, 59, 57);
  expect(freeAt(budget, [], { isRed: false, isUrgent: false, recipients: [] }, at)).toBe(
    Date.UTC(2026, 0, 1, 10, 0, 20),
  );
  expect(freeAt(budget, [], { isRed: false, isUrgent: true, recipients: [] }, at)).toBe(at);
});

test('what a channel has said of alerts that are all over is known as that', async () => {
  const { raise, clear, outbox, last, clock } = open();
  raise('a', 'red');
  await last().answer(ACCEPTED);
  clear('a', 'red');
  await last().answer(ACCEPTED);
  clock.advance(60_000);
  const said = outbox.requestsOf('robot', Number.MAX_SAFE_INTEGER, 10);
  expect(said.map(({ isOver }) => isOver)).toEqual([true, false]);
});
