import { describe, expect, test } from 'vitest';
import { dutiesBetween, dutyAt } from '../../src/model/notify/duty.ts';
import { type NotifySetup, notifySetupSchema } from '../../src/model/notify/setup.ts';
import { withSiteZone } from '../../src/model/notify/site-zone.ts';
import { deciding, HOUR_MS, MINUTE_MS, OFFICE } from '../support/deciding.ts';

/** The zone of the site is that of turns, quiet hours and routes that say none, also where it has summer time. */

const ZONE = 'America/New_York';
/** Clocks go from 02:00 to 03:00, and from 02:00 back to 01:00. */
const SPRING_MS = Date.parse('2027-03-14T07:00Z');
const AUTUMN_MS = Date.parse('2026-11-01T06:00Z');

const SETUP = notifySetupSchema.parse({
  ...structuredClone(OFFICE),
  rotas: [
    {
      id: 'rota',
      shifts: [{ id: 'whole', hours: ['20:00', '20:00'] }],
      turn: 'day',
      from: '2026-01-01',
      order: [{ primary: 'zhang' }, { primary: 'li' }],
    },
    { ...structuredClone(OFFICE.rotas[0]), id: 'own' },
  ],
  ladders: [{ id: 'up', steps: [{ after: '40m', to: [{ rota: 'rota' }], by: ['call'] }] }],
  routes: [
    {
      id: 'all',
      to: [{ channel: 'robot' }],
      ladder: 'up',
      quiet: { hours: ['22:00', '02:30'] },
      routes: [{ id: 'day', match: { levels: ['blue'], when: { hours: ['08:00', '18:00'] } } }],
    },
  ],
});
const zoned: NotifySetup = withSiteZone(SETUP, ZONE);

test('what says no zone has that of the site, what says one keeps it, and what people wrote stays as it was', () => {
  expect(zoned.rotas.map(({ timezone }) => timezone)).toEqual([ZONE, 'Asia/Shanghai']);
  expect(zoned.routes[0]?.quiet?.timezone).toBe(ZONE);
  expect(zoned.routes[0]?.routes[0]?.match.when?.timezone).toBe(ZONE);
  expect(SETUP.rotas[0]?.timezone).toBeUndefined();
  expect(SETUP.routes[0]?.quiet?.timezone).toBeUndefined();
});

describe('turns of a day', () => {
  const rota = zoned.rotas[0] as NotifySetup['rotas'][number];

  test.each([
    ['a night of 23 hours', SPRING_MS, 23],
    ['a night of 25 hours', AUTUMN_MS, 25],
  ])('%s has one person, and no hour is without or has two', (_, changeMs, hours) => {
    const duty = dutyAt(rota, zoned.calendar, changeMs);
    expect(((duty?.toMs ?? 0) - (duty?.fromMs ?? 0)) / HOUR_MS).toBe(hours);
    const from = changeMs - 48 * HOUR_MS;
    const duties = dutiesBetween(rota, zoned.calendar, from, changeMs + 48 * HOUR_MS);
    for (let atMs = from; atMs < changeMs + 48 * HOUR_MS; atMs += 15 * MINUTE_MS) {
      expect(duties.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)).toHaveLength(1);
    }
    // The turns go on one by one: nobody is passed over, and nobody has two.
    const turns = duties.map(({ primary }) => primary);
    for (const [at, who] of turns.entries()) if (at > 0) expect(who).not.toBe(turns[at - 1]);
  });
});

describe('the hour that is not there', () => {
  test('ends quiet hours at its beginning, and a step behind it is climbed as much later as it says', () => {
    const desk = deciding(zoned, { dutyAt });
    // 01:50, ten minutes before clocks are put forward; quiet hours end at 02:30, which never is.
    desk.at(SPRING_MS - 10 * MINUTE_MS);
    desk.raise('p1', 'orange');
    expect(desk.intents).toEqual([]);
    desk.at(SPRING_MS - 1);
    expect(desk.intents).toEqual([]);
    desk.at(SPRING_MS);
    expect(desk.intents.map(({ reason, channel }) => `${reason} ${channel}`)).toEqual(['quiet-ended robot']);
    desk.at(SPRING_MS + 40 * MINUTE_MS - 1);
    expect(desk.intents).toHaveLength(1);
    desk.at(SPRING_MS + 40 * MINUTE_MS);
    expect(desk.intents[1]).toMatchObject({
      reason: 'step',
      channel: 'call',
      to: { person: dutyAt(zoned.rotas[0] as NotifySetup['rotas'][number], zoned.calendar, SPRING_MS)?.primary },
    });
  });

  test('an hour that is there twice is quiet both times', () => {
    const desk = deciding(zoned, { dutyAt });
    desk.at(AUTUMN_MS - 10 * MINUTE_MS);
    desk.raise('p1', 'orange');
    // 02:30 comes an hour and a half after the clocks were put back to 01:00.
    desk.at(AUTUMN_MS + 90 * MINUTE_MS - 1);
    expect(desk.intents).toEqual([]);
    desk.at(AUTUMN_MS + 90 * MINUTE_MS);
    expect(desk.intents.map(({ reason }) => reason)).toEqual(['quiet-ended']);
  });
});
