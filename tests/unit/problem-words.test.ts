import { expect, test } from 'vitest';
import { errorAt, problemDocument } from '../../src/api/problems.ts';
import { editorEn } from '../../src/console/i18n/editor.en.ts';
import { editorZh } from '../../src/console/i18n/editor.zh.ts';
import { pointerOf } from '../../src/model/pointer.ts';
import { knownOf, type ProblemCode, type ProblemValues, placeText } from '../../src/model/problem.ts';
import { placedText, problemText } from '../../src/model/problem-words.ts';

const KNOWN = knownOf(['a', 'b']);
const SPAN = { limit: 'above 400', low: 0, high: 300, unit: 'cm' };
const ORDER = { level: 'red', than: 'yellow', found: 'above 15', other: 'above 25' } as const;

/** Values for every code there is; a code without is an error of types. */
const VALUES: ProblemValues = {
  missing: { type: 'number' },
  'other-type': { type: 'object' },
  'not-one-of': { allowed: ['red', 'blue'] },
  'unknown-keys': { keys: ['abve', 'x'] },
  'key-refused': { problems: [{ code: 'bad-id', values: {} }] },
  'no-form-fits': { problems: [{ code: 'other-type', values: { type: 'number' } }] },
  'too-small': { least: 1, of: 'list', isIncluded: true },
  'too-big': { most: 64, of: 'text', isIncluded: true },
  'not-valid': { words: 'a line such as this' },
  'no-duration': {},
  'no-month-day': {},
  'no-date': {},
  'no-clock-time': {},
  'no-clock-time-or-end': {},
  'bad-id': {},
  'control-characters': {},
  'not-encoded': { encoding: 'hex' },
  'curve-not-rising': {},
  'deadband-and-recover': {},
  'no-level': {},
  'not-one-kind': { kinds: ['levels', 'vote'], found: [] },
  'rule-without-metric': { kind: 'levels' },
  'schedule-without-levels': {},
  'too-many-votes': {},
  'several-aggregates': { aggregates: ['average', 'sum'] },
  'aggregate-without-limit': { aggregate: 'average' },
  'change-without-window': {},
  'window-without-change': {},
  'coverage-without-window': {},
  'any-and-all': {},
  'group-not-alone': {},
  'no-criterion': {},
  'range-not-for-type': {},
  'values-not-for-type': {},
  'place-swapped': {},
  'no-longitude': {},
  'no-latitude': {},
  'unknown-metric': { metric: 'm', ...KNOWN },
  'unknown-point': { point: 'p' },
  'needs-number': { by: 'limit', metric: 'm', type: 'boolean' },
  'equals-other-type': { metric: 'm', type: 'boolean', value: 'on' },
  'equals-unknown-value': { metric: 'm', value: 'on', ...KNOWN },
  'range-reversed': {},
  'only-with-levels': {},
  'not-with-vote': {},
  'window-empty': {},
  'recover-two-sides': {},
  'recover-needs-limit': {},
  'recover-not-below': { recover: 12, limit: 10 },
  'recover-not-above': { recover: 9, limit: 10 },
  'deadband-too-wide': { low: 1, high: 10 },
  'metric-without-unit': { unit: 'cm', metric: 'm' },
  'unknown-unit': { unit: 'fathom', metric: 'm', to: 'cm' },
  'unknown-unit-of-metric': { unit: 'cm', metric: 'm', to: 'fathom' },
  'unit-of-other-gas': { unit: 'ppm(CO)', to: 'ppm(H2S)' },
  'unit-needs-gas': { unit: 'ppm', metric: 'm', to: '%LEL' },
  'unit-of-other-quantity': { unit: 'MPa', to: 'cm' },
  'unknown-timezone': { timezone: 'Mars' },
  'dates-reversed': { from: '2026-02-02', to: '2026-01-01' },
  'level-easier': ORDER,
  'level-sooner': ORDER,
  'limit-never': SPAN,
  'limit-always': SPAN,
  'limit-never-left': SPAN,
  'silence-between-reports': { after: '10s', reportEvery: '15s' },
  'unknown-profile': { profile: 'x', ...KNOWN },
  'unknown-device': { device: 'd' },
  'not-another-area': { area: 'a' },
  'unknown-area': { area: 'x', ...KNOWN },
  'unknown-field': { field: 'x', profile: 'gas', ...KNOWN },
  'area-in-itself': { area: 'a', parent: 'b' },
  'id-repeated': { kind: 'device', id: 'd', first: 'devices[0]' },
  'document-repeated': { point: 'p' },
  'point-taken': { point: 'p', device: 'd' },
  'public-secret': { device: 'd' },
  'bad-path': {},
  'bad-topic-pattern': {},
  'bad-zone': {},
  'bad-codec-file': {},
  'at-or-constant': {},
  'device-nowhere': {},
  'topic-nowhere': {},
  'not-of-format': { keys: ['device'], format: 'uplink' },
  'unknown-value': { value: 'v', known: ['a'], more: 0 },
  'unknown-profile-metric': { metric: 'm', known: ['a'], more: 0 },
  'public-warning-word': {},
  'keyword-with-signs': {},
  'header-of-transport': {},
  'header-value-signs': {},
  'template-signs': { signs: ['【', 'm³'] },
  'template-link-in-variable': {},
  'unknown-notice-field': { field: 'x', ...KNOWN },
  'template-variables': { text: ['level'], given: [] },
  'template-not-json': {},
  'no-broker-address': {},
  'bad-topic-filter': {},
  'cannot-listen': { why: 'in-use' },
  'loopback-only': {},
  'name-in-configuration': { name: 'town' },
  'name-of-other-kind': { name: 'town' },
  'secret-needed': {},
  'bad-webhook-secret': {},
  'address-with-login': {},
  'address-with-query': {},
  'not-in-setup': { kind: 'person', id: 'x', ...KNOWN },
  'channel-needs-person': { channel: 'sms' },
  'channel-is-off': { channel: 'sms' },
  'nobody-has-address': { channel: 'sms', addresses: ['phone'] },
  'person-unreachable': { person: 'zhao' },
  'person-unrehearsed': { person: 'zhao' },
  'team-empty': { team: 'duty' },
  'shifts-overlap': { other: 'night' },
  'rota-uncovered': { days: 'off', from: '08:00' },
  'ladder-ends-unproven': { ladder: 'l', levels: ['orange', 'red'] },
  'red-without-proof': { levels: ['red'] },
  'proof-never-comes': { proof: 'delivered' },
  'route-never-asked': { by: 'all' },
  'route-takes-nothing': { above: 'gas' },
  'route-tells-nobody': {},
  'repeat-too-often': { least: '60s' },
  'not-routed': { level: 'red', kind: 'levels', families: ['gas'], areas: KNOWN },
  'of-point': {
    point: 'p',
    problem: { path: ['rules', 'a.b', 'metric'], code: 'unknown-point', values: { point: 'q' } },
  },
  'revision-made-since': { revision: 3, since: 2 },
  'point-repeated': { point: 'p' },
  'too-many-points': { points: 3_000, most: 2_000 },
  'too-many-devices': { devices: 3_000, most: 2_000 },
  'reason-needed': {},
  'reason-needed-for-approval': {},
  'not-both': { first: 'for', second: 'until' },
  'none-given': { names: ['items', 'template'] },
  'not-together': { others: ['every', 'cursor'] },
  'no-time': {},
  'time-in-other-unit': { time: 1_700_000_000, unit: 'seconds' },
  'no-positive-duration': {},
  'must-lie-ahead': {},
  'period-reversed': {},
  'period-too-long': { days: 90 },
  'too-many-rows': { most: 50_000 },
  'nested-too-deeply': { most: 100 },
  'no-text': { fault: 'nul', isName: true },
  'bad-username': {},
  'bad-rule-test-name': {},
  'parameter-missing': { parameter: 'limit', name: { zh: '限值', en: 'Limit' } },
  'parameter-outside': { parameter: 'limit', low: 1, high: 2, value: 3 },
  'unknown-parameter': { parameter: 'limit', template: 't' },
  'shelved-too-long': { hours: 24 },
  'finding-needed': {},
  'unknown-scope': {},
  'maintenance-without-end': {},
  'ends-before-it-begins': {},
  'recurring-without-times': {},
  'not-another-point': { point: 'p' },
  'point-exists': {},
  'not-another-device': {},
  'not-a-point-of-device': { point: null, points: ['p', 'q'] },
  'area-of-point-needed': {},
};

