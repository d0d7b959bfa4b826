import { describe, expect, test } from 'vitest';
import { alertWith, deciding, EVENING, HOUR_MS, MINUTE_MS, setupWith } from '../support/deciding.ts';

const minutes = (count: number): number => EVENING + count * MINUTE_MS;
const NIGHT = { hours: ['22:00', '07:00'], timezone: 'Asia/Shanghai' };

/** One route with a wait, which tells zhang by SMS and a robot's group; and what is given beside. */
const waiting = (more: Record<string, unknown> = {}) =>
  setupWith({
    routes: [
      { id: 'all', to: [{ person: 'zhang' }, { channel: 'robot' }], group: { by: ['area'], wait: '2m' }, ...more },
    ],
  });

describe('acceptance 4: an alert that is over, and who hears what', () => {
  test('1. it clears within the wait: nothing at all is told', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.at(minutes(1));
    d.clear('p1');
    d.at(minutes(60));
    expect(d.told()).toEqual([]);
    expect(d.rows()).toEqual([]);
  });

  test('2. it clears behind the wait: exactly those who were told, by the ways that reached them', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.at(minutes(3));
    d.clear('p1');
    expect(d.told()).toEqual([
      '2m raised p1 sms>zhang',
      '2m raised p1 robot>*',
      '3m cleared p1 sms>zhang',
      '3m cleared p1 robot>*',
    ]);
  });

  test('3. of a group one clears within the wait: the other is told, and only its end', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.raise('p2', 'yellow');
    d.at(minutes(1));
    d.clear('p1');
    d.at(minutes(2));
    d.clear('p2');
    expect(d.told()).toEqual([
      '2m raised p2 sms>zhang',
      '2m raised p2 robot>*',
      '2m cleared p2 sms>zhang',
      '2m cleared p2 robot>*',
    ]);
  });

  test('4. it clears during a silence that began before it: nobody hears of it', () => {
    const d = deciding(waiting());
    d.silence({ points: ['p1'] }, minutes(30));
    d.raise('p1', 'orange');
    d.at(minutes(20));
    d.clear('p1');
    d.at(minutes(60));
    expect(d.told()).toEqual([]);
  });

  test('5. it was told and clears during a silence: those who were told hear it at once', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.at(minutes(3));
    d.silence({ areas: ['district'] }, minutes(30));
    d.at(minutes(5));
    d.clear('p1');
    expect(d.told().slice(2)).toEqual(['5m cleared p1 sms>zhang', '5m cleared p1 robot>*']);
  });

  test('6. it is open still when a silence ends: it is told then, and its end', () => {
    const d = deciding(waiting());
    d.silence({ families: ['waterlogging'] }, minutes(30));
    d.raise('p1', 'orange');
    d.at(minutes(31));
    d.clear('p1');
    expect(d.told()).toEqual([
      '30m silence-ended p1 sms>zhang',
      '30m silence-ended p1 robot>*',
      '31m cleared p1 sms>zhang',
      '31m cleared p1 robot>*',
    ]);
  });

  test('7. it clears while the server is off, told before: they hear it when the entry is read', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.at(minutes(3));
    d.restart();
    d.at(minutes(20));
    d.clear('p1');
    expect(d.told().slice(2)).toEqual(['20m cleared p1 sms>zhang', '20m cleared p1 robot>*']);
  });

  test('8. a restart within the wait and its end: nothing is told; without the end, after the wait', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.raise('p2', 'orange', { area: 'town' });
    d.restart();
    d.clear('p1');
    d.at(minutes(9));
    expect(d.told()).toEqual(['2m raised p2 sms>zhang', '2m raised p2 robot>*']);
  });

  test('9. it came and went within quiet hours: nobody hears of it', () => {
    const d = deciding(waiting({ quiet: NIGHT }));
    d.at(minutes(180));
    d.raise('p1', 'orange');
    d.at(minutes(240));
    d.clear('p1');
    d.at(minutes(24 * 60));
    expect(d.told()).toEqual([]);
  });

  test('10. what quiet hours held back and is open still is told as one situation when they end', () => {
    const d = deciding(waiting({ quiet: NIGHT }));
    d.at(minutes(180));
    d.raise('p1', 'orange');
    d.raise('p2', 'yellow', { area: 'town' });
    d.raise('p3', 'blue');
    d.at(minutes(240));
    d.clear('p3');
    d.at(minutes(24 * 60));
    expect(d.told()).toEqual([
      // 07:00 is 11 h after 20:00.
      '660m quiet-ended p1+p2 sms>zhang',
      '660m quiet-ended p1+p2 robot>*',
    ]);
  });

  test('11. told before quiet hours and over within them: they hear it when those end; red at once, at any hour', () => {
    const d = deciding(waiting({ quiet: NIGHT }));
    d.at(minutes(100));
    d.raise('p1', 'orange');
    d.at(minutes(180));
    d.raise('p2', 'red');
    d.at(minutes(200));
    d.clear('p1');
    d.clear('p2');
    d.at(minutes(24 * 60));
    expect(d.told()).toEqual([
      '102m raised p1 sms>zhang',
      '102m raised p1 robot>*',
      '180m raised p2 sms>zhang',
      '180m raised p2 robot>*',
      '200m cleared p2 sms>zhang',
      '200m cleared p2 robot>*',
      '660m cleared p1 sms>zhang',
      '660m cleared p1 robot>*',
    ]);
    expect(d.rows()).toEqual([]);
  });

  test('12. it clears while messages are under way or have failed: only who was reached hears it, or who yet may be', () => {
    const d = deciding(waiting(), { accepts: false });
    d.raise('p1', 'red');
    d.prove('failed', 'sms');
    d.clear('p1');
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '0m raised p1 robot>*', '0m cleared p1 robot>* if told']);
    const [, robot, cleared] = d.intents;
    expect(cleared?.follows).toEqual([robot?.id]);
  });
});

