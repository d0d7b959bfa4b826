import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../src/alerts/lifecycle.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import type { MaintenancePlan } from '../../src/model/maintenance.ts';
import type { Transition, TransitionType } from '../../src/model/transition.ts';
import { createShelf, definitionOf, type PointSketch, placesOf, startLifecycle } from '../support/lifecycle.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

const SITE: PointSketch[] = [
  { point: 'gas-1', device: 'one', area: 'kitchen' },
  { point: 'gas-2', device: 'two', area: 'market' },
  { point: 'far', device: 'three', area: 'elsewhere' },
];
const PARENTS = { town: null, market: 'town', kitchen: 'market', elsewhere: null };

function transition(point: string, type: TransitionType, atMs: number, more: Partial<Transition> = {}): Transition {
  return {
    point,
    rule: 'gas',
    kind: 'levels',
    type,
    level: 'yellow',
    label: null,
    atMs,
    receivedAtMs: atMs,
    metric: 'ch4',
    value: 30,
    limit: 25,
    comparison: null,
    unit: '%LEL',
    peak: { value: 30, at: atMs, level: 'yellow' },
    revision: 1,
    latched: false,
    chattering: false,
    reason: null,
    ...more,
  };
}

/** A lifecycle with a pen: positions count themselves, and the log reads as text. */
function setUp(site: readonly PointSketch[] = SITE) {
  const places = placesOf(site);
  const shelf = createShelf();
  let lifecycle = startLifecycle(places);
  let position = 0;
  const all: AlertEvent[] = [];
  const world = {
    places,
    log: all,
    get lifecycle(): Lifecycle {
      return lifecycle;
    },
    take(...list: Transition[]) {
      lifecycle.transitions(list, list[0]?.receivedAtMs ?? 0, ++position);
    },
    tick: (nowMs: number, ...list: Transition[]) => lifecycle.tick(list, nowMs, ++position),
    start: (nowMs: number) => lifecycle.start(nowMs, ++position),
    areas: (nowMs = 0) => lifecycle.setAreas(PARENTS, nowMs, ++position),
    plan(id: string, plan: Partial<MaintenancePlan> & Pick<MaintenancePlan, 'scope'>, nowMs = 0) {
      const whole = { id, kind: 'maintenance', from: 0, to: HOUR, recurring: null, reason: 'x', by: 'li' } as const;
      lifecycle.planMaintenance({ ...whole, ...plan }, nowMs, ++position);
    },
    end: (id: string, nowMs: number) => lifecycle.endMaintenance(id, 'wang', nowMs, ++position),
    act(alert: string | undefined, does: object, nowMs: number) {
      const action = { alert: alert ?? '', by: 'li', note: null, ...does } as never;
      return lifecycle.act(action, nowMs, ++position, () => 'reset');
    },
    place(sketch: PointSketch, nowMs: number) {
      const former = places.get(sketch.point)?.device;
      const { device } = definitionOf(sketch);
      places.put(definitionOf(sketch));
      lifecycle.moved(sketch.point, former === undefined ? [device] : [former, device], nowMs, ++position);
    },
    restart() {
      all.push(...shelf.store(lifecycle));
      lifecycle = shelf.restart(lifecycle, places);
    },
    events() {
      const events = shelf.store(lifecycle);
      all.push(...events);
      return events;
    },
    brief() {
      return world.events().map(({ at, event, note, alert }) => {
        const marks = [
          alert.state === 'active' ? '' : alert.state,
          alert.suppressed ? 'suppressed' : '',
          alert.shelvedUntil === null ? '' : 'shelved',
          note === null ? '' : `"${note}"`,
        ];
        return [at, alert.point, event, ...marks.filter((mark) => mark !== '')].join(' ');
      });
    },
    alertOf: (point: string) => lifecycle.openOf(point)[0],
  };
  return world;
}

