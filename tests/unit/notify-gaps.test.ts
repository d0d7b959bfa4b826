import { describe, expect, test } from 'vitest';
import type { Control } from '../../src/model/entry.ts';
import { type NotifySetup, notifySetupSchema } from '../../src/model/notify/setup.ts';
import { gapsOf } from '../../src/notify/decide/gaps.ts';
import { watchDuties } from '../../src/services/observe/duty-watch.ts';
import { HOUR_MS, MINUTE_MS, OFFICE } from '../support/deciding.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const AREAS = new Map([
  ['town', null],
  ['village', 'town'],
]);
const shanghai = (text: string): number => Date.parse(`${text}:00+08:00`);
/** A Thursday. */
const DAY = '2026-07-02';
const MORNING = shanghai(`${DAY}T00:00`);

const rotaOf = (id: string, hours: readonly [string, string], more: Record<string, unknown> = {}) => ({
  id,
  shifts: [{ id: 'shift', hours, ...more }],
  turn: 'day',
  from: '2026-01-01',
  order: [{ primary: 'zhang' }],
});
const NIGHTS = rotaOf('nights', ['18:00', '08:00']);
const DAYS = rotaOf('days', ['08:00', '18:00']);
const OFFICE_HOURS = { hours: ['08:00', '18:00'], timezone: 'Asia/Shanghai' };

function setupOf(rotas: readonly unknown[], routes: readonly unknown[], ladders: readonly unknown[] = []): NotifySetup {
  return notifySetupSchema.parse({ ...structuredClone(OFFICE), rotas, routes, ladders });
}

/** The gaps of a day, as `rotas from-to`. */
function found(setup: NotifySetup, fromMs = MORNING, toMs = fromMs + 24 * HOUR_MS): string[] {
  const hour = (ms: number) => new Date(ms + 8 * HOUR_MS).toISOString().slice(11, 16);
  return gapsOf(setup, AREAS, fromMs, toMs).map(
    (gap) => `${gap.rotas.join('+')} ${hour(gap.fromMs)}-${hour(gap.toMs)}`,
  );
}

describe('a gap', () => {
  const ALL = (to: readonly unknown[]) => [{ id: 'all', to }];

  test('is a time in which nobody is on duty of the rotas that are asked together', () => {
    expect(found(setupOf([NIGHTS], ALL([{ rota: 'nights' }])))).toEqual(['nights 08:00-18:00']);
    expect(found(setupOf([NIGHTS, DAYS], ALL([{ rota: 'nights' }, { rota: 'days' }])))).toEqual([]);
    const late = rotaOf('days', ['09:00', '17:30']);
    expect(found(setupOf([NIGHTS, late], ALL([{ rota: 'nights' }, { rota: 'days' }])))).toEqual([
      'nights+days 08:00-09:00',
      'nights+days 17:30-18:00',
    ]);
  });

  test('is none where a person or a team is told as well; a group, an empty team and somebody unknown do not answer', () => {
    const to = (target: unknown) => found(setupOf([NIGHTS], ALL([{ rota: 'nights' }, target])));
    expect(to({ person: 'li' })).toEqual([]);
    expect(to({ team: 'duty' })).toEqual([]);
    for (const target of [{ channel: 'robot' }, { team: 'gone' }, { person: 'gone' }]) {
      expect(to(target)).toEqual(['nights 08:00-18:00']);
    }
  });

  test('is none of a rota that nobody asks, nor of hours that its route does not have', () => {
    expect(found(setupOf([NIGHTS], ALL([{ channel: 'robot' }])))).toEqual([]);
    const byNight = { id: 'night', match: { when: { ...OFFICE_HOURS, hours: ['18:00', '08:00'] } } };
    expect(found(setupOf([NIGHTS], [{ ...byNight, to: [{ rota: 'nights' }] }]))).toEqual([]);
    // The first that fits takes it, and leaves the nights to the one behind it.
    const byDay = { id: 'day', match: { when: OFFICE_HOURS }, to: [{ team: 'duty' }] };
    const rest = { id: 'rest', to: [{ rota: 'nights' }] };
    expect(found(setupOf([NIGHTS], [byDay, rest]))).toEqual([]);
    expect(found(setupOf([NIGHTS], [{ ...rest, routes: [byDay] }]))).toEqual([]);
    expect(found(setupOf([NIGHTS], [{ ...byDay, goOn: true }, rest]))).toEqual(['nights 08:00-18:00']);
    // What it takes away of one level, area, family and kind leaves the others.
    const some = { levels: ['red'], areas: ['village'], families: ['gas'], kinds: ['levels'] };
    expect(found(setupOf([NIGHTS], [{ ...byDay, match: { ...byDay.match, ...some } }, rest]))).toEqual([
      'nights 08:00-18:00',
    ]);
  });

  test('is one of a step of a ladder too, whoever comes after it', () => {
    const ladder = {
      id: 'ladder',
      steps: [
        { after: '2m', to: [{ rota: 'nights' }] },
        { after: '5m', to: [{ person: 'li' }] },
      ],
    };
    const setup = setupOf([NIGHTS], [{ id: 'all', to: [{ channel: 'robot' }], ladder: 'ladder' }], [ladder]);
    expect(found(setup)).toEqual(['nights 08:00-18:00']);
  });

  test('is a holiday that the rota of working days leaves to nobody', () => {
    const rotas = [NIGHTS, rotaOf('days', ['08:00', '18:00'], { days: 'working' })];
    const setup = setupOf(rotas, ALL([{ rota: 'nights' }, { rota: 'days' }]));
    expect(found(setup)).toEqual([]);
    expect(found({ ...setup, calendar: { off: [DAY], working: [] } })).toEqual(['nights+days 08:00-18:00']);
  });
});

