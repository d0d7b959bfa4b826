import { describe, expect, test } from 'vitest';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { Notice, Outcome } from '../../src/notify/channel.ts';
import { ACCEPTED, BY_SMS, NO_ANSWER, openTestOutbox, UNBOUNDED } from '../support/outbox.ts';
import { entryOf, offered, robotType, setupWith, tellAll } from '../support/telling.ts';

/** What becomes of messages while the setup changes behind them, and of what gateways say that cannot be true. */

const people = (...given: readonly (readonly [id: string, phone: string])[]) =>
  notifySetupSchema.parse({
    people: given.map(([id, phone]) => ({ id, name: id, phone, account: `${id}-account` })),
    channels: [{ id: 'sms', kind: 'wecom' }],
  });
const LI = ['li', '13800000000'] as const;
const WANG = ['wang', '13800000001'] as const;
const tooMany = (afterMs: number): Outcome => ({
  state: 'later',
  why: 'too-many',
  afterMs,
  words: 'slow down',
  clockOffsetMs: 0,
});
const HOUR_MS = 3_600_000;

describe('a request that waits to be tried again', () => {
  test('has failed when its channel is gone or switched off, so that a ladder goes on and no row stays for ever', async () => {
    const off = notifySetupSchema.parse({ channels: [{ id: 'robot', kind: 'wecom', off: true }] });
    for (const next of [setupWith([]), off]) {
      const one = openTestOutbox({ type: UNBOUNDED });
      one.raise('a', 'red');
      await one.last().answer(NO_ANSWER);
      one.outbox.setUp({ revision: 2, setup: next });
      expect(one.stateOf('a')).toEqual(['failed']);
      one.clock.advance(HOUR_MS);
      expect(one.sent).toHaveLength(1);
    }
  });

  test('and whose channel was switched off while it was under way has failed when no answer comes', async () => {
    const one = openTestOutbox({ type: UNBOUNDED });
    one.raise('a', 'red');
    one.outbox.setUp({ revision: 2, setup: setupWith([]) });
    await one.last().answer(NO_ANSWER);
    expect(one.stateOf('a')).toEqual(['failed']);
  });

  test('does not go to somebody who was taken out of the setup; the others hear of it', async () => {
    const one = openTestOutbox(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer(NO_ANSWER);
    one.outbox.setUp({ revision: 2, setup: people(LI) });
    one.clock.advance(HOUR_MS);
    const [first, ...later] = one.sent;
    expect(first?.to).toEqual([{ person: 'li' }, { person: 'wang' }]);
    expect(later.map(({ to }) => to)).toEqual([[{ person: 'li' }]]);
    await one.last().answer(ACCEPTED);
    expect(one.stateOf('a').sort()).toEqual(['accepted', 'failed']);
  });

  test('goes to the number that somebody has now', async () => {
    const one = openTestOutbox(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer(NO_ANSWER);
    one.outbox.setUp({ revision: 2, setup: people(['li', '13899999999'], WANG) });
    expect(one.sent).toHaveLength(2);
    expect(one.last().id).not.toBe(one.sent[0]?.id);
  });

  test('is the same word for word when nothing of it has changed', async () => {
    const one = openTestOutbox(BY_SMS);
    one.raise('a', 'red');
    await one.last().answer(NO_ANSWER);
    one.outbox.setUp({ revision: 2, setup: people(LI, WANG, ['chen', '13800000009']) });
    one.clock.advance(1);
    expect(one.sent.map(({ id }) => id)).toEqual([one.sent[0]?.id, one.sent[0]?.id]);
  });
});

describe('a channel', () => {
  test('that asks to be left alone for a year is asked again within the hour', async () => {
    const one = openTestOutbox();
    one.raise('a', 'red');
    await one.last().answer(tooMany(365 * 24 * HOUR_MS));
    one.clock.advance(HOUR_MS);
    expect(one.sent).toHaveLength(2);
  });

  test('that is set up otherwise is no longer left alone for what another one has asked', async () => {
    const robot = (key: string) =>
      notifySetupSchema.parse({ channels: [{ id: 'robot', kind: 'wecom', settings: { key } }] });
    const one = openTestOutbox({ setup: robot('first') });
    one.raise('a', 'red');
    await one.last().answer(tooMany(600_000));
    one.outbox.setUp({ revision: 2, setup: robot('first') });
    one.clock.advance(60_000);
    expect(one.sent).toHaveLength(1);
    one.outbox.setUp({ revision: 3, setup: robot('second') });
    one.clock.advance(1);
    expect(one.sent).toHaveLength(2);
  });

  test('that is switched off fails no more', async () => {
    const one = openTestOutbox();
    one.raise('a', 'red');
    await one.last().answer({ state: 'refused', why: 'settings', words: '93000', clockOffsetMs: null });
    expect(one.said.at(-1)).toMatchObject({ condition: 'channel-failing.robot', active: true });
    const off = notifySetupSchema.parse({ channels: [{ id: 'robot', kind: 'wecom', off: true }] });
    one.outbox.setUp({ revision: 2, setup: off });
    expect(one.said.at(-1)).toMatchObject({ condition: 'channel-failing.robot', active: false });
  });
});

describe('tests of a channel', () => {
  const robot = (one: ReturnType<typeof openTestOutbox>) => {
    const channel = one.outbox.channel('robot');
    if (channel === undefined || 'problem' in channel) throw new Error('the robot can be used');
    return channel;
  };

  test('count against its budget, and leave the places that are kept for red', async () => {
    const one = openTestOutbox();
    let begun = 0;
    for (;;) {
      const attempt = one.outbox.beginTest(robot(one), null);
      if ('waitMs' in attempt) break;
      one.outbox.tested(attempt, ACCEPTED);
      begun++;
    }
    expect(begun).toBeLessThan(18);
    one.raise('yellow');
    expect(one.sent).toHaveLength(0);
    one.raise('red', 'red');
    expect(one.sent).toHaveLength(1);
  });

  test('that are accepted let go at once what waits to be tried again', async () => {
    const one = openTestOutbox({ type: UNBOUNDED });
    one.raise('a');
    await one.last().answer(NO_ANSWER);
    const attempt = one.outbox.beginTest(robot(one), null);
    if (!('waitMs' in attempt)) one.outbox.tested(attempt, ACCEPTED);
    expect(one.sent).toHaveLength(2);
  });
});

describe('a call or a message that told of several alerts', () => {
  async function toldOfSeveral() {
    const one = openTestOutbox({ ...BY_SMS, setup: people(LI) });
    // Nothing more leaves meanwhile, so that what is raised behind it becomes one situation.
    one.raise('first', 'red');
    await one.last().answer(tooMany(60_000));
    for (const id of ['a', 'b', 'c', 'd']) one.raise(id, 'orange');
    one.clock.advance(60_000);
    await one.sent
      .find(({ id, composed }) => id !== one.sent[0]?.id && composed.alerts.length === 4)
      ?.answer(SITUATION);
    return one;
  }
  const SITUATION: Outcome = { ...ACCEPTED, refs: ['call-7'] };
  const proofOf = (state: 'delivered' | 'answered') =>
    ({ state, ref: 'call-7', phone: null, text: '1', atMs: 0, words: 'key' }) as const;

  test('is on the device, and is answered by one key, for all of them', async () => {
    const one = await toldOfSeveral();
    one.outbox.proof('sms', proofOf('delivered'));
    expect(['a', 'b', 'c', 'd'].flatMap(one.stateOf)).toEqual(Array(4).fill('delivered'));
    one.outbox.proof('sms', proofOf('answered'));
    expect(one.answers.flatMap(({ alerts }) => alerts).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is asked about once', async () => {
    const one = await toldOfSeveral();
    expect(one.outbox.pending('sms', 0).map(({ ref }) => ref)).toEqual(['call-7']);
  });
});

test('a situation that is refused for one name in it is told alert by alert, and only that one is not', async () => {
  const one = openTestOutbox();
  const ids = ['a', 'b', 'c', 'poison', 'e', 'f', 'g', 'h'];
  const refusal: Outcome = { state: 'refused', why: 'content', words: '40008', clockOffsetMs: null };
  const answered = new Set<string>();
  one.outbox.take(ids.map((id, i) => offered(entryOf(i + 1, { id, level: 'yellow', atMs: one.clock.nowMs() }))));
  for (let rounds = 0; rounds < 100; rounds++) {
    for (const sent of one.sent) {
      if (answered.has(sent.id)) continue;
      answered.add(sent.id);
      await sent.answer(sent.composed.alerts.includes('poison') ? refusal : ACCEPTED);
    }
    one.clock.advance(4_000);
  }
  expect(one.sent.some(({ composed }) => composed.alerts.length > 1)).toBe(true);
  expect(ids.map((id) => one.stateOf(id)[0])).toEqual(ids.map((id) => (id === 'poison' ? 'failed' : 'accepted')));
  // Each request is answered once, so that none goes on for ever.
  expect(one.sent.length).toBeLessThan(20);
});

test('of what did not fit into one message, what was told stays told when the rest is refused', async () => {
  const ids = Array.from({ length: 120 }, (_, i) => `alert-${i}`);
  const proofs: { readonly proof: string; readonly alerts: readonly string[] }[] = [];
  const one = openTestOutbox({
    type: UNBOUNDED,
    step: (context, state, input) => {
      if (input.type === 'proof') proofs.push({ proof: input.proof, alerts: input.intent.alerts });
      const result = tellAll(context, state, input);
      // All of them are one intent, of the entry that came last.
      const isLast = input.type === 'entry' && input.event.seq === ids.length;
      return { ...result, intents: isLast ? result.intents.map((intent) => ({ ...intent, alerts: ids })) : [] };
    },
  });
  for (const id of ids) one.raise(id);
  const [first, second] = one.sent;
  expect(second).toBeDefined();
  await first?.answer(ACCEPTED);
  await second?.answer({ state: 'refused', why: 'content', words: 'too long', clockOffsetMs: null });
  for (const sent of one.sent.slice(2)) await sent.answer(ACCEPTED);
  const told = proofs.filter(({ proof }) => proof === 'accepted').flatMap(({ alerts }) => alerts);
  const failed = proofs.filter(({ proof }) => proof === 'failed').flatMap(({ alerts }) => alerts);
  expect(told).toEqual(expect.arrayContaining([...(first?.composed.alerts ?? ['none'])]));
  expect(failed).toEqual(expect.arrayContaining([...(second?.composed.alerts ?? ['none'])]));
  expect(told.filter((id) => failed.includes(id))).toEqual([]);
});

test('that somebody has taken an alert is told with his name, whether by his account or by the name he typed', async () => {
  for (const [by, name] of [
    ['li-account', '李四'],
    ['link:王五', '王五'],
  ] as const) {
    const setup = notifySetupSchema.parse({
      people: [{ id: 'li', name: '李四', account: 'li-account' }],
      channels: [{ id: 'robot', kind: 'wecom' }],
    });
    const notices: Notice[] = [];
    const type = robotType(async () => ACCEPTED);
    const one = openTestOutbox({
      setup,
      type: {
        ...type,
        compose(notice, to, settings) {
          notices.push(notice);
          return type.compose(notice, to, settings);
        },
      },
      step: (context, state, input) => {
        const isTaken = input.type === 'entry' && input.event.event === 'acknowledged';
        const as = isTaken ? { ...input, event: { ...input.event, event: 'raised' as const } } : input;
        const result = tellAll(context, state, as);
        return isTaken
          ? { ...result, intents: result.intents.map((one) => ({ ...one, reason: 'acknowledged' })) }
          : result;
      },
    });
    const entry = { id: 'a', level: 'red', atMs: one.clock.nowMs(), acknowledged: true } as const;
    one.outbox.take([offered({ ...entryOf(1, entry, 'acknowledged'), by })]);
    expect(notices[0]).toMatchObject({ tone: 'news', body: expect.stringContaining(`确认人：${name}`) });
    expect(notices[0]?.items[0]?.text).toContain(`${name}已确认`);
  }
});

describe('an answer', () => {
  const answer = (one: ReturnType<typeof openTestOutbox>) =>
    one.outbox.proof('sms', { state: 'answered', ref: 'ref', phone: null, text: '1', atMs: 0, words: '' });

  test('to what was yellow when it was told is none to what is red by now', async () => {
    const one = openTestOutbox({ ...BY_SMS, setup: people(LI) });
    one.raise('a', 'yellow');
    await one.last().answer({ ...ACCEPTED, refs: ['ref'] });
    one.change('a', 'red', 'escalated');
    answer(one);
    expect(one.answers).toEqual([]);
    expect(one.stateOf('a')).toEqual(['answered']);
  });

  test('is one to what is less severe by now', async () => {
    const one = openTestOutbox({ ...BY_SMS, setup: people(LI) });
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref'] });
    one.change('a', 'yellow', 'deescalated');
    answer(one);
    expect(one.answers).toMatchObject([{ alerts: ['a'] }]);
  });
});

describe('what a gateway says of times', () => {
  test('is kept within what can be, and moves no ladder', async () => {
    const times: number[] = [];
    const one = openTestOutbox({
      ...BY_SMS,
      setup: people(LI),
      step: (context, state, input) => {
        if (input.type === 'proof') times.push(input.atMs);
        return BY_SMS.step(context, state, input);
      },
    });
    for (const [id, atMs] of [
      ['a', one.clock.nowMs() + 100 * 365 * 24 * HOUR_MS],
      ['b', 0],
    ] as const) {
      one.raise(id, 'red');
      await one.last().answer({ ...ACCEPTED, refs: [`ref-${id}`] });
      one.clock.advance(5_000);
      one.outbox.proof('sms', { state: 'delivered', ref: `ref-${id}`, phone: null, text: null, atMs, words: '' });
    }
    const nowMs = one.clock.nowMs();
    expect(Math.max(...times)).toBe(nowMs);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(nowMs - 10_000);
    const [a, b] = ['a', 'b'].map((id) =>
      one.outbox.deliveriesOf(id).find(({ to }) => 'person' in to && to.person === 'li'),
    );
    expect(a?.deliveredAtMs).toBe(nowMs - 5_000);
    expect(b?.deliveredAtMs).toBe(b?.acceptedAtMs);
  });
});

describe('codes', () => {
  test('are found in what people type: wide figures, words around them; never a part of a longer number', async () => {
    for (const [text, isRight] of [
      ['４７１１', true],
      ['回复4711确认', true],
      ['14711', false],
      ['20264711', false],
    ] as const) {
      const one = openTestOutbox({ ...BY_SMS, setup: people(LI) });
      one.raise('a', 'red');
      await one.last().answer({ ...ACCEPTED, refs: ['ref'] });
      one.outbox.proof('sms', { state: 'answered', ref: null, phone: LI[1], text, atMs: 0, words: '' });
      expect([text, one.answers.length]).toEqual([text, isRight ? 1 : 0]);
    }
  });

  test('are of one message of a channel at a time', async () => {
    const drawn = ['4711', '4711', '4711', '0815'];
    const one = openTestOutbox({ ...BY_SMS, setup: people(LI), newCode: () => drawn.shift() ?? '1111' });
    one.raise('a', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref-a'] });
    one.raise('b', 'red');
    await one.last().answer({ ...ACCEPTED, refs: ['ref-b'] });
    one.outbox.proof('sms', { state: 'answered', ref: null, phone: LI[1], text: '0815', atMs: 0, words: '' });
    expect(one.answers.map(({ alerts }) => alerts)).toEqual([['b']]);
  });
});
