import { expect, test } from 'vitest';
import type { Control } from '../../src/model/entry.ts';
import { type NotifySetup, notifySetupSchema } from '../../src/model/notify/setup.ts';
import { watchRehearsals } from '../../src/services/observe/rehearsal-watch.ts';
import { MINUTE_MS } from '../support/deciding.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ACCEPTED, BY_SMS, openTestOutbox, settled } from '../support/outbox.ts';

/** A rota that asks for it is rehearsed when its shift has begun, once, and who stays silent is an alert that the officer sees. */

/** 20:00 in Shanghai: the night begins. */
const EVENING = Date.parse('2026-07-02T20:00:00+08:00');

const withRota = (more: Readonly<Record<string, unknown>>): NotifySetup =>
  notifySetupSchema.parse({
    ...BY_SMS.setup,
    people: BY_SMS.setup.people.map((person) => ({ ...person, by: ['sms'] })),
    rotas: [
      {
        id: 'office',
        shifts: [
          { id: 'day', hours: ['08:00', '20:00'] },
          { id: 'night', hours: ['20:00', '08:00'] },
        ],
        turn: 'shift',
        from: '2026-07-02',
        order: [{ primary: 'wang' }, { primary: 'li', backup: 'wang' }],
        ...more,
      },
    ],
  });

function startWatch(setup: NotifySetup, startMs: number, standing: readonly string[] = []) {
  const desk = openTestOutbox({ ...BY_SMS, setup, clock: createFakeClock(startMs) });
  const { clock, outbox } = desk;
  const said: string[] = [];
  let isAway = false;
  const start = (from: readonly string[]) =>
    watchRehearsals({
      clock,
      setup: () => setup,
      timezone: 'Asia/Shanghai',
      standing: from,
      send(control: Control) {
        if (control.type !== 'system') return;
        const { condition, level, active, detail } = control;
        said.push(`${active ? '+' : '-'} ${level} ${condition}: ${detail}`);
      },
      async rehearse(id, of) {
        if (isAway) throw new Error('the thread has ended');
        outbox.rehearse(id, of);
      },
      rehearsal: async (id) => outbox.rehearsal(id),
    });
  let watch = start(standing);
  return {
    ...desk,
    said,
    async pass(minutes: number) {
      for (let i = 0; i < minutes; i++) {
        clock.advance(MINUTE_MS);
        await settled();
        await settled();
      }
    },
    away(away: boolean) {
      isAway = away;
    },
    restart(from: readonly string[]) {
      watch.stop();
      watch = start(from);
    },
  };
}

const asked = (desk: ReturnType<typeof startWatch>) => desk.sent.map(({ to }) => to);

test('both of a shift are asked once, so long after its beginning, and who has not answered in time is a blue alert', async () => {
  const desk = startWatch(withRota({ rehearse: { after: '10m', within: '15m' } }), EVENING);
  await desk.pass(9);
  expect(asked(desk)).toEqual([]);
  await desk.pass(1);
  expect(asked(desk)).toEqual([[{ person: 'li' }], [{ person: 'wang' }]]);
  for (const one of desk.sent) await one.answer(ACCEPTED);
  // Another start of the server asks nobody again.
  desk.restart([]);
  await desk.pass(14);
  expect([desk.sent.length, desk.said]).toEqual([2, []]);
  await desk.pass(1);
  expect(desk.said).toEqual(['+ blue duty-unanswered.office: shift night of 2026-07-02: li, wang (2 of 2)']);

  // One answers, the other too: it is over.
  const answer = (phone: string) =>
    desk.outbox.proof('sms', { state: 'answered', ref: null, phone, text: '4711', atMs: 0, words: '' });
  answer('13800000000');
  answer('13800000001');
  await desk.pass(1);
  expect(desk.said.at(-1)).toMatch(/^- blue duty-unanswered\.office/);
  expect(desk.said).toHaveLength(2);
});

test('what stands when a shift ends is over with it, and a server that was down for long asks nobody in the night', async () => {
  const setup = withRota({ rehearse: {} });
  const late = startWatch(setup, EVENING + 45 * MINUTE_MS, ['duty-unanswered.office']);
  await late.pass(1);
  expect(asked(late)).toEqual([]);
  expect(late.said).toEqual([expect.stringMatching(/^- blue duty-unanswered\.office/)]);

  const desk = startWatch(setup, EVENING);
  await desk.pass(20);
  expect(desk.said).toHaveLength(1);
  await desk.pass(12 * 60);
  // The day's shift is asked by itself.
  expect(desk.said.map((line) => line.slice(0, 1))).toEqual(['+', '-', '+']);
  expect(desk.said[2]).toContain('shift day of 2026-07-03');
});

test('is asked again while the thread that tells people is away, and not at all where no rota wants it', async () => {
  const desk = startWatch(withRota({ rehearse: {} }), EVENING);
  desk.away(true);
  await desk.pass(5);
  expect(asked(desk)).toEqual([]);
  desk.away(false);
  await desk.pass(1);
  expect(asked(desk)).toHaveLength(2);

  const none = startWatch(withRota({}), EVENING);
  await none.pass(60);
  expect([asked(none), none.said]).toEqual([[], []]);
});
