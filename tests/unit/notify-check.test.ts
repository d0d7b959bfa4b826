import { describe, expect, test } from 'vitest';
import { CHANNEL_FACTS } from '../../src/model/notify/channel-facts.ts';
import { checkSetup } from '../../src/model/notify/check-setup.ts';
import { NOTICE_FIELDS } from '../../src/model/notify/notice-fields.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { placeText } from '../../src/model/problem.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import { noticeOf } from '../../src/notify/outbox/notice.ts';
import { alertWith, OFFICE, setupWith } from '../support/deciding.ts';

const AREAS = new Map([
  ['town', null],
  ['village', 'town'],
  ['other', null],
]);

/** What is found, as `place code`. */
function found(setup: ReturnType<typeof setupWith>, areas: typeof AREAS | null = null) {
  const { problems, warnings } = checkSetup(setup, areas);
  const lines = (list: typeof problems) => list.map(({ path, code }) => `${placeText(path)} ${code}`);
  return { problems: lines(problems), warnings: lines(warnings) };
}

const CALL = [{ after: '2m', to: [{ team: 'duty' }], by: ['call'] }];
const SOUND = { id: 'all', to: [{ channel: 'robot' }], ladder: 'ladder' };

test('a setup that holds together has nothing wrong', () => {
  const setup = setupWith({ ladders: [{ id: 'ladder', steps: CALL }], routes: [SOUND] });
  expect(found(setup, AREAS)).toEqual({ problems: [], warnings: [] });
});

test('what stands for everybody of a chat is nobody’s id in it', () => {
  const isTaken = (id: string) =>
    notifySetupSchema.safeParse({ people: [{ id: 'zhang', name: '张三', wecom: id, dingtalk: id, feishu: id }] })
      .success;
  expect(['@all', 'all', 'ALL', '@ALL', '<@all>', 'a b'].filter(isTaken)).toEqual([]);
  expect(['zhang.san', 'ou_7d8a6e', 'allan', 'manager4220'].filter((id) => !isTaken(id))).toEqual([]);
});

test('an empty setup tells nobody, and that is no mistake', () => {
  expect(found(notifySetupSchema.parse({}))).toEqual({ problems: [], warnings: [] });
});

test('everything that is named and not there, in one go, with its place', () => {
  const setup = setupWith({
    people: [{ id: 'a', name: 'A', by: ['gone'], areas: ['nowhere'] }],
    ladders: [{ id: 'ladder', steps: [{ after: '1m', to: [{ person: 'gone' }], by: ['gone'] }] }],
    routes: [
      {
        id: 'all',
        match: { areas: ['nowhere'] },
        to: [{ person: 'x' }, { team: 'x' }, { rota: 'x' }, { channel: 'x' }],
        ladder: 'x',
      },
    ],
  });
  expect(found(setup, AREAS).problems).toEqual([
    'people[0].by[0] not-in-setup',
    'people[0].areas[0] unknown-area',
    'teams[0].members[0] not-in-setup',
    'teams[0].members[1] not-in-setup',
    'rotas[0].order[0].primary not-in-setup',
    'rotas[0].order[0].backup not-in-setup',
    'ladders[0].steps[0].to[0].person not-in-setup',
    'ladders[0].steps[0].by[0] not-in-setup',
    'routes[0].match.areas[0] unknown-area',
    'routes[0].ladder not-in-setup',
    'routes[0].to[0].person not-in-setup',
    'routes[0].to[1].team not-in-setup',
    'routes[0].to[2].rota not-in-setup',
    'routes[0].to[3].channel not-in-setup',
  ]);
});

test('an id that is there twice, routes in the whole tree', () => {
  const setup = setupWith({ routes: [{ id: 'a', to: [{ person: 'zhang' }], routes: [{ id: 'a' }] }] });
  expect(found(setup).problems).toEqual(['routes[0].routes[0].id id-repeated']);
});