const CODES = Object.keys(VALUES) as ProblemCode[];
/** Types see to it that no code of a threshold document is missing here. */
const DOCUMENT_CODES = CODES.filter((code) => code in editorZh.problem);
const CHINESE = /\p{Script=Han}/u;
const FAULTY = /undefined|null|NaN|\[object|\{\{/;

test.each(CODES)('%s has words in both languages', (code) => {
  const problem = { code, values: VALUES[code] };
  const [en, zh] = [problemText(problem, 'en'), problemText(problem, 'zh')];
  expect(en).not.toMatch(CHINESE);
  expect(zh).toMatch(CHINESE);
  for (const words of [en, zh]) expect(words).not.toMatch(FAULTY);
  expect(en.length).toBeGreaterThan(3);
});

test.each(DOCUMENT_CODES)('%s has the console’s words in both languages', (code) => {
  const words = (messages: typeof editorEn) => (messages.problem as Record<string, string>)[code] ?? '';
  expect(words(editorZh)).toMatch(CHINESE);
  expect(words(editorEn)).toMatch(/[a-z]{3}/);
  expect(words(editorEn)).not.toMatch(CHINESE);
  const named = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
  expect(named(words(editorZh))).toEqual(named(words(editorEn)));
  expect(Object.keys(VALUES[code])).toEqual(expect.arrayContaining(named(words(editorZh))));
});

test('a place is a pointer for programs and a path for people', () => {
  const path = ['rules', 'a.b/c~d', 'vote', 'points', 0];
  expect(pointerOf(path)).toBe('/rules/a.b~1c~0d/vote/points/0');
  expect(placeText(path)).toBe('rules.a.b/c~d.vote.points[0]');
  expect(placedText({ path, code: 'unknown-point', values: { point: 'x' } }, 'en')).toBe(
    'rules.a.b/c~d.vote.points[0]: found "x", expected a point of the site',
  );
});

test('a long list of names is cut', () => {
  const known = knownOf(Array.from({ length: 20 }, (_, index) => `p${index}`));
  expect(problemText({ code: 'unknown-area', values: { area: 'x', ...known } }, 'en')).toMatch(/p11 and 8 more$/);
  expect(problemText({ code: 'unknown-area', values: { area: 'x', ...knownOf([]) } }, 'en')).toMatch(/there are none/);
});

test('a problem document says its fields in the language that was asked for, and what a file says as it came', () => {
  const errors = [
    errorAt('/a', { code: 'unknown-point', values: { point: 'p' } }),
    { path: 'C3', message: 'expected a number' },
  ];
  const messages = (language: 'en' | 'zh') =>
    (problemDocument('threshold-invalid', { errors }, language).errors as typeof errors).map(({ message }) => message);
  expect(messages('en')).toEqual(errors.map(({ message }) => message));
  expect(messages('zh')).toEqual(['没有监测点 p', 'expected a number']);
});
