import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snapped, stepFor, valueAfterKey, valueAt, yOf } from '../../src/console/chart/dragging.ts';
import { withAdvice, withFigure } from '../../src/console/thresholds/editor/apply-advice.ts';
import { kindOf, partsOf, withKind } from '../../src/console/thresholds/editor/criterion-kinds.ts';
import {
  filledIn,
  freeId,
  getAt,
  newRule,
  renameAt,
  setAt,
  splitDuration,
  withChanges,
} from '../../src/console/thresholds/editor/draft.ts';
import {
  begun,
  type DraftHistory,
  type DraftStep,
  draftStep,
} from '../../src/console/thresholds/editor/draft-history.ts';
import { openedView, type ViewStep, viewStep } from '../../src/console/thresholds/editor/editor-view.ts';
import { incidentAt, windowAround } from '../../src/console/thresholds/editor/incidents.ts';
import { lineDifference } from '../../src/console/thresholds/editor/line-difference.ts';
import { mergeOnto } from '../../src/console/thresholds/editor/merge.ts';
import { check, placedProblems } from '../../src/console/thresholds/editor/problems.ts';
import type { SaveOutcome } from '../../src/console/thresholds/editor/save-outcome.ts';
import { limitPlaces } from '../../src/console/thresholds/limits.ts';
import { problemOf, problemText } from '../../src/console/thresholds/problem-words.ts';
import { compileLeniently } from '../../src/evaluate/compile.ts';
import { differencesOf } from '../../src/model/difference.ts';
import { pointerOf, stepsOf } from '../../src/model/pointer.ts';
import type { Incident } from '../../src/model/preview.ts';
import { RULE_KINDS, type Rule, type ThresholdDocument } from '../../src/model/threshold.ts';

const document = (rules: Record<string, unknown>): ThresholdDocument => ({ rules }) as ThresholdDocument;
const DEPTH = document({
  depth: {
    metric: 'depth',
    unit: 'cm',
    deadband: 2,
    levels: { yellow: { above: 15, for: '60s' }, red: { above: 27 } },
  },
});

describe('a draft', () => {
  test('a value is put in its place and nothing else is touched', () => {
    const next = setAt(DEPTH, ['rules', 'depth', 'levels', 'red', 'above'], 30);
    expect(next.rules.depth?.levels?.red).toEqual({ above: 30 });
    expect(next.rules.depth?.levels?.yellow).toBe(DEPTH.rules.depth?.levels?.yellow);
    expect(DEPTH.rules.depth?.levels?.red).toEqual({ above: 27 });
  });

  test('undefined takes keys and entries of lists away', () => {
    expect(setAt({ a: { b: 1, c: 2 } }, ['a', 'b'], undefined)).toEqual({ a: { c: 2 } });
    expect(setAt({ list: [1, 2, 3] }, ['list', 1], undefined)).toEqual({ list: [1, 3] });
    expect(setAt({}, ['source', 'note'], 'x')).toEqual({ source: { note: 'x' } });
  });

  test('pointers and paths are two ways to write the same', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (path) => {
        expect(stepsOf(pointerOf(path))).toEqual(path);
      }),
    );
  });

  test('the changes between two documents, made to the first, give the second', () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string());
    const tree = fc.dictionary(fc.string({ minLength: 1 }), fc.dictionary(fc.string({ minLength: 1 }), leaf));
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(differencesOf(withChanges(a, differencesOf(a, b)), b)).toEqual([]);
      }),
    );
  });

  test('a renamed rule keeps its place', () => {
    const three = { rules: { a: 1, b: 2, c: 3 } };
    expect(Object.keys(renameAt(three, ['rules'], 'b', 'z').rules)).toEqual(['a', 'z', 'c']);
    expect(freeId(document({ depth: {}, 'depth-2': {} }), 'depth')).toBe('depth-3');
  });

  test('what is not filled in yet is left out of words', () => {
    expect(filledIn({ above: null, list: [1, null], for: '60s' })).toEqual({ list: [1], for: '60s' });
    expect(getAt({ a: [{ b: 1 }] }, ['a', '0', 'b'])).toBe(1);
  });

  test('durations keep the unit they are written in', () => {
    expect(splitDuration('90s')).toEqual({ amount: 90, unit: 's' });
    expect(splitDuration('1h30m')).toEqual({ amount: 90, unit: 'm' });
    expect(splitDuration('0s')).toEqual({ amount: 0, unit: 's' });
    expect(splitDuration('soon')).toBeUndefined();
  });
});