describe('routes', () => {
  const tree = setupWith({
    routes: [
      { id: 'sirens', match: { levels: ['red'] }, to: [{ channel: 'siren' }], goOn: true },
      {
        id: 'water',
        match: { families: ['waterlogging'] },
        to: [{ person: 'zhang' }],
        by: ['mail'],
        routes: [
          { id: 'town', match: { areas: ['town'] }, to: [{ person: 'li' }], by: ['sms'] },
          { id: 'red', match: { levels: ['red'] }, by: ['sms', 'call'] },
        ],
      },
      { id: 'rest', to: [{ channel: 'robot' }] },
    ],
  });

  test('the deepest that takes it tells, with what its parents say where it says nothing; then none is asked but behind goOn', () => {
    const d = deciding(tree);
    d.raise('p1', 'yellow');
    d.raise('p2', 'red');
    d.raise('p3', 'red', { area: 'town' });
    d.raise('p4', 'blue', { family: 'gas' });
    expect(d.told()).toEqual([
      '0m raised p1 mail>zhang',
      '0m raised p2 siren>*',
      '0m raised p2 sms>zhang',
      '0m raised p2 call>zhang',
      '0m raised p3 siren>*',
      '0m raised p3 sms>li',
      '0m raised p4 robot>*',
    ]);
  });

  test('whom none of the channels reaches is told by the first of his own that does, and it is said', () => {
    const d = deciding(
      setupWith({ routes: [{ id: 'all', to: [{ person: 'wang' }, { person: 'zhao' }], by: ['sms', 'call'] }] }),
    );
    d.raise('p1', 'red');
    expect(d.told()).toEqual(['0m raised p1 mail>wang']);
    expect(d.stages.map((stage) => [stage.code, 'person' in stage ? stage.person : ''])).toEqual([
      ['route', ''],
      ['target', ''],
      ['passed-over', 'wang'],
      ['passed-over', 'wang'],
      ['instead', 'wang'],
      ['target', ''],
      ['passed-over', 'zhao'],
      ['passed-over', 'zhao'],
      ['unreachable', 'zhao'],
      ['told', 'wang'],
    ]);
  });

  test('what no route takes, and what leads to nobody, is said to be told to nobody', () => {
    const d = deciding(setupWith({ routes: [{ id: 'gas', match: { families: ['gas'] }, to: [{ person: 'zhao' }] }] }));
    d.raise('p1', 'red');
    d.raise('p2', 'red', { family: 'gas' });
    expect(d.results.flatMap(({ notTold }) => notTold)).toEqual([
      { alert: 'p1', level: 'red', why: 'no-route', route: null },
      { alert: 'p2', level: 'red', why: 'nobody', route: 'gas' },
    ]);
  });

  test('two routes that lead to the same person by the same way tell him once', () => {
    const d = deciding(
      setupWith({
        routes: [
          { id: 'a', to: [{ person: 'zhang' }], goOn: true },
          { id: 'b', to: [{ team: 'duty' }], group: { by: [], wait: '1m' } },
        ],
      }),
    );
    d.raise('p1', 'yellow');
    d.at(minutes(5));
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '1m raised p1 sms>li']);
  });
});

