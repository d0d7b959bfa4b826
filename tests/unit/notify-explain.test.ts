import { describe, expect, test } from 'vitest';
import type { AlertEvent } from '../../src/model/alert.ts';
import type { Intent } from '../../src/model/notify/delivery.ts';
import { entryAtMs } from '../../src/model/notify/telling-request.ts';
import { explain } from '../../src/notify/decide/explain.ts';
import { previewPeople } from '../../src/notify/decide/preview-people.ts';
import { compileSetup } from '../../src/notify/decide/setup.ts';
import { alertWith, DUTY, deciding, EVENING, MINUTE_MS, setupWith } from '../support/deciding.ts';

const SETUP = setupWith({
  ladders: [
    {
      id: 'ladder',
      steps: [
        { after: '2m', unless: 'delivered', to: [{ rota: 'rota', slot: 'backup' }] },
        { after: '5m', to: [{ person: 'wang' }, { person: 'zhang' }], by: ['call'] },
      ],
    },
  ],
  routes: [
    { id: 'gas', match: { families: ['gas'] }, to: [{ channel: 'robot' }] },
    {
      id: 'all',
      to: [{ rota: 'rota' }, { channel: 'robot' }],
      by: ['sms'],
      group: { by: ['area'], wait: '1m' },
      quiet: { hours: ['22:00', '07:00'], timezone: 'Asia/Shanghai' },
      ladder: 'ladder',
      repeat: '30m',
    },
  ],
});
const CONTEXT = { setup: compileSetup(SETUP, 7), dutyAt: () => DUTY, log: 'log' };

const line = ({ atMs, reason, step, channel, to }: Intent) =>
  `${(atMs - EVENING) / MINUTE_MS}m ${reason}${step === null ? '' : ` ${step}`} ${channel}>${'person' in to ? to.person : '*'}`;

describe('who would get this now', () => {
  test('stage by stage, with the whole ladder and its times, and the first repetition', () => {
    const { stages, told, revision, goesOn } = explain(
      CONTEXT,
      [],
      { alert: alertWith(), areas: ['village'] },
      EVENING,
    );
    expect(revision).toBe(7);
    expect(told.map(line)).toEqual([
      '1m raised sms>zhang',
      '1m raised robot>*',
      '3m step 0 sms>li',
      '8m step 1 mail>wang',
      '8m step 1 call>zhang',
      '31m repeat sms>zhang',
      '31m repeat robot>*',
      '31m repeat sms>li',
      '31m repeat mail>wang',
      '31m repeat call>zhang',
    ]);
    expect(goesOn).toBe(true);
    expect(stages.filter(({ atMs }) => atMs < EVENING + 9 * MINUTE_MS).map(({ code }) => code)).toEqual([
      'route',
      'route',
      'waits',
      'target',
      'target',
      'told',
      'told',
      'target',
      'told',
      'target',
      'passed-over',
      'instead',
      'target',
      'told',
      'told',
    ]);
    expect(stages.slice(0, 3)).toEqual([
      { atMs: EVENING, alert: 'p1', code: 'route', route: 'gas', verdict: 'other-family' },
      { atMs: EVENING, alert: 'p1', code: 'route', route: 'all', verdict: 'taken' },
      { atMs: EVENING, alert: 'p1', code: 'waits', route: 'all', why: 'group', untilMs: EVENING + MINUTE_MS },
    ]);
  });

  test('a silence and quiet hours say until when; what is told then is shown', () => {
    const match = { points: ['p1'] };
    const silence = { id: 's', match, fromMs: 0, untilMs: EVENING + 3 * 60 * MINUTE_MS, by: 'li', reason: 'painting' };
    const { stages, told } = explain(CONTEXT, [silence], { alert: alertWith(), areas: ['village'] }, EVENING);
    expect(
      stages.flatMap((stage) => ('untilMs' in stage ? [[stage.code, (stage.untilMs - EVENING) / MINUTE_MS]] : [])),
    ).toEqual([
      ['waits', 1],
      ['silenced', 180],
      ['quiet', 660],
    ]);
    expect(told.map(line)[0]).toBe('660m quiet-ended sms>zhang');
  });

  test.each([
    ['suppressed', { suppressed: true }],
    ['shelved', { shelvedUntil: EVENING + MINUTE_MS }],
    ['retrospective', { retrospective: true }],
  ])('one that is %s is told to nobody, and that is said', (why, is) => {
    const alert = alertWith(is);
    const { stages, told } = explain(CONTEXT, [], { alert, areas: ['village'] }, EVENING);
    expect(told).toEqual([]);
    expect(stages).toEqual([{ atMs: EVENING, alert: 'p1', code: 'not-announced', why }]);
  });

  test('it says what live telling does', () => {
    const d = deciding(SETUP);
    d.raise('p1', 'red');
    d.at(EVENING + 31 * MINUTE_MS);
    const alert = alertWith({ level: 'red', announcedAt: EVENING, receivedAt: EVENING, raisedAt: EVENING, seq: 1 });
    const { told } = explain(CONTEXT, [], { alert, areas: ['village'] }, EVENING);
    expect(told.map(line)).toEqual(d.intents.map(line));
  });
});