describe('kinds of criterion', () => {
  test.each([
    [{ above: 23.5, below: 19.5 }, 'limit'],
    [{ average: '8h', above: 20 }, 'average'],
    [{ rise: 5, within: '1h' }, 'change'],
    [{ curve: { over: 'f', points: [[10, 5]] as [number, number][] } }, 'curve'],
    [{ equals: true }, 'equals'],
    [{ all: [{ above: 1 }, { below: 9 }] }, 'all'],
    [{ above: 25, rise: 8, within: '10m' }, 'mixed'],
  ] as const)('%j is %s', (criterion, kind) => {
    expect(kindOf(criterion as Parameters<typeof kindOf>[0])).toBe(kind);
  });

  test('figures that mean the same stay, and so does what stands beside the criterion', () => {
    const level = { above: 20, for: '60s', label: 'x' };
    expect(withKind(level, 'average', undefined)).toEqual({ average: null, above: 20, for: '60s', label: 'x' });
    expect(withKind(level, 'any', undefined)).toEqual({
      any: [{ above: 20 }, { above: null }],
      for: '60s',
      label: 'x',
    });
    const any = { any: [{ above: 20 }, { rise: 5, within: '1h' }] };
    expect(withKind(any, 'all', undefined)).toEqual({ all: any.any });
    expect(withKind(any, 'limit', undefined)).toEqual({ above: 20 });
    expect(withKind({ above: 5 }, 'curve', 'frequency')).toEqual({
      curve: {
        over: 'frequency',
        points: [
          [null, null],
          [null, null],
        ],
      },
    });
    expect(partsOf({ above: 25, rise: 8, within: '10m' })).toEqual(['limit', 'change']);
  });

  test('a new rule of each kind says what is still open, and nothing else is wrong with it', () => {
    for (const kind of RULE_KINDS) {
      const checked = check(document({ one: newRule(kind, 'depth', 'pt-1') }), ['depth'], undefined);
      const messages = checked.ok ? [] : [...new Set(checked.problems.map(({ code }) => code))];
      expect(messages, kind).toEqual(kind === 'vote' ? [] : ['missing']);
    }
  });
});

describe('checking a draft', () => {
  test('what is missing, wrong or does not fit together is told at its place', () => {
    const checked = check(
      document({
        depth: {
          metric: 'depht',
          levels: { red: { above: null }, yellow: { average: '8h', above: 3, rise: 2 } },
        },
      }),
      ['depth'],
      undefined,
    );
    expect(checked).toMatchObject({
      ok: false,
      problems: [
        { path: '/rules/depth/levels/yellow', code: 'change-without-window' },
        { path: '/rules/depth/levels/red/above', code: 'missing' },
      ],
    });
    const unknown = check(
      document({ depth: { metric: 'depht', levels: { red: { above: 1 } } } }),
      ['depth'],
      undefined,
    );
    expect(unknown).toMatchObject({ ok: false, problems: [{ path: '/rules/depth/metric' }] });
    const voters = document({ zone: { vote: { points: ['a', 'b'], atLeast: 1, level: 'red' } } });
    expect(check(voters, [], new Set(['a']))).toMatchObject({
      ok: false,
      problems: [{ path: '/rules/zone/vote/points/1' }],
    });
  });

  test('of two alternatives the one that was meant is spoken of', () => {
    const checked = check(document({ silent: { noData: { after: null, level: 'pink' } } }), [], undefined);
    expect(checked.ok ? [] : checked.problems.map(({ path }) => path)).toEqual([
      '/rules/silent/noData/after',
      '/rules/silent/noData/level',
    ]);
  });

  test('a figure that a level has from its rule is wrong where it stands', () => {
    const draft = document({
      depth: { metric: 'depth', recover: 30, levels: { red: { above: 27 }, blue: { above: 5 } } },
    });
    const errors = ['red', 'blue'].map((level) => ({ path: `/rules/depth/levels/${level}/recover`, message: 'no' }));
    expect(placedProblems(errors, draft)).toEqual([{ path: '/rules/depth/recover', message: 'no' }]);
    const own = setAt(draft, ['rules', 'depth', 'levels', 'red', 'recover'], 30);
    expect(placedProblems(errors.slice(0, 1), own)).toEqual(errors.slice(0, 1));
  });
});