describe('waits', () => {
  test('one that turns red within the wait goes at once and alone; the others go on waiting', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.raise('p2', 'orange');
    d.at(minutes(1));
    d.entry('escalated', 'p2', { level: 'red' });
    d.at(minutes(3));
    expect(d.told()).toEqual([
      '1m raised p2 sms>zhang',
      '1m raised p2 robot>*',
      '2m raised p1 sms>zhang',
      '2m raised p1 robot>*',
    ]);
  });

  test('what chatters waits a minute by itself, though its route has no wait, and is told once', () => {
    const d = deciding(setupWith({ routes: [{ id: 'all', to: [{ channel: 'robot' }] }] }));
    for (let second = 0; second <= 60; second += 15) {
      d.at(EVENING + second * 1_000);
      d.raise('p1', 'yellow', { id: `p1-${second}`, chattering: true });
      if (second < 60) d.entry('note', 'p1', { id: `p1-${second}`, state: 'closed' });
    }
    d.at(minutes(10));
    expect(d.told()).toEqual(['2m raised p1-60 robot>*']);
  });

  test('one that was acknowledged within the wait is told to nobody', () => {
    const d = deciding(waiting());
    d.raise('p1', 'orange');
    d.entry('acknowledged', 'p1', { acknowledged: true }, 'zhang3');
    d.at(minutes(5));
    expect(d.told()).toEqual([]);
  });

  test('what is told when a clock was set back over the end of quiet hours has an id of its own', () => {
    const d = deciding(waiting({ quiet: NIGHT, group: undefined }));
    const end = EVENING + 11 * HOUR_MS;
    for (const level of ['yellow', 'orange'] as const) {
      d.at(end - 5);
      if (level === 'yellow') d.raise('p1', level);
      else d.entry('escalated', 'p1', { level });
      d.at(end);
    }
    expect(d.told()).toHaveLength(4);
    expect(new Set(d.intents.map(({ id }) => id)).size).toBe(4);
  });

  test('a silence takes red only when its levels name it', () => {
    const d = deciding(waiting());
    d.silence({ points: ['p1'] }, minutes(30));
    d.raise('p1', 'red');
    expect(d.told()).toHaveLength(2);
    d.silence({ points: ['p2'], levels: ['red'] }, minutes(40));
    d.raise('p2', 'red');
    expect(d.told()).toEqual([]);
    d.at(minutes(40));
    expect(d.told()).toEqual(['40m silence-ended p2 sms>zhang', '40m silence-ended p2 robot>*']);
  });

  test('a silence that is ended by hand lets go what is open, into quiet hours where there are some', () => {
    const d = deciding(waiting({ quiet: NIGHT }));
    d.silence({ points: ['p1'] }, minutes(300));
    d.raise('p1', 'orange');
    d.at(minutes(130));
    d.give({ type: 'silence-ended', id: `s${minutes(300)}` });
    expect(d.told()).toEqual([]);
    d.at(minutes(700));
    expect(d.told()).toEqual(['660m quiet-ended p1 sms>zhang', '660m quiet-ended p1 robot>*']);
  });
});

