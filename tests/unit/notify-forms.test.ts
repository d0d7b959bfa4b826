import { expect, test } from 'vitest';
import { z } from 'zod';
import { CHANNEL_FIELDS } from '../../src/console/notify/channels/channel-fields.ts';
import { reachOf, waysTo } from '../../src/console/notify/people/reach.ts';
import { datesOfText, shownDays, textOfDates, turnedTo } from '../../src/console/notify/rota/days.ts';
import { withSwap } from '../../src/console/notify/rota/swap.ts';
import {
  addedRoute,
  movedRoute,
  pathOfRoute,
  routeIds,
  withoutRoute,
  withRoute,
} from '../../src/console/notify/routes/tree.ts';
import { editedName, freeId, placeOf, withEntry } from '../../src/console/notify/setup/places.ts';
import { idSchema } from '../../src/model/names.ts';
import { CHANNEL_KINDS } from '../../src/model/notify/channel.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';

/** What the forms of who is told of what are made of. */

const { channels, people } = notifySetupSchema.parse({
  channels: [
    { id: 'chat', kind: 'wecom' },
    { id: 'sms', kind: 'aliyun-sms', off: true },
    { id: 'hook', kind: 'webhook' },
    { id: 'mail', kind: 'email' },
  ],
  people: [
    { id: 'by-choice', name: 'a', phone: '13800000001', by: ['sms', 'chat'] },
    { id: 'by-route', name: 'b', email: 'b@example.org', by: ['sms'] },
    { id: 'off-only', name: 'c', by: ['sms', 'gone'] },
    { id: 'nothing', name: 'd', by: [] },
  ],
});

test('who is reached by his own choice, by what a route names, and by nothing', () => {
  // The webhook needs no address of anybody and reaches nobody by itself.
  expect(people.map((person) => reachOf(person, channels))).toEqual(['own', 'by-route', 'none', 'none']);
  expect(people.map((person) => waysTo(person, channels).map(({ id }) => id))).toEqual([['chat'], ['mail'], [], []]);
});

test('an id is made of a name, fits into an address, and is nobody else’s', () => {
  expect(freeId('张 三/#1', [])).toBe('张-三-1');
  expect(freeId('张三', ['张三', '张三-2'])).toBe('张三-3');
  expect(freeId(' ', [])).toBe('1');
  for (const name of ['a/b+c', '50%', 'a\u200bb', 'tab\there'])
    expect(idSchema.safeParse(freeId(name, [])).success).toBe(true);
});

test('an entry takes the place of the one with its id, or stands behind the others', () => {
  const [first, second] = [
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
  ];
  expect(withEntry([first, second], { id: 'a', n: 3 })).toEqual([{ id: 'a', n: 3 }, second]);
  expect(withEntry([first], second)).toEqual([first, second]);
  const setup = notifySetupSchema.parse({ people, channels });
  expect(placeOf(setup, 'people', 'off-only')).toEqual(['people', 2]);
  expect(placeOf(setup, 'people', 'unknown')).toEqual(['people', 4]);
});

test('a month is shown in whole weeks, and one turns to the next over the end of a year', () => {
  const november = shownDays('month', '2026-11-26');
  expect([november[0], november.at(-1), november.length]).toEqual(['2026-10-26', '2026-12-06', 42]);
  // February 2027 is four weeks from a Monday on.
  expect(shownDays('month', '2027-02-10')).toHaveLength(28);
  expect(shownDays('week', '2026-11-29')).toEqual(
    ['23', '24', '25', '26', '27', '28', '29'].map((day) => `2026-11-${day}`),
  );
  expect(turnedTo('month', '2026-12-31', 1)).toBe('2027-01-01');
  expect(turnedTo('month', '2026-03-31', -1)).toBe('2026-02-01');
  expect(turnedTo('week', '2026-01-03', -1)).toBe('2025-12-27');
});