describe('maintenance', () => {
  test('alerts are raised and recorded, not announced; what still stands is announced when it ends, at its own time', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, to: 10_000 });
    world.take(transition('gas-1', 'raised', 1_000), transition('gas-2', 'raised', 1_000));
    expect(world.lifecycle.nextDeadlineMs()).toBe(10_000);
    world.tick(99_000);
    expect(world.brief()).toEqual([
      '1000 gas-1 raised suppressed "maintenance:m1"',
      '1000 gas-2 raised',
      '10000 gas-1 note "suppression-ended"',
    ]);
    expect(world.alertOf('gas-1')).toMatchObject({ suppressed: false, suppressedBy: null, announcedAt: 10_000 });
    expect(world.lifecycle.maintenance()).toEqual([]);
  });

  test('one that comes and goes while suppressed asks nobody for anything', () => {
    const world = setUp();
    world.plan('m1', { scope: { device: 'one' } });
    world.take(transition('gas-1', 'raised', 1_000));
    world.take(transition('gas-1', 'cleared', 2_000));
    expect(world.brief()).toEqual([
      '1000 gas-1 raised suppressed "maintenance:m1"',
      '2000 gas-1 cleared closed suppressed',
    ]);
    world.tick(HOUR);
    expect(world.brief()).toEqual([]);
  });

  test('an area reaches down its tree, as the tree was journalled last', () => {
    const world = setUp();
    world.areas();
    world.plan('m1', { scope: { area: 'market' } });
    world.take(...['gas-1', 'gas-2', 'far'].map((point) => transition(point, 'raised', 1_000)));
    const suppressed = () =>
      world.lifecycle
        .open()
        .filter((alert) => alert.suppressed)
        .map((alert) => alert.point);
    expect(suppressed()).toEqual(['gas-1', 'gas-2']);
    world.lifecycle.setAreas({ ...PARENTS, kitchen: null, elsewhere: 'market' }, 2_000, 50);
    expect(suppressed().sort()).toEqual(['far', 'gas-2']);
  });

  test('an area tree with a circle ends', () => {
    const world = setUp();
    world.lifecycle.setAreas({ kitchen: 'market', market: 'kitchen' }, 0, 1);
    world.plan('m1', { scope: { area: 'town' } });
    world.take(transition('gas-1', 'raised', 1_000));
    expect(world.alertOf('gas-1')?.suppressed).toBe(false);
  });

  test('what was announced before is taken off, but never a latched red one; ended early it comes back', () => {
    const world = setUp();
    world.take(
      transition('gas-1', 'raised', 1_000),
      transition('gas-2', 'raised', 1_000, { latched: true, level: 'red' }),
    );
    world.areas();
    world.plan('m1', { scope: { area: 'town' }, from: 5_000 }, 2_000);
    world.tick(5_000);
    world.end('m1', 6_000);
    world.end('m1', 7_000);
    expect(world.brief()).toEqual([
      '1000 gas-1 raised',
      '1000 gas-2 raised',
      '5000 gas-1 note suppressed "maintenance:m1"',
      '6000 gas-1 note "suppression-ended"',
    ]);
    expect(world.alertOf('gas-1')?.announcedAt).toBe(1_000);
    expect(world.log.at(-1)?.by).toBe('wang');
  });

  test('an unacknowledged alert is not forgotten because the next one came during maintenance', () => {
    const world = setUp();
    world.take(transition('gas-1', 'raised', 1_000));
    world.take(transition('gas-1', 'cleared', 2_000));
    world.plan('m1', { scope: { point: 'gas-1' } }, 3_000);
    world.take(transition('gas-1', 'raised', 4_000));
    world.take(transition('gas-1', 'cleared', 5_000));
    expect(world.alertOf('gas-1')).toMatchObject({ state: 'cleared', repeats: 1, acknowledged: false });
    world.tick(HOUR);
    expect(world.alertOf('gas-1')).toMatchObject({ state: 'cleared', suppressed: false });
  });

  test('where two plans overlap, the last to end announces', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, to: 10_000 });
    world.plan('m2', { scope: { device: 'one' }, to: 20_000 });
    world.take(transition('gas-1', 'raised', 1_000));
    world.tick(30_000);
    expect(world.brief()).toEqual([
      '1000 gas-1 raised suppressed "maintenance:m1"',
      '10000 gas-1 note suppressed "maintenance:m2"',
      '20000 gas-1 note "suppression-ended"',
    ]);
  });

  test('a deadline of evaluation and the end of a plan come in the order of their times, although one tick brings both', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, to: 10_000 });
    world.tick(60_000, transition('gas-1', 'raised', 9_000), transition('far', 'raised', 11_000));
    expect(world.brief()).toEqual([
      '9000 gas-1 raised suppressed "maintenance:m1"',
      '10000 gas-1 note "suppression-ended"',
      '11000 far raised',
    ]);
  });

  test('out of service lasts until somebody puts the point back', () => {
    const world = setUp();
    world.plan('o1', { kind: 'out-of-service', scope: { point: 'gas-1' }, to: null });
    expect(world.lifecycle.nextDeadlineMs()).toBeUndefined();
    world.take(transition('gas-1', 'raised', 1_000));
    world.tick(1_000 * HOUR);
    expect(world.alertOf('gas-1')?.suppressedBy).toBe('out-of-service:o1');
    world.end('o1', 1_001 * HOUR);
    expect(world.alertOf('gas-1')?.suppressed).toBe(false);
  });

  test('a point that moves to another area leaves and enters maintenance', () => {
    const world = setUp();
    world.areas();
    world.plan('m1', { scope: { area: 'elsewhere' } });
    world.take(transition('gas-1', 'raised', 1_000));
    world.place({ point: 'gas-1', device: 'one', area: 'elsewhere' }, 2_000);
    world.place({ point: 'gas-1', device: 'one', area: 'kitchen' }, 3_000);
    expect(world.brief()).toEqual([
      '1000 gas-1 raised',
      '2000 gas-1 note suppressed "maintenance:m1"',
      '3000 gas-1 note "suppression-ended"',
    ]);
  });

  test('late data of a point under maintenance is recorded as suppressed', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' } });
    world.take(transition('gas-1', 'retrospective', 1_000));
    expect(world.brief()).toEqual(['1000 gas-1 retrospective closed suppressed']);
  });
});