describe('problems in the chosen language', () => {
  const POINT: Omit<Parameters<typeof compileLeniently>[0], 'document'> = {
    reportEveryMs: 1_000,
    metrics: {
      depth: { type: 'number', unit: 'cm', series: 0 },
      on: { type: 'boolean', series: 1 },
      mode: { type: 'string', values: ['auto', 'manual'], series: 2 },
      plain: { type: 'number', series: 3 },
    },
  };
  /** One thing wrong each, as far as the schema, the consistency checks and evaluation can tell. */
  const WRONG: Record<string, unknown> = {
    missing: { metric: 'depth', levels: { red: { above: null } } },
    noLevel: { metric: 'depth', levels: {} },
    noCriterion: { metric: 'depth', levels: { red: {} } },
    noMetric: { levels: { red: { above: 1 } } },
    both: { metric: 'depth', deadband: 1, recover: 2, levels: { red: { above: 3 } } },
    tooSmall: { metric: 'depth', deadband: -1, levels: { red: { above: 3 } } },
    coverage: { metric: 'depth', levels: { red: { average: '1h', above: 3, coverage: 2 } } },
    duration: { metric: 'depth', for: 'soon', levels: { red: { above: 3 } } },
    curveFalls: {
      metric: 'depth',
      levels: {
        red: {
          curve: {
            over: 'plain',
            points: [
              [2, 1],
              [1, 2],
            ],
          },
        },
      },
    },
    votes: { vote: { points: ['pt-1'], atLeast: 2, level: 'red' } },
    unknownMetric: { metric: 'death', levels: { red: { above: 3 } } },
    recoverBelow: { metric: 'depth', recover: 30, levels: { red: { above: 3 } } },
    recoverAbove: { metric: 'depth', recover: 1, levels: { red: { below: 3 } } },
    twoSides: { metric: 'depth', recover: 1, levels: { red: { above: 9, below: 3 } } },
    noLimit: { metric: 'depth', recover: 1, levels: { red: { rise: 9, within: '1h' } } },
    tooWide: { metric: 'depth', deadband: 5, levels: { red: { above: 9, below: 3 } } },
    instant: { metric: 'depth', levels: { red: { rise: 9, within: '0s' } } },
    ofBoolean: { metric: 'on', levels: { red: { above: 3 } } },
    wrongType: { metric: 'on', levels: { red: { equals: 3 } } },
    unknownValue: { metric: 'mode', levels: { red: { equals: 'off' } } },
    overBoolean: { metric: 'depth', levels: { red: { curve: { over: 'on', points: [[1, 1]] } } } },
    unknownUnit: { metric: 'depth', unit: 'fathom', levels: { red: { above: 3 } } },
    wrongUnit: { metric: 'depth', unit: 'MPa', levels: { red: { above: 3 } } },
    noUnit: { metric: 'plain', unit: 'cm', levels: { red: { above: 3 } } },
    delayOfFault: { metric: 'depth', for: '1s', stuck: { after: '1h' } },
    deadbandOfVote: { deadband: 1, vote: { points: ['pt-1'], atLeast: 1, level: 'red' } },
    timezone: {
      metric: 'depth',
      levels: { red: { above: 3 } },
      schedule: [{ timezone: 'Mars', levels: { red: { above: 1 } } }],
    },
    season: {
      metric: 'depth',
      levels: { red: { above: 3 } },
      schedule: [{ season: ['5-1', '09-30'], levels: { red: { above: 1 } } }],
    },
    dates: {
      metric: 'depth',
      levels: { red: { above: 3 } },
      schedule: [{ dates: ['2026-02-02', '2026-01-01'], levels: { red: { above: 1 } } }],
    },
  };
  const keyOnly = ((key: string) => key) as unknown as Parameters<typeof problemText>[1];

  test.each(Object.keys(WRONG))('%s has words of its own', (name) => {
    const wrong = document({ one: WRONG[name] });
    const checked = check(wrong, Object.keys(POINT.metrics), undefined);
    const problems = checked.ok
      ? compileLeniently({ ...POINT, document: checked.document }).problems.map(problemOf)
      : checked.problems;
    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problemText(problem, keyOnly)).toMatch(/^editor\.problem\./);
  });
});