describe('ladders', () => {
  const climbing = (steps: readonly unknown[], more: Record<string, unknown> = {}) =>
    setupWith({
      ladders: [{ id: 'ladder', steps }],
      routes: [{ id: 'all', to: [{ rota: 'rota' }], by: ['sms'], ladder: 'ladder', ...more }],
    });
  const STEPS = [
    { after: '2m', unless: 'delivered', to: [{ rota: 'rota', slot: 'backup' }], by: ['sms'] },
    { after: '3m', unless: 'answered', to: [{ person: 'zhang' }, { person: 'li' }], by: ['call'] },
  ];

  test('each step comes when its proof is missing by its time', () => {
    const d = deciding(climbing(STEPS));
    d.raise('p1', 'red');
    d.at(minutes(60));
    expect(d.told()).toEqual([
      '0m raised p1 sms>zhang',
      '2m step p1 sms>li',
      '5m step p1 call>zhang',
      '5m step p1 call>li',
    ]);
  });

  test('a step whose proof is there is passed over, and the next waits from there', () => {
    const d = deciding(climbing(STEPS));
    d.raise('p1', 'red');
    d.prove('delivered');
    d.at(minutes(60));
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '5m step p1 call>zhang', '5m step p1 call>li']);
  });

  test('a console that has shown it proves that it was seen, not that it was answered', () => {
    const d = deciding(climbing([{ ...STEPS[0], unless: 'seen' }, STEPS[1]]));
    d.raise('p1', 'red');
    d.give({ type: 'seen', alert: 'p1', person: 'zhang' });
    d.at(minutes(60));
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '5m step p1 call>zhang', '5m step p1 call>li']);
  });

  test('an acknowledged alert does not climb; what has not been sent of its steps is called back', () => {
    const d = deciding(climbing(STEPS), { accepts: false });
    d.raise('p1', 'red');
    d.at(minutes(2));
    d.entry('acknowledged', 'p1', { acknowledged: true }, 'zhang3');
    d.at(minutes(60));
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '2m step p1 sms>li']);
    expect(d.results.flatMap(({ withdrawn }) => withdrawn)).toEqual([d.intents[1]?.id]);
  });

  test('when the last hope of a step fails, the next comes at once', () => {
    const d = deciding(climbing(STEPS), { accepts: false });
    d.raise('p1', 'red');
    d.at(minutes(1));
    d.prove('failed', 'sms');
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '1m step p1 sms>li']);
    d.prove('failed', 'sms');
    expect(d.told()).toEqual(['1m step p1 call>zhang', '1m step p1 call>li']);
    d.prove('failed', 'call');
    expect(d.results.flatMap(({ notTold }) => notTold)).toEqual([
      { alert: 'p1', level: 'red', why: 'nobody', route: 'all' },
    ]);
  });

  test('a step of nobody is not waited for', () => {
    const d = deciding(climbing(STEPS), { dutyAt: () => null });
    d.raise('p1', 'red');
    expect(d.told()).toEqual(['0m step p1 call>zhang', '0m step p1 call>li']);
  });

  test('it rests in quiet hours and goes on behind them; one that turns red begins its ladder at once', () => {
    const d = deciding(climbing(STEPS, { quiet: NIGHT }));
    d.at(minutes(119));
    d.raise('p1', 'orange');
    d.raise('p2', 'orange');
    d.at(minutes(300));
    d.entry('escalated', 'p2', { level: 'red' });
    d.at(minutes(700));
    expect(d.told()).toEqual([
      '119m raised p1 sms>zhang',
      '119m raised p2 sms>zhang',
      '300m escalated p2 sms>zhang',
      '302m step p2 sms>li',
      '305m step p2 call>zhang',
      '305m step p2 call>li',
      '660m step p1 sms>li',
      '663m step p1 call>zhang',
      '663m step p1 call>li',
    ]);
  });

  test('it is told again until it is acknowledged, to whoever is on duty then', () => {
    let primary = 'zhang';
    const duty = { rota: 'rota', shift: '', date: '', fromMs: 0, toMs: 0, backup: null };
    const d = deciding(climbing(STEPS.slice(0, 1), { repeat: '10m' }), { dutyAt: () => ({ ...duty, primary }) });
    d.raise('p1', 'orange');
    d.at(minutes(15));
    primary = 'li';
    d.at(minutes(25));
    d.entry('acknowledged', 'p1', { acknowledged: true }, 'li');
    d.at(minutes(60));
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '10m repeat p1 sms>zhang', '20m repeat p1 sms>li']);
  });
});