describe('templates', () => {
  const saying = (title: string, body: string) =>
    notifySetupSchema.parse({ templates: [{ language: 'zh', title, body }] });

  test('that name a field that there is not, or the word that is not ours to use', () => {
    expect(found(saying('{level} {nosuch}', '{constructor} 预警')).problems).toEqual([
      'templates[0].title unknown-notice-field',
      'templates[0].body unknown-notice-field',
      'templates[0].body public-warning-word',
    ]);
  });

  test('every field that they may name is put in', () => {
    const { title, body } = noticeOf(
      {
        ...{ id: 'n', language: 'zh', reasons: ['raised'], atMs: 0, link: null, code: '4711' },
        alerts: [{ alert: alertWith(), names: { point: null, area: null, metric: null } }],
      },
      {
        timezone: 'Asia/Shanghai',
        templates: [{ language: 'zh', title: 't', body: NOTICE_FIELDS.map((name) => `${name}=<{${name}}>`).join(' ') }],
      },
    );
    expect(title).toBe('t');
    expect(found(saying('t', NOTICE_FIELDS.map((name) => `{${name}}`).join(''))).problems).toEqual([]);
    // Nothing is over or taken, no phone outside reaches us, and it has no other reason than that it was raised.
    expect([...body.matchAll(/(\w+)=<>/g)].map(([, name]) => name)).toEqual(['reason', 'state', 'by', 'link']);
  });

  test('what is only true or not is said in words, without a limit', () => {
    const shown = {
      alert: alertWith({ value: true, limit: true, unit: null }),
      names: { point: null, area: null, metric: null },
    };
    const told = (language: 'zh' | 'en') => {
      const spec = {
        id: 'n',
        language,
        reasons: ['raised'],
        alerts: [shown],
        atMs: 0,
        link: null,
        code: null,
      } as const;
      return noticeOf(spec, { timezone: 'Asia/Shanghai', templates: [] }).title;
    };
    expect([told('zh'), told('en')]).toEqual(['橙色 p1 depth 是', 'orange p1 depth yes']);
  });

  test('that are for all say nothing of a rehearsal or a test, which have no fields of an alert', () => {
    const templates = [{ language: 'zh', title: '{level} {point}', body: '{fact}' } as const];
    for (const reason of ['rehearsal', 'test'] as const) {
      const spec = { id: 'n', language: 'zh', reasons: [reason], alerts: [], atMs: 0, link: null, code: null } as const;
      const plain = noticeOf(spec, { timezone: 'Asia/Shanghai', templates: [] });
      expect(noticeOf(spec, { timezone: 'Asia/Shanghai', templates })).toEqual(plain);
    }
  });
});

describe('channels', () => {
  test('one that reaches nobody by itself cannot be told by itself', () => {
    expect(found(setupWith({ routes: [{ id: 'all', to: [{ channel: 'sms' }] }] })).problems).toEqual([
      'routes[0].to[0].channel channel-needs-person',
    ]);
  });

  test('one for which nobody has an address, and somebody whom none reaches', () => {
    const setup = setupWith({
      routes: [{ id: 'all', match: { levels: ['blue'] }, to: [{ person: 'wang' }, { person: 'zhao' }], by: ['sms'] }],
    });
    const { problems, warnings } = found(setup);
    expect(problems).toEqual(['routes[0].by[0] nobody-has-address']);
    expect(warnings).toContain('routes[0].to[1] person-unreachable');
  });

  test('somebody on duty whom no rehearsal of the rota can ask', () => {
    const rota = { ...OFFICE.rotas[0], rehearse: {} };
    const rehearsed = (templates: Readonly<Record<string, unknown>>) => {
      const sms = { id: 'sms', kind: 'aliyun-sms', settings: { templates } };
      const channels = [sms, ...OFFICE.channels.filter(({ id }) => id !== 'sms')];
      return found(notifySetupSchema.parse({ ...structuredClone(OFFICE), channels, rotas: [rota] })).warnings;
    };
    expect(rehearsed({ alert: {} })).toContain('rotas[0].rehearse person-unrehearsed');
    expect(rehearsed({ alert: {}, rehearsal: {} })).not.toContain('rotas[0].rehearse person-unrehearsed');
  });

  test('one that is off', () => {
    const setup = setupWith({
      channels: [{ id: 'robot', kind: 'wecom', off: true }],
      people: [],
      routes: [{ id: 'all', match: { levels: ['blue'] }, to: [{ channel: 'robot' }] }],
    });
    expect(found(setup).warnings).toContain('routes[0].to[0].channel channel-is-off');
  });
});