describe('two people at the same document', () => {
  const mine = setAt(DEPTH, ['rules', 'depth', 'deadband'], 3);

  test('changes of different places stand side by side', () => {
    const theirs = setAt(DEPTH, ['rules', 'depth', 'levels', 'red', 'above'], 25);
    const { document: merged, conflicts } = mergeOnto(DEPTH, theirs, mine);
    expect(conflicts).toEqual([]);
    expect(merged).toEqual(setAt(theirs, ['rules', 'depth', 'deadband'], 3));
  });

  test('the same place changed by both is told, with all three values', () => {
    const theirs = setAt(DEPTH, ['rules', 'depth', 'deadband'], 1);
    const { document: merged, conflicts } = mergeOnto(DEPTH, theirs, mine);
    expect(conflicts).toEqual([{ path: '/rules/depth/deadband', base: 2, theirs: 1, mine: 3 }]);
    expect(merged.rules.depth?.deadband).toBe(3);
  });

  test('a rule that one has removed and the other changed is in dispute as a whole', () => {
    const theirs = document({});
    const { document: merged, conflicts } = mergeOnto(DEPTH, theirs, mine);
    expect(conflicts.map(({ path, theirs: there }) => [path, there])).toEqual([['/rules/depth', undefined]]);
    expect(merged.rules.depth).toEqual(mine.rules.depth);
  });

  test('the same change by both is none', () => {
    expect(mergeOnto(DEPTH, mine, mine)).toEqual({ document: mine, conflicts: [] });
  });
});