describe('what becomes of an alert', () => {
  const plain = setupWith({
    routes: [
      { id: 'red', match: { levels: ['red'] }, to: [{ team: 'duty' }, { channel: 'robot' }], by: ['call'] },
      { id: 'all', to: [{ person: 'zhang' }, { channel: 'robot' }], by: ['sms', 'mail'] },
    ],
  });

  test('escalated: those who were told, of the new level, and who is told of that level', () => {
    const d = deciding(plain);
    d.raise('p1', 'yellow');
    d.told();
    d.entry('escalated', 'p1', { level: 'red' });
    expect(d.told()).toEqual([
      '0m escalated p1 sms>zhang',
      '0m escalated p1 mail>zhang',
      '0m escalated p1 robot>*',
      '0m escalated p1 call>zhang',
      '0m escalated p1 call>li',
    ]);
  });

  test('deescalated: told only when it leaves red, to those who were told that it is, and nobody is rung up', () => {
    const d = deciding(plain);
    d.raise('p1', 'orange');
    d.told();
    d.entry('deescalated', 'p1', { level: 'yellow' });
    expect(d.told()).toEqual([]);
    d.entry('escalated', 'p1', { level: 'red' });
    d.told();
    d.entry('deescalated', 'p1', { level: 'orange' });
    expect(d.told()).toEqual([
      '0m deescalated p1 sms>zhang',
      '0m deescalated p1 mail>zhang',
      '0m deescalated p1 robot>*',
    ]);
  });

  test('acknowledged: the others who were told learn it, by what rings nobody', () => {
    const d = deciding(plain);
    d.raise('p1', 'orange');
    d.told();
    d.entry('acknowledged', 'p1', { acknowledged: true }, 'li');
    expect(d.told()).toEqual(['0m acknowledged p1 mail>zhang', '0m acknowledged p1 robot>*']);
    d.raise('p2', 'orange');
    d.told();
    d.entry('acknowledged', 'p2', { acknowledged: true }, 'zhang3');
    expect(d.told()).toEqual(['0m acknowledged p2 robot>*']);
  });

  test('cleared: whom a call alone has reached hears it by the first of his channels that does not ring', () => {
    const d = deciding(plain);
    d.raise('p1', 'red');
    d.told();
    d.clear('p1');
    expect(d.told()).toEqual(['0m cleared p1 sms>zhang', '0m cleared p1 sms>li', '0m cleared p1 robot>*']);
  });

  test('suppressed, shelved, late: nobody; told when it is before people again and open still', () => {
    const d = deciding(plain);
    d.raise('p1', 'orange', { suppressed: true, suppressedBy: 'maintenance:m' });
    d.entry('retrospective', 'p2', { retrospective: true, state: 'closed' });
    d.raise('p3', 'orange', { shelvedUntil: minutes(30) });
    d.at(minutes(30));
    expect(d.told()).toEqual([]);
    d.entry('unshelved', 'p3', { shelvedUntil: null });
    d.entry('note', 'p1', { suppressed: false, suppressedBy: null });
    expect(d.told()).toEqual([
      '30m returned p3 sms>zhang',
      '30m returned p3 mail>zhang',
      '30m returned p3 robot>*',
      '30m returned p1 sms>zhang',
      '30m returned p1 mail>zhang',
      '30m returned p1 robot>*',
    ]);
  });

  test('a new setup tells nobody again; what nobody was told of is told by it', () => {
    const d = deciding(setupWith({ routes: [{ id: 'gas', match: { families: ['gas'] }, to: [{ person: 'li' }] }] }));
    d.raise('p1', 'red');
    d.raise('p2', 'red', { family: 'gas' });
    d.told();
    d.setup(plain);
    expect(d.told()).toEqual([
      '0m setup-changed p1 call>zhang',
      '0m setup-changed p1 call>li',
      '0m setup-changed p1 robot>*',
    ]);
  });

  test('what was open before telling began is told when something happens to it', () => {
    const d = deciding(plain);
    d.give({ type: 'begin', open: [{ alert: alertWith({ announcedAt: EVENING - HOUR_MS }), areas: ['village'] }] });
    d.setup(plain);
    d.at(minutes(10));
    expect(d.told()).toEqual([]);
    d.entry('escalated', 'p1', { level: 'red', announcedAt: EVENING - HOUR_MS });
    expect(d.told()).toHaveLength(3);
  });
});