test('days off are written as days and periods, and read back as they were written', () => {
  const dates = ['2026-10-01', '2026-10-02', '2026-10-03', '2026-12-31', '2027-01-01', '2027-01-03'];
  const text = '2026-10-01 ~ 2026-10-03\n2026-12-31 ~ 2027-01-01\n2027-01-03';
  expect(textOfDates(dates)).toBe(text);
  expect(datesOfText(text)).toEqual(dates);
  expect(datesOfText('2026-10-02至2026-10-03，2026-10-01')).toEqual(dates.slice(0, 3));
  for (const wrong of ['2026-02-30', '10-01', '2026-10-03 ~ 2026-10-01', '2026-01-01 ~ 2027-01-01', 'x']) {
    expect(datesOfText(wrong), wrong).toBeNull();
  }
});

test('a swap says what is unlike the order, and nothing is left of one that is like it', () => {
  const [rota] = notifySetupSchema.parse({
    rotas: [
      {
        id: 'office',
        shifts: [{ id: 'day', hours: ['08:00', '20:00'] }],
        turn: 'day',
        from: '2026-01-01',
        order: [{ primary: 'a', backup: 'b' }],
        swaps: [{ date: '2026-01-02', shift: 'day', primary: 'c' }],
      },
    ],
  }).rotas;
  if (rota === undefined) throw new Error('no rota');
  const shift = { date: '2026-01-02', shift: 'day' };
  const ordered = { primary: 'a', backup: 'b' };
  const swapped = withSwap(rota, shift, ordered, { primary: 'a', backup: 'd', by: 'wang', reason: '培训' });
  expect(swapped.swaps).toEqual([{ ...shift, backup: 'd', by: 'wang', reason: '培训' }]);
  expect(withSwap(rota, shift, ordered, { ...ordered, by: 'wang' }).swaps).toEqual([]);
  expect(withSwap(rota, { ...shift, date: '2026-01-03' }, ordered, { primary: 'b', by: 'wang' }).swaps).toHaveLength(2);
});

test('a tree of routes is changed at one place, wherever that is', () => {
  const { routes } = notifySetupSchema.parse({
    routes: [{ id: 'a', routes: [{ id: 'b' }, { id: 'c', routes: [{ id: 'd' }] }] }, { id: 'e' }],
  });
  const [plain] = notifySetupSchema.parse({ routes: [{ id: 'f', goOn: true }] }).routes;
  if (plain === undefined) throw new Error('no route');
  expect(pathOfRoute(routes, 'd')).toEqual(['routes', 0, 'routes', 1, 'routes', 0]);
  expect(pathOfRoute(routes, 'x')).toBeUndefined();
  expect(routeIds(withoutRoute(routes, 'c'))).toEqual(['a', 'b', 'e']);
  expect(routeIds(addedRoute(routes, 'c', plain))).toEqual(['a', 'b', 'c', 'd', 'f', 'e']);
  // Somebody has taken away meanwhile what it was to stand below.
  expect(routeIds(addedRoute(routes, 'gone', plain))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(routeIds(movedRoute(routes, 'c', -1))).toEqual(['a', 'c', 'd', 'b', 'e']);
  expect(movedRoute(routes, 'e', 1)).toEqual(routes);
  const changed = withRoute(routes, { ...plain, id: 'd' });
  expect(changed[0]?.routes[1]?.routes[0]?.goOn).toBe(true);
  expect(routeIds(changed)).toEqual(routeIds(routes));
});

test('a name in two languages stays whole until somebody types another', () => {
  const both = { zh: '叫应', en: 'Call out' };
  expect(editedName(both, '叫应', '叫应 ')).toBe(both);
  expect(editedName(both, '叫应', '上报')).toBe('上报');
  expect(editedName(undefined, undefined, '')).toBeUndefined();
  expect(editedName('a', 'a', '')).toBeUndefined();
});

test.each(CHANNEL_KINDS)('the form of %s asks for the settings that the channel has, and hides its secrets', (kind) => {
  const { settings, secrets } = CHANNEL_TYPES[kind];
  if (!(settings instanceof z.ZodObject)) throw new Error('its settings are no object');
  const fields = CHANNEL_FIELDS[kind];
  expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(settings.shape).sort());
  expect(
    fields
      .filter(({ type }) => type === 'secret')
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...secrets].sort());
  // What the form lets stay empty the channel has a usual value for.
  for (const { name, isRequired = false } of fields) {
    const field: z.ZodType = settings.shape[name];
    expect(field.safeParse(undefined).success, name).toBe(!isRequired);
  }
});