describe('ladders', () => {
  const ending = (step: Record<string, unknown>, levels: readonly string[]) =>
    found(
      setupWith({
        ladders: [{ id: 'ladder', steps: [...CALL, { after: '5m', ...step }] }],
        routes: [{ ...SOUND, match: { levels } }],
      }),
    ).problems;

  test.each([
    ['a robot', { to: [{ channel: 'robot' }] }, ['routes[0].ladder ladder-ends-unproven']],
    ['mail to somebody without an account', { to: [{ person: 'wang' }] }, ['routes[0].ladder ladder-ends-unproven']],
    ['mail to somebody whose console shows it', { to: [{ person: 'zhang' }], by: ['mail'] }, []],
    ['an SMS', { to: [{ person: 'li' }] }, []],
    ['a siren', { to: [{ channel: 'siren' }] }, []],
  ])('one for orange or red that ends on %s', (_what, step, problems) => {
    expect(ending(step, ['orange'])).toEqual(problems);
    expect(ending(step, ['yellow'])).toEqual([]);
  });

  test('the levels that a route leaves to its ladder are those of all routes above it', () => {
    const setup = setupWith({
      ladders: [{ id: 'ladder', steps: [{ after: '1m', to: [{ channel: 'robot' }] }] }],
      routes: [{ id: 'low', match: { levels: ['blue', 'yellow'] }, routes: [{ ...SOUND }] }],
    });
    expect(found(setup).problems).toEqual([]);
  });

  test('a step that waits for what none before it can give is always climbed', () => {
    const setup = setupWith({
      ladders: [{ id: 'ladder', steps: [{ ...CALL[0], unless: 'delivered' }] }],
      routes: [SOUND],
    });
    expect(found(setup).warnings).toEqual(['ladders[0].steps[0].unless proof-never-comes']);
  });

  test('red by a robot alone, without a ladder', () => {
    expect(found(setupWith({ routes: [{ id: 'all', to: [{ channel: 'robot' }] }] })).warnings).toEqual([
      'routes[0] red-without-proof',
    ]);
  });
});

test('what a route before it takes is no matter of a route that takes the rest', () => {
  const grave = { id: 'grave', match: { levels: ['orange', 'red'] }, to: [{ team: 'duty' }] };
  const rest = { id: 'rest', to: [{ channel: 'robot' }] };
  expect(found(setupWith({ routes: [grave, rest] })).warnings).toEqual([]);
  expect(found(setupWith({ routes: [{ ...grave, goOn: true }, rest] })).warnings).toEqual([
    'routes[1] red-without-proof',
  ]);
  expect(found(setupWith({ routes: [{ ...grave, match: { levels: ['red'] } }, rest] })).warnings).toEqual([
    'routes[1] red-without-proof',
  ]);
});