describe('dragging a limit', () => {
  const area = { left: 50, top: 10, width: 600, height: 200, low: 0, high: 40 };

  test('pixels and values are the same thing twice', () => {
    expect(yOf(40, area)).toBe(10);
    expect(yOf(0, area)).toBe(210);
    for (const value of [0, 7.5, 40]) expect(valueAt(yOf(value, area), area)).toBeCloseTo(value, 9);
  });

  test('steps are round, and a value at a step has no dust', () => {
    expect([40, 1, 300, 0.02, 0].map(stepFor)).toEqual([0.5, 0.01, 5, 0.0002, 1]);
    expect(snapped(27.234, 0.1)).toBe(27.2);
    expect(snapped(0.1 + 0.2, 0.1)).toBe(0.3);
  });

  test('arrows move by a step, Shift and the page keys by ten', () => {
    const key = (name: string, shiftKey = false) => valueAfterKey(27, 0.5, { key: name, shiftKey });
    expect([key('ArrowUp'), key('ArrowDown'), key('ArrowUp', true), key('PageDown')]).toEqual([27.5, 26.5, 32, 22]);
    expect(key('Tab')).toBeUndefined();
  });

  test('limits are drawn in the unit of the metric, with the place where the level is left again', () => {
    const inMetres = document({
      depth: { metric: 'depth', unit: 'm', deadband: 0.02, levels: { red: { above: 0.27 } } },
    });
    expect(limitPlaces(inMetres, 'depth', 'cm')).toMatchObject([
      { path: ['rules', 'depth', 'levels', 'red', 'above'], value: 0.27, shown: 27, releaseAt: 25, level: 'red' },
    ]);
    const twoSided = document({ o2: { metric: 'o2', deadband: 0.5, levels: { red: { above: 23.5, below: 19.5 } } } });
    expect(limitPlaces(twoSided, 'o2', '%VOL').map(({ shown, releaseAt }) => [shown, releaseAt])).toEqual([
      [23.5, 23],
      [19.5, 20],
    ]);
    const nested = document({
      d: { metric: 'd', levels: { red: { any: [{ above: 5 }, { average: '1h', above: 3 }] } } },
    });
    expect(limitPlaces(nested, 'd', 'cm').map(({ path }) => pointerOf(path))).toEqual([
      '/rules/d/levels/red/any/0/above',
    ]);
  });
});

describe('taking advice over', () => {
  const inForce = DEPTH.rules.depth as Rule;

  test('a suggestion fills in what it is about; limits edited meanwhile stay', () => {
    const suggested = { ...inForce, deadband: 3, recoverFor: '60s' };
    const draft = setAt(inForce, ['levels', 'red', 'above'], 30);
    expect(withAdvice(draft, inForce, suggested)).toEqual({ ...draft, deadband: 3, recoverFor: '60s' });
  });

  test('one figure of a curve stands for all levels; the upper level of gas does not wait', () => {
    expect(withFigure(inForce, 'for', '30s', true)).toMatchObject({
      for: '30s',
      levels: { yellow: { above: 15 }, red: { above: 27, for: '0s' } },
    });
    expect(withFigure(inForce, 'for', '30s', false).levels?.yellow).toEqual({ above: 15 });
    expect(withFigure({ ...inForce, recover: 3 }, 'deadband', 0, false)).not.toHaveProperty('recover');
  });
});

describe('incidents on the chart', () => {
  const incident = (raisedAt: number, clearedAt: number | null) =>
    ({ raisedAt, clearedAt, breachAt: raisedAt }) as Incident;

  test('one looks at an incident with room on both sides', () => {
    expect(windowAround(incident(10_000, 20_000), 100, 99_999)).toEqual({ fromMs: 0, toMs: 30_000 });
    expect(windowAround(incident(10_000, null), 1_000, 15_000)).toEqual({ fromMs: -10_000, toMs: 35_000 });
  });

  test('the nearest within reach is meant', () => {
    const [a, b] = [incident(0, 100), incident(200, null)];
    expect(incidentAt([a, b], 140, 50, 300)).toBe(a);
    expect(incidentAt([a, b], 170, 50, 300)).toBe(b);
    expect(incidentAt([a, b], 150, 10, 300)).toBeUndefined();
  });
});

test('texts are compared line by line', () => {
  const signs = (a: string, b: string) => lineDifference(a, b).map(({ sign, text }) => sign + text);
  expect(signs('a\nb\nc', 'a\nx\nc')).toEqual([' a', '-b', '+x', ' c']);
  expect(signs('a', 'a\nb')).toEqual([' a', '+b']);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), fc.array(fc.constantFrom('a', 'b', 'c')), (a, b) => {
      const lines = lineDifference(a.join('\n'), b.join('\n'));
      const of = (sign: string) =>
        lines
          .filter((line) => line.sign === ' ' || line.sign === sign)
          .map(({ text }) => text)
          .join('\n');
      expect([of('-'), of('+')]).toEqual([a.join('\n'), b.join('\n')]);
    }),
  );
});