describe('preview of people', () => {
  /** What a night was, as the alert log has it. */
  function night(): { event: AlertEvent; areas: readonly string[]; atMs: number }[] {
    const d = deciding(setupWith({ routes: [] }));
    const events: AlertEvent[] = [];
    const at = (minutes: number, event: () => AlertEvent) => {
      d.at(EVENING + minutes * MINUTE_MS);
      events.push(event());
    };
    at(0, () => d.raise('p1', 'orange'));
    at(4, () => d.entry('acknowledged', 'p1', { acknowledged: true }, 'zhang3'));
    at(20, () => d.clear('p1'));
    at(200, () => d.raise('p2', 'red'));
    at(201, () => d.entry('acknowledged', 'p2', { acknowledged: true }, 'zhang3'));
    at(230, () => d.clear('p2'));
    return events.map((event) => ({ event, areas: ['village'], atMs: entryAtMs(event) }));
  }
  const ASSUMED = {
    answers: 'as-recorded',
    proof: 'accepted',
    night: ['22:00', '07:00'],
    timezone: 'Asia/Shanghai',
  } as const;
  const END = EVENING + 24 * 60 * MINUTE_MS;

  test('entry by entry what a live run would have sent, and who would have been woken when', () => {
    const { moments, persons, byChannel } = previewPeople(CONTEXT, night(), END, ASSUMED);
    expect(moments.map(({ seq, intents }) => [seq, intents.map(line)])).toEqual([
      [1, []],
      [null, ['1m raised sms>zhang', '1m raised robot>*']],
      [null, ['3m step 0 sms>li']],
      [2, ['4m acknowledged robot>*']],
      [3, ['20m cleared sms>zhang', '20m cleared robot>*', '20m cleared sms>li']],
      [4, ['200m raised sms>zhang', '200m raised robot>*']],
      [5, ['201m acknowledged robot>*']],
      [6, ['230m cleared sms>zhang', '230m cleared robot>*']],
    ]);
    expect(persons).toEqual([
      {
        person: 'zhang',
        messages: 4,
        byChannel: { sms: 4 },
        woken: [
          { atMs: EVENING + 200 * MINUTE_MS, channel: 'sms', alerts: ['p2'] },
          { atMs: EVENING + 230 * MINUTE_MS, channel: 'sms', alerts: ['p2'] },
        ],
      },
      { person: 'li', messages: 2, byChannel: { sms: 2 }, woken: [] },
    ]);
    expect(byChannel).toEqual({ sms: 6, robot: 6 });
  });

  test('when nobody answers every ladder is climbed; with receipts only what still lacks its proof is', () => {
    const steps = (assumed: Parameters<typeof previewPeople>[3]) =>
      previewPeople(CONTEXT, night(), END, assumed)
        .moments.flatMap(({ intents }) => intents)
        .filter(({ reason }) => reason === 'step')
        .map(line);
    expect(steps({ ...ASSUMED, answers: 'nobody' })).toEqual([
      '3m step 0 sms>li',
      '8m step 1 mail>wang',
      '8m step 1 call>zhang',
      '202m step 0 sms>li',
      '207m step 1 mail>wang',
      '207m step 1 call>zhang',
    ]);
    expect(steps({ ...ASSUMED, answers: 'nobody', proof: 'delivered' })).toEqual([
      '8m step 1 mail>wang',
      '8m step 1 call>zhang',
      '207m step 1 mail>wang',
      '207m step 1 call>zhang',
    ]);
    expect(steps({ ...ASSUMED, proof: 'delivered' })).toEqual([]);
  });

  test('a live run over the same night sends the same', () => {
    const d = deciding(SETUP);
    const entries = night();
    for (const { event, areas, atMs } of entries) {
      d.at(atMs);
      d.give({ type: 'entry', event, areas });
    }
    d.at(END);
    const { moments } = previewPeople(CONTEXT, entries, END, ASSUMED);
    expect(moments.flatMap(({ intents }) => intents)).toEqual(d.intents);
  });
});