describe('routes', () => {
  const LOW = { to: [{ channel: 'robot' }] };
  const some = (routes: readonly unknown[]) =>
    found(setupWith({ routes }), AREAS).warnings.filter((line) => !/not-routed|red-without/.test(line));

  test('one behind another that takes all it would is never asked, unless that goes on or holds at times', () => {
    const gas = { ...LOW, id: 'gas', match: { families: ['gas'] } };
    expect(some([{ ...LOW, id: 'all' }, gas])).toEqual(['routes[1] route-never-asked']);
    expect(some([{ ...LOW, id: 'all', goOn: true }, gas])).toEqual([]);
    expect(some([{ ...LOW, id: 'all', match: { when: { hours: ['08:00', '18:00'] } } }, gas])).toEqual([]);
    expect(some([{ ...LOW, id: 'both', match: { families: ['gas', 'fire'] } }, gas])).toEqual([
      'routes[1] route-never-asked',
    ]);
  });

  test('one whose conditions never hold with those above it; areas may lie within one another', () => {
    const within = (match: unknown, above: unknown) =>
      some([{ ...LOW, id: 'above', match: above, routes: [{ id: 'below', match }] }]);
    expect(within({ families: ['fire'] }, { families: ['gas'] })).toEqual([
      'routes[0].routes[0].match route-takes-nothing',
    ]);
    expect(within({ areas: ['village'] }, { areas: ['town'] })).toEqual([]);
    expect(within({ areas: ['other'] }, { areas: ['town'] })).toEqual([
      'routes[0].routes[0].match route-takes-nothing',
    ]);
  });

  test('one that tells nobody, and one that repeats too often', () => {
    expect(some([{ id: 'all' }])).toEqual(['routes[0] route-tells-nobody']);
    expect(found(setupWith({ routes: [{ ...LOW, id: 'all', repeat: '10s' }] })).problems).toEqual([
      'routes[0].repeat repeat-too-often',
    ]);
  });

  test('what no route is sure to take, by level, with families and areas', () => {
    const setup = setupWith({
      routes: [
        { id: 'red', match: { levels: ['red'] }, to: [{ team: 'duty' }] },
        { id: 'town', match: { areas: ['town'], levels: ['orange'] }, to: [{ team: 'duty' }] },
        { id: 'day', match: { levels: ['yellow'], when: { hours: ['08:00', '18:00'] } }, to: [{ team: 'duty' }] },
      ],
    });
    const { warnings } = checkSetup(setup, AREAS);
    expect(warnings.map(({ values }) => values)).toEqual([
      { level: 'orange', kind: 'levels', families: [], areas: { known: ['other'], more: 0 } },
      { level: 'yellow', kind: 'levels', families: [], areas: { known: [], more: 0 } },
      { level: 'blue', kind: 'levels', families: [], areas: { known: [], more: 0 } },
      { level: 'orange', kind: 'system', families: [], areas: { known: [], more: 0 } },
      { level: 'yellow', kind: 'system', families: [], areas: { known: [], more: 0 } },
      { level: 'blue', kind: 'system', families: [], areas: { known: [], more: 0 } },
    ]);
  });
});

test('what deciding knows of kinds of channels is what they are', () => {
  const types = Object.values(CHANNEL_TYPES);
  expect(types.length).toBeGreaterThan(5);
  for (const { kind, proof, reaches } of types) {
    const facts = CHANNEL_FACTS[kind];
    expect([kind, facts.proof, facts.isGroup]).toEqual([kind, proof, reaches === 'group']);
    if (reaches !== 'group') expect(facts.addresses).toEqual([reaches]);
  }
});

describe('shifts', () => {
  const warned = (...shifts: { id: string; hours: string[]; days?: string }[]) => {
    const rota = { id: 'rota', turn: 'day', from: '2026-07-01', order: [{ primary: 'a' }], shifts };
    const setup = notifySetupSchema.parse({ people: [{ id: 'a', name: 'A' }], rotas: [rota] });
    return found(setup).warnings;
  };
  const day = { id: 'day', hours: ['08:00', '18:00'] };
  const night = { id: 'night', hours: ['18:00', '08:00'] };

  test('that leave no hour free have no warning, on days of either kind', () => {
    expect(warned(day, night)).toEqual([]);
    const off = { id: 'off', hours: ['08:00', '08:00'], days: 'off' };
    expect(warned({ ...day, days: 'working' }, { ...night, days: 'working' }, off)).toEqual([]);
  });

  test('that leave hours free, or run into one another over midnight too, are warned of', () => {
    expect(warned(night)).toEqual(['rotas[0].shifts rota-uncovered', 'rotas[0].shifts rota-uncovered']);
    expect(warned({ ...day, days: 'working' }, night)).toEqual(['rotas[0].shifts rota-uncovered']);
    expect(warned(day, { id: 'night', hours: ['18:00', '09:00'] })).toEqual([
      'rotas[0].shifts[0].hours shifts-overlap',
    ]);
  });
});