test('a gap is an alert two hours before it begins that says from when to when, and the next one is another', () => {
  const clock = createFakeClock(MORNING);
  const said: Control[] = [];
  const setup = setupOf([rotaOf('duty', ['08:00', '06:30'])], [{ id: 'all', to: [{ rota: 'duty' }] }]);
  let present: NotifySetup | undefined = setup;
  const options = {
    clock,
    setup: () => present,
    areas: () => AREAS,
    isFailing: () => false,
    send: (one: Control) => said.push(one),
  };
  const watch = watchDuties({ ...options, timezone: 'Asia/Shanghai', standing: [] });
  clock.advance(4.5 * HOUR_MS);
  expect(said).toEqual([]);
  clock.advance(MINUTE_MS);
  const condition = 'duty-gap.duty';
  const raised = { type: 'system', condition, level: 'orange', active: true };
  expect(said).toEqual([{ ...raised, detail: `${DAY} 06:30 – ${DAY} 08:00 (Asia/Shanghai)` }]);
  clock.advance(3.5 * HOUR_MS);
  expect(said.slice(1)).toMatchObject([{ condition, active: false }]);
  clock.advance(20.5 * HOUR_MS);
  expect(said.slice(2)).toEqual([{ ...raised, detail: '2026-07-03 06:30 – 2026-07-03 08:00 (Asia/Shanghai)' }]);
  // Somebody mends it.
  present = setupOf([rotaOf('duty', ['08:00', '08:00'])], [{ id: 'all', to: [{ rota: 'duty' }] }]);
  clock.advance(MINUTE_MS);
  expect(said.slice(3)).toMatchObject([{ condition, active: false }]);
  watch.stop();

  // Gaps one behind the other within two hours: what was acknowledged of the first does not hide the second.
  said.length = 0;
  const shifts = [
    { id: 'a', hours: ['08:00', '10:00'] },
    { id: 'b', hours: ['10:30', '11:00'] },
    { id: 'c', hours: ['11:30', '08:00'] },
  ];
  present = setupOf([{ ...rotaOf('duty', ['08:00', '08:00']), shifts }], [{ id: 'all', to: [{ rota: 'duty' }] }]);
  const second = watchDuties({ ...options, timezone: 'Asia/Shanghai', standing: [condition] });
  clock.setWall(shanghai('2026-07-04T10:05'));
  clock.advance(MINUTE_MS);
  expect(said).toEqual([]);
  second.stop();
  const third = watchDuties({ ...options, timezone: 'Asia/Shanghai', standing: [] });
  clock.advance(40 * MINUTE_MS);
  expect(said.map((one) => one.type === 'system' && [one.active, one.active ? one.detail.slice(11, 16) : ''])).toEqual([
    [true, '10:07'],
    [false, ''],
    [true, '11:00'],
  ]);
  third.stop();
});
