import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { isAnnounced } from '../../src/model/announced.ts';
import { LEVELS } from '../../src/model/level.ts';
import { RANK } from '../../src/model/severity.ts';
import { type Deciding, deciding, EVENING, HOUR_MS, MINUTE_MS, setupWith } from '../support/deciding.ts';

/** Whatever happens, in whatever order: nothing depends on when a process ended, and nobody is forgotten. */

const POINTS = ['p1', 'p2', 'p3'] as const;
const NIGHT = { hours: ['22:00', '07:00'], timezone: 'Asia/Shanghai' };
const LADDERS = [
  {
    id: 'ladder',
    steps: [
      { after: '2m', unless: 'delivered', to: [{ rota: 'rota', slot: 'backup' }], by: ['sms'] },
      { after: '5m', to: [{ team: 'duty' }], by: ['call'] },
    ],
  },
];
const SETUP = setupWith({
  ladders: LADDERS,
  routes: [
    { id: 'red', match: { levels: ['red'] }, to: [{ person: 'zhang' }, { channel: 'siren' }], by: ['sms'], goOn: true },
    {
      id: 'all',
      to: [{ channel: 'robot' }, { person: 'wang' }],
      group: { by: ['area'], wait: '2m' },
      quiet: NIGHT,
      repeat: '30m',
      ladder: 'ladder',
      routes: [{ id: 'gas', match: { families: ['gas'] }, to: [{ rota: 'rota', slot: 'both' }], goOn: true }],
    },
  ],
});
/** The same, without a wait, quiet hours and a ladder, and with somebody else for gas. */
const OTHER = setupWith({
  routes: [
    { id: 'red', match: { levels: ['red'] }, to: [{ person: 'zhang' }, { channel: 'siren' }], by: ['sms'], goOn: true },
    { id: 'all', to: [{ channel: 'robot' }, { person: 'wang' }], routes: [] },
  ],
});

const point = fc.constantFrom(...POINTS);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat(400) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('raise' as const),
      point,
      level: fc.constantFrom(...LEVELS),
      family: fc.constantFrom('gas', 'waterlogging'),
      isSuppressed: fc.boolean(),
      chattering: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('clear' as const), point }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('level' as const), point, level: fc.constantFrom(...LEVELS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), point }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shelve' as const), point, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('suppress' as const), point, on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('silence' as const), point, minutes: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('prove' as const),
      nth: fc.nat(30),
      proof: fc.constantFrom('accepted' as const, 'delivered' as const, 'failed' as const, 'answered' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('see' as const), point }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('setup' as const), isOther: fc.boolean() }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;
const actions = fc.array(action, { minLength: 1, maxLength: 40 });

/** What happened, as the alert log would have it: only what an alert allows. Gives the alerts as they are in the end. */
function run(d: Deciding, list: readonly Action[]): Map<string, Alert> {
  const alerts = new Map<string, Alert>();
  let nowMs = EVENING;
  let silences = 0;
  const keep = (name: string, event: { alert: Alert }) => alerts.set(name, event.alert);
  for (const one of list) {
    const alert = 'point' in one ? alerts.get(one.point) : undefined;
    const isOpen = alert?.state === 'active';
    switch (one.do) {
      case 'wait':
        nowMs += one.minutes * MINUTE_MS;
        d.at(nowMs);
        break;
      case 'raise': {
        if (isOpen) break;
        const { family, chattering, isSuppressed: suppressed } = one;
        keep(
          one.point,
          d.raise(one.point, one.level, {
            family,
            chattering,
            suppressed,
            id: `${one.point}-${nowMs}-${alerts.size}-${silences++}`,
          }),
        );
        break;
      }
      case 'clear':
        if (isOpen) keep(one.point, d.clear(one.point));
        break;
      case 'level': {
        if (!isOpen || alert.level === one.level) break;
        const isUp = RANK[one.level] > RANK[alert.level];
        const anew = isUp ? { acknowledged: false, shelvedUntil: null } : {};
        keep(one.point, d.entry(isUp ? 'escalated' : 'deescalated', one.point, { level: one.level, ...anew }));
        break;
      }
      case 'acknowledge':
        if (isOpen && !alert.acknowledged)
          keep(one.point, d.entry('acknowledged', one.point, { acknowledged: true }, 'li'));
        break;
      case 'shelve':
        if (isOpen && (alert.shelvedUntil !== null) !== one.on) {
          const shelvedUntil = one.on ? nowMs + HOUR_MS : null;
          keep(one.point, d.entry(one.on ? 'shelved' : 'unshelved', one.point, { shelvedUntil }));
        }
        break;
      case 'suppress':
        if (isOpen && alert.suppressed !== one.on) keep(one.point, d.entry('note', one.point, { suppressed: one.on }));
        break;
      case 'silence':
        d.give({
          type: 'silence',
          silence: {
            id: `silence-${silences++}`,
            match: { points: [one.point] },
            fromMs: nowMs,
            untilMs: nowMs + one.minutes * MINUTE_MS,
            by: 'li',
            reason: 'painting',
          },
        });
        break;
      case 'prove': {
        const intent = d.intents[one.nth];
        if (intent !== undefined) d.give({ type: 'proof', intent, proof: one.proof });
        break;
      }
      case 'see':
        if (alert !== undefined) d.give({ type: 'seen', alert: alert.id, person: 'zhang' });
        break;
      case 'setup':
        d.setup(one.isOther ? OTHER : SETUP);
        break;
    }
  }
  return alerts;
}