describe('recurring maintenance', () => {
  /** Monday, 2026-06-01, 00:00 in Chongqing. */
  const MONDAY = Date.UTC(2026, 4, 31, 16);
  const nightly = { weekdays: ['mon', 'tue'], hours: ['22:00', '06:00'] } as never;

  test('begins and ends at its local hours, on its days, over midnight', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, from: MONDAY, to: null, recurring: nightly }, MONDAY);
    const states: [number, string | undefined][] = [];
    for (let hours = 0; hours < 72; hours++) {
      world.tick(MONDAY + hours * HOUR);
      const state = world.lifecycle.maintenance()[0]?.state;
      if (states.at(-1)?.[1] !== state) states.push([hours, state]);
    }
    expect(states).toEqual([
      [0, 'planned'],
      [22, 'active'],
      [30, 'planned'],
      [46, 'active'],
      [54, 'planned'],
    ]);
    expect(world.lifecycle.nextDeadlineMs()).toBe(MONDAY + (7 * 24 + 22) * HOUR);
  });

  test('a server that was away for days takes it up where it stands, with one entry at most', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, from: MONDAY, to: null, recurring: nightly }, MONDAY);
    world.take(transition('gas-1', 'raised', MONDAY + HOUR));
    world.events();
    world.tick(MONDAY + 31 * 24 * HOUR);
    expect(world.brief()).toEqual([]);
    world.tick(MONDAY + (35 * 24 + 23) * HOUR);
    expect(world.brief()).toEqual([`${MONDAY + (35 * 24 + 22) * HOUR} gas-1 note suppressed "maintenance:m1"`]);
  });

  test('ends for good at its end', () => {
    const world = setUp();
    const to = MONDAY + 23 * HOUR;
    world.plan('m1', { scope: { point: 'gas-1' }, from: MONDAY, to, recurring: nightly }, MONDAY);
    world.take(transition('gas-1', 'raised', MONDAY));
    world.tick(MONDAY + 100 * HOUR);
    expect(world.lifecycle.maintenance()).toEqual([]);
    expect(world.alertOf('gas-1')?.suppressed).toBe(false);
  });

  test('a clock that is set back takes it out of a time that has not come yet', () => {
    const world = setUp();
    world.plan('m1', { scope: { point: 'gas-1' }, from: MONDAY, to: null, recurring: nightly }, MONDAY);
    world.tick(MONDAY + 22 * HOUR);
    expect(world.lifecycle.maintenance()[0]?.state).toBe('active');
    world.start(MONDAY + 20 * HOUR);
    expect(world.lifecycle.maintenance()[0]).toMatchObject({ state: 'planned', nextAt: MONDAY + 22 * HOUR });
  });
});