describe('the way of a draft', () => {
  const inForce = { revision: 1, document: DEPTH, untilMs: null };
  const level = (red: number, what = 'red'): DraftStep => ({
    kind: 'change',
    how: (draft) => setAt(draft, ['rules', 'depth', 'levels', 'red', 'above'], red),
    what,
    atMs: red,
  });
  const afterSteps = (...steps: readonly DraftStep[]) => steps.reduce(draftStep, begun(inForce));
  const redOf = ({ draft }: DraftHistory) => draft.rules.depth?.levels?.red;

  test('what is typed into one field within a second is one step back', () => {
    const typed = afterSteps(level(3), level(30), level(300), level(2_000));
    expect(redOf(draftStep(typed, { kind: 'undo' }))).toEqual({ above: 300 });
    expect(redOf(afterSteps(level(3), level(30), { kind: 'undo' }))).toEqual({ above: 27 });
    expect(afterSteps({ kind: 'undo' })).toEqual(begun(inForce));
  });

  test('another field, and whatever is a step by itself, can be taken back alone', () => {
    const both = afterSteps(level(3), level(30, 'yellow'));
    expect(redOf(draftStep(both, { kind: 'undo' }))).toEqual({ above: 3 });
    const whole = afterSteps(level(3, ''), level(30, ''));
    expect(redOf(draftStep(whole, { kind: 'undo' }))).toEqual({ above: 3 });
  });

  test('a change that changes nothing is no step; beginning anew forgets the way', () => {
    expect(afterSteps({ kind: 'change', how: (draft) => draft, what: 'red', atMs: 1 })).toEqual(begun(inForce));
    const anew = afterSteps(level(3), { kind: 'begin', from: { ...inForce, revision: 2 }, draft: DEPTH });
    expect(anew).toEqual(begun({ ...inForce, revision: 2 }));
  });
});

describe('what of the editor is looked at', () => {
  const NOW_MS = 1_000_000_000_000.5;
  const afterSteps = (...steps: readonly ViewStep[]) => steps.reduce(viewStep, openedView(NOW_MS));
  const outcome = (kind: SaveOutcome): ViewStep => ({ kind: 'outcome', outcome: kind, draft: DEPTH, problems: [] });
  const SAVING: ViewStep = { kind: 'open', dialog: 'save' };

  test('a dialog stays for who can try again, and makes room for who was faster', () => {
    const failed = afterSteps(SAVING, outcome({ kind: 'failed', words: 'no' }));
    expect(failed).toMatchObject({ dialog: 'save', failure: 'no' });
    expect(viewStep(failed, { kind: 'try' })).toMatchObject({ dialog: 'save', failure: null });
    expect(viewStep(failed, { kind: 'close' })).toMatchObject({ dialog: null, failure: null });
    expect(afterSteps(SAVING, outcome({ kind: 'conflict' })).dialog).toBe('conflict');
    expect(afterSteps(SAVING, outcome({ kind: 'proposed' })).dialog).toBeNull();
    const refused = afterSteps(SAVING, outcome({ kind: 'invalid', errors: [] }));
    expect(refused).toMatchObject({ dialog: null, refused: { draft: DEPTH } });
  });

  test('another period ends now, begins whole days before, and is seen whole', () => {
    const view = afterSteps(
      { kind: 'zoom', zoomed: { fromMs: 1, toMs: 2 } },
      { kind: 'period', days: 7, nowMs: NOW_MS + 60_000 },
    );
    expect(view).toMatchObject({ days: 7, zoomed: null });
    expect(view.period.toMs).toBe(1_000_000_060_000);
    expect(view.period.toMs - view.period.fromMs).toBe(7 * 86_400_000);
  });

  test('text that cannot be read is thrown away for the fields', () => {
    const stuck = afterSteps({ kind: 'form', form: 'text' }, { kind: 'text', isReadable: false });
    expect(viewStep(stuck, { kind: 'give-up-text' })).toMatchObject({ form: 'fields', isTextReadable: true });
  });
});