test('a process that ends and begins again at every step tells the same, under the same ids', () => {
  fc.assert(
    fc.property(actions, fc.boolean(), (list, accepts) => {
      const [steady, restarted] = [deciding(SETUP, { accepts }), deciding(SETUP, { accepts, restartsAlways: true })];
      run(steady, list);
      run(restarted, list);
      expect(restarted.intents).toEqual(steady.intents);
      expect(new Map(restarted.rows())).toEqual(new Map(steady.rows()));
    }),
  );
});

test('no id is given twice', () => {
  fc.assert(
    fc.property(actions, fc.boolean(), (list, accepts) => {
      const d = deciding(SETUP, { accepts });
      run(d, list);
      const ids = d.intents.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test('its end is told to exactly those who were told of it, and when all is over nothing is left', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const d = deciding(SETUP);
      const alerts = run(
        d,
        list.filter(({ do: what }) => what !== 'prove' && what !== 'setup'),
      );
      for (const [name, { state }] of alerts) if (state === 'active') d.clear(name);
      d.at(EVENING + 400 * 24 * HOUR_MS);
      expect(d.rows()).toEqual([]);
      const told = new Map<string, Set<string>>();
      const ended = new Map<string, Set<string>>();
      for (const { reason, alerts: of, channel, to } of d.intents) {
        const who = 'person' in to ? to.person : '*';
        for (const alert of of) {
          const ways = reason === 'cleared' ? ended : told;
          // Whom a call reached is told by SMS, which is the first of his own.
          ways.set(alert, (ways.get(alert) ?? new Set()).add(`${channel === 'call' ? 'sms' : channel} ${who}`));
        }
      }
      expect(ended).toEqual(told);
    }),
  );
});

test('what asks for somebody in the end has been told to each of them, once no wait, silence or quiet hours are left', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const d = deciding(SETUP);
      const alerts = run(
        d,
        list.filter(({ do: what }) => what !== 'prove' && what !== 'setup'),
      );
      d.at(EVENING + 30 * 24 * HOUR_MS);
      for (const alert of alerts.values()) {
        if (alert.state !== 'active' || alert.acknowledged || !isAnnounced(alert)) continue;
        const told = new Set(
          d.intents.flatMap(({ alerts: of, channel, to }) =>
            of.includes(alert.id) ? [`${channel} ${'person' in to ? to.person : '*'}`] : [],
          ),
        );
        const routed = alert.family === 'gas' ? ['sms zhang', 'sms li'] : ['robot *', 'mail wang'];
        const red = alert.level === 'red' ? ['sms zhang', 'siren *'] : [];
        expect([...told]).toEqual(expect.arrayContaining([...routed, ...red, 'call zhang', 'call li']));
      }
    }),
  );
});