describe('shelving', () => {
  test('holds for the rule: alerts to come are recorded as shelved, unless they are more severe', () => {
    const world = setUp();
    world.take(transition('gas-1', 'raised', 1_000));
    world.act(world.alertOf('gas-1')?.id, { do: 'ack' }, 2_000);
    world.act(world.alertOf('gas-1')?.id, { do: 'shelve', untilMs: HOUR }, 2_000);
    world.take(transition('gas-1', 'cleared', 3_000));
    world.take(transition('gas-1', 'raised', 4_000));
    world.take(transition('gas-1', 'cleared', 5_000));
    world.take(transition('gas-1', 'raised', 6_000, { level: 'orange' }));
    world.take(transition('gas-1', 'cleared', 7_000));
    world.act(world.alertOf('gas-1')?.id, { do: 'ack' }, 7_000);
    world.take(transition('gas-1', 'raised', 8_000));
    expect(world.brief()).toEqual([
      '1000 gas-1 raised',
      '2000 gas-1 acknowledged',
      '2000 gas-1 shelved shelved',
      '3000 gas-1 cleared closed',
      '4000 gas-1 raised shelved',
      '5000 gas-1 cleared closed',
      '6000 gas-1 raised',
      '7000 gas-1 cleared cleared',
      '7000 gas-1 acknowledged closed',
      '8000 gas-1 raised',
    ]);
  });

  test('survives a restart and ends by itself at its own time; what stands is announced', () => {
    const world = setUp();
    world.take(transition('gas-1', 'raised', 1_000));
    world.act(world.alertOf('gas-1')?.id, { do: 'shelve', untilMs: 10_000 }, 2_000);
    world.take(transition('gas-1', 'cleared', 3_000));
    world.restart();
    expect(world.lifecycle.nextDeadlineMs()).toBe(10_000);
    world.take(transition('gas-1', 'raised', 4_000));
    world.tick(20_000);
    expect(world.brief()).toEqual([
      `4000 gas-1 note closed "superseded-by:${world.alertOf('gas-1')?.id}"`,
      '4000 gas-1 raised shelved',
      '10000 gas-1 unshelved',
    ]);
    expect(world.lifecycle.nextDeadlineMs()).toBeUndefined();
  });
});

describe('a silent device', () => {
  const site: PointSketch[] = [
    { point: 'a', device: 'box' },
    { point: 'b', device: 'box' },
    { point: 'c', device: 'box' },
    { point: 'blind', device: 'box', document: { rules: {}, noData: false } },
    { point: 'alone', device: 'other' },
  ];
  const silent = (point: string, atMs: number, more: Partial<Transition> = {}) =>
    transition(point, 'raised', atMs, { rule: 'noData', kind: 'noData', level: 'blue', metric: null, ...more });
  const heard = (point: string, atMs: number) =>
    transition(point, 'cleared', atMs, { rule: 'noData', kind: 'noData', level: 'blue', metric: null });

  test('gives one alert: the others are suppressed and name it', () => {
    const world = setUp(site);
    world.tick(9_000, silent('a', 8_000), silent('alone', 8_000), silent('b', 8_000), silent('c', 8_500));
    const leader = world.alertOf('a')?.id;
    expect(world.brief()).toEqual([
      '8000 a raised',
      '8000 alone raised',
      `8000 b raised suppressed "caused-by:${leader}"`,
      `8500 c raised suppressed "caused-by:${leader}"`,
    ]);
  });

  test('points that fall silent one by one are drawn together when the last has', () => {
    const world = setUp(site);
    world.tick(1_000, silent('b', 1_000));
    world.tick(2_000, silent('a', 2_000));
    world.tick(3_000, silent('c', 3_000));
    const leader = world.alertOf('b')?.id;
    expect(world.brief()).toEqual([
      '1000 b raised',
      '2000 a raised',
      `3000 c raised suppressed "caused-by:${leader}"`,
      `3000 a note suppressed "caused-by:${leader}"`,
    ]);
  });

  test('the most severe of them speaks', () => {
    const world = setUp(site);
    world.tick(9_000, silent('a', 8_000), silent('b', 8_000, { level: 'orange' }), silent('c', 8_000));
    expect(
      world.lifecycle
        .open()
        .filter((alert) => !alert.suppressed)
        .map((alert) => alert.point),
    ).toEqual(['b']);
    expect(world.alertOf('a')?.suppressedBy).toBe(`caused-by:${world.alertOf('b')?.id}`);
  });

  test('that comes back with all its points announces nothing more', () => {
    const world = setUp(site);
    world.tick(1_000, silent('a', 1_000), silent('b', 1_000), silent('c', 1_000));
    world.events();
    world.take(heard('a', 5_000), heard('b', 5_000), heard('c', 5_000));
    expect(world.brief()).toEqual([
      '5000 a cleared cleared',
      '5000 b cleared closed suppressed',
      '5000 c cleared closed suppressed',
    ]);
    world.tick(HOUR);
    expect(world.brief()).toEqual([]);
  });

  test('points that stay silent when it speaks again are announced after one report interval', () => {
    const world = setUp(site);
    world.tick(1_000, silent('a', 1_000), silent('b', 1_000), silent('c', 1_000));
    world.take(heard('a', 5_000));
    world.take(heard('b', 6_000));
    world.events();
    expect(world.lifecycle.nextDeadlineMs()).toBe(5_000 + MINUTE);
    world.restart();
    world.tick(HOUR);
    expect(world.brief()).toEqual(['65000 c note "suppression-ended"']);
  });

  test('is announced by another point when the one that spoke for it goes into maintenance, and comes back as one', () => {
    const world = setUp(site);
    world.tick(1_000, silent('a', 1_000), silent('b', 1_000), silent('c', 1_000));
    world.events();
    world.plan('m1', { scope: { point: 'a' }, from: 2_000 }, 2_000);
    expect(world.brief()).toEqual([
      '2000 a note suppressed "maintenance:m1"',
      '2000 b note "suppression-ended"',
      `2000 c note suppressed "caused-by:${world.alertOf('b')?.id}"`,
    ]);
    world.plan('m2', { scope: { device: 'box' }, from: 3_000, to: 2 * HOUR }, 3_000);
    world.events();
    world.tick(3 * HOUR);
    expect(world.lifecycle.open().filter((alert) => !alert.suppressed)).toHaveLength(1);
  });

  test('with one watched point only is judged by that', () => {
    const world = setUp([
      { point: 'a', device: 'box' },
      { point: 'b', device: 'box', document: { rules: {}, noData: false } },
    ]);
    world.tick(1_000, silent('a', 1_000));
    expect(world.brief()).toEqual(['1000 a raised']);
  });

  test('a point that is taken away is not waited for', () => {
    const world = setUp(site);
    world.tick(1_000, silent('a', 1_000));
    world.tick(2_000, silent('b', 2_000));
    world.events();
    world.places.remove('c');
    world.lifecycle.moved('c', ['box'], 3_000, 90);
    expect(world.brief()).toEqual([`3000 b note suppressed "caused-by:${world.alertOf('a')?.id}"`]);
  });
});

describe('a flood', () => {
  const many: PointSketch[] = Array.from({ length: 40 }, (_, i) => ({ point: `p${i}`, device: `d${i}` }));
  const floods = (world: ReturnType<typeof setUp>) =>
    world
      .events()
      .filter(({ alert }) => alert.point === 'brink')
      .map(({ at, event, note, alert }) => `${at} ${alert.rule} ${event} ${alert.value} ${note}`);

  test('begins with the eleventh alert in ten minutes and ends when fewer than five are left in them', () => {
    const world = setUp(many);
    for (let i = 0; i < 10; i++) world.take(transition(`p${i}`, 'raised', i * MINUTE));
    expect(floods(world)).toEqual([]);
    world.take(transition('p10', 'raised', 10 * MINUTE));
    expect(floods(world)).toEqual([]);
    world.take(transition('p11', 'raised', 10 * MINUTE));
    expect(floods(world)).toEqual(['600000 alarm-flood raised 11 null']);
    world.take(transition('p12', 'raised', 11 * MINUTE));
    // The fifth last came at 9 min: 8, 9, 10, 10, 11.
    expect(world.lifecycle.nextDeadlineMs()).toBe(19 * MINUTE - MINUTE);
    world.restart();
    world.tick(HOUR);
    expect(floods(world)).toEqual(['1080000 alarm-flood cleared 11 alarms-announced:12']);
  });

  test('is made of what people hear: not of suppressed, shelved or retrospective alerts', () => {
    const world = setUp(many);
    world.areas();
    world.plan('m1', { scope: { area: 'market' }, from: 0, to: MINUTE });
    for (let i = 0; i < 12; i++) world.take(transition(`p${i}`, 'raised', 1_000));
    for (let i = 12; i < 30; i++) world.take(transition(`p${i}`, 'retrospective', 1_000));
    expect(floods(world)).toEqual([]);
    world.tick(MINUTE);
    expect(floods(world)).toEqual([`${MINUTE} alarm-flood raised 11 null`]);
  });

  test('does not outlast a clock that was set back', () => {
    const world = setUp(many);
    for (let i = 0; i < 12; i++) world.take(transition(`p${i}`, 'raised', 10 * HOUR));
    world.start(HOUR);
    expect(world.lifecycle.nextDeadlineMs()).toBe(HOUR + 10 * MINUTE);
  });
});

describe('chattering', () => {
  test('is shown on the alert, also when it clears, and ends a minute after the last raise, with an entry', () => {
    const world = setUp();
    world.take(transition('gas-1', 'raised', 1_000, { chattering: true }));
    world.take(transition('gas-1', 'cleared', 2_000));
    expect(world.events().map(({ alert }) => alert.chattering)).toEqual([true, true]);
    world.restart();
    world.tick(HOUR);
    const [ended] = world.events();
    expect(ended).toMatchObject({ event: 'note', note: 'chattering-ended', at: 61_000, alert: { chattering: false } });
  });

  test('each raise of the series puts its end off', () => {
    const world = setUp();
    for (const atMs of [1_000, 31_000]) {
      world.take(transition('gas-1', 'raised', atMs, { chattering: true }));
      world.take(transition('gas-1', 'cleared', atMs + 1));
    }
    world.tick(90_000);
    expect(world.events().map(({ note }) => note)).not.toContain('chattering-ended');
    world.tick(91_000);
    expect(world.events().map(({ note }) => note)).toEqual(['chattering-ended']);
  });
});
