import type { Level } from './level.ts';

/**
 * What is wrong with something that was written, as data: where, what, and the figures in question. Words for it are
 * chosen where somebody reads it (problem-words.ts, and the console's own); programs branch on the code. A code is stable:
 * a retired one is never used again with another meaning.
 */
export type FieldProblem = Coded & {
  /** Keys and list positions from the root of what was written. */
  readonly path: ProblemPath;
};

export type ProblemPath = readonly (string | number)[];

/** What is wrong, without the place. */
export type Coded = { [C in ProblemCode]: CodedAs<C> }[ProblemCode];
export interface CodedAs<C extends ProblemCode> {
  readonly code: C;
  readonly values: ProblemValues[C];
}

/** Hears of each problem while something is looked at; `path` from the root of that. */
export type Report = (path: ProblemPath, problem: Coded) => void;

/** The names there are, cut when nobody would read them all. */
export interface Known {
  readonly known: readonly string[];
  /** How many there are besides. */
  readonly more: number;
}

type MetricType = 'number' | 'boolean' | 'string';
type None = Readonly<Record<never, never>>;

/** What a schema can refuse, with the values each problem names. */
export interface ShapeProblemValues {
  missing: { readonly type: string };
  'other-type': { readonly type: string };
  'not-one-of': { readonly allowed: readonly string[] };
  'unknown-keys': { readonly keys: readonly string[] };
  /** The key itself, not what stands under it. */
  'key-refused': { readonly problems: readonly Coded[] };
  /** None of the forms that a value may have. */
  'no-form-fits': { readonly problems: readonly Coded[] };
  'too-small': { readonly least: number; readonly of: Counted; readonly isIncluded: boolean };
  'too-big': { readonly most: number; readonly of: Counted; readonly isIncluded: boolean };
  /** Said in words alone, of files and settings that only people write. */
  'not-valid': { readonly words: string };
  'no-duration': None;
  'no-month-day': None;
  'no-date': None;
  'no-clock-time': None;
  'no-clock-time-or-end': None;
  'bad-id': None;
  'control-characters': None;
  'not-encoded': { readonly encoding: string };
  'curve-not-rising': None;
  'deadband-and-recover': None;
  'no-level': None;
  'not-one-kind': { readonly kinds: readonly string[]; readonly found: readonly string[] };
  'rule-without-metric': { readonly kind: string };
  'schedule-without-levels': None;
  'too-many-votes': None;
  'several-aggregates': { readonly aggregates: readonly string[] };
  'aggregate-without-limit': { readonly aggregate: string };
  'change-without-window': None;
  'window-without-change': None;
  'coverage-without-window': None;
  'any-and-all': None;
  'group-not-alone': None;
  'no-criterion': None;
}

/** What a bound counts. */
type Counted = 'number' | 'text' | 'list';

/** What a threshold document can have wrong that its grammar does not see. */
export interface DocumentProblemValues {
  'unknown-metric': Known & { readonly metric: string };
  'unknown-point': { readonly point: string };
  'needs-number': {
    readonly by: 'limit' | 'window' | 'curve' | 'range';
    readonly metric: string;
    readonly type: MetricType;
  };
  'equals-other-type': {
    readonly metric: string;
    readonly type: MetricType;
    readonly value: number | boolean | string;
  };
  'equals-unknown-value': Known & { readonly metric: string; readonly value: string };
  'range-reversed': None;
  'only-with-levels': None;
  'not-with-vote': None;
  'window-empty': None;
  'recover-two-sides': None;
  'recover-needs-limit': None;
  'recover-not-below': { readonly recover: number; readonly limit: number };
  'recover-not-above': { readonly recover: number; readonly limit: number };
  'deadband-too-wide': { readonly low: number; readonly high: number };
  'metric-without-unit': { readonly unit: string; readonly metric: string };
  'unknown-unit': { readonly unit: string; readonly metric: string; readonly to: string };
  'unknown-unit-of-metric': { readonly unit: string; readonly metric: string; readonly to: string };
  'unit-of-other-gas': { readonly unit: string; readonly to: string };
  'unit-needs-gas': { readonly unit: string; readonly metric: string; readonly to: string };
  'unit-of-other-quantity': { readonly unit: string; readonly to: string };
  'unknown-timezone': { readonly timezone: string };
  'dates-reversed': { readonly from: string; readonly to: string };
  /** A level that is easier to reach than a less severe one; `found` and `other` say what the two are, as in the files. */
  'level-easier': LevelOrder;
  /** A level with the limit of a less severe one, and a shorter delay. */
  'level-sooner': LevelOrder;
  /** A limit that what the metric can be never comes to, or is always at or beyond; or that is never recovered from. */
  'limit-never': Implausible;
  'limit-always': Implausible;
  'limit-never-left': Implausible;
  /** A silence that passes between any two reports. */
  'silence-between-reports': { readonly after: string; readonly reportEvery: string };
}

interface Implausible {
  /** What the document says there, as in the files. */
  readonly limit: string;
  /** What the metric can be, in the rule's unit. */
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

interface LevelOrder {
  readonly level: Level;
  /** The less severe level that is harder to reach, the nearest of them. */
  readonly than: Level;
  readonly found: string;
  readonly other: string;
}

/** What the parts of a site, or documents beside each other, can have wrong. */
interface SiteProblemValues {
  'range-not-for-type': None;
  'values-not-for-type': None;
  'place-swapped': None;
  'no-longitude': None;
  'no-latitude': None;
  'unknown-profile': Known & { readonly profile: string };
  'unknown-device': { readonly device: string };
  'not-another-area': { readonly area: string };
  'unknown-area': Known & { readonly area: string };
  'unknown-field': Known & { readonly field: string; readonly profile: string };
  'area-in-itself': { readonly area: string; readonly parent: string };
  'id-repeated': {
    readonly kind: 'area' | 'device' | 'point' | 'plan' | 'step' | SetupPart;
    readonly id: string;
    readonly first: string;
  };
  'document-repeated': { readonly point: string };
  'point-taken': { readonly point: string; readonly device: string };
  'public-secret': { readonly device: string };
  'bad-path': None;
  'bad-topic-pattern': None;
  'bad-zone': None;
  'bad-codec-file': None;
  'at-or-constant': None;
  'device-nowhere': None;
  'topic-nowhere': None;
  'not-of-format': { readonly keys: readonly string[]; readonly format: string };
  'unknown-profile-metric': Known & { readonly metric: string };
  'unknown-value': Known & { readonly value: string };
}

/** What the setup of a channel can have wrong. */
interface ChannelProblemValues {
  'public-warning-word': None;
  'keyword-with-signs': None;
  'header-of-transport': None;
  'header-value-signs': None;
  'template-signs': { readonly signs: readonly string[] };
  'template-link-in-variable': None;
  'unknown-notice-field': Known & { readonly field: string };
  'template-variables': { readonly text: readonly string[]; readonly given: readonly string[] };
  'template-not-json': None;
  'bad-webhook-secret': None;
  'address-with-login': None;
  'address-with-query': None;
}

/** What the setup of a source can have wrong. */
interface SourceProblemValues {
  'no-broker-address': None;
  'bad-topic-filter': None;
  'cannot-listen': { readonly why: CannotListen };
  'loopback-only': None;
  'name-in-configuration': { readonly name: string };
  'name-of-other-kind': { readonly name: string };
  'secret-needed': None;
}

/** Why a port cannot be had: another program has it, this user may not, or the machine has no such address. */
export type CannotListen = 'in-use' | 'not-allowed' | 'not-here';

/** What of telling people has an id. */
export type SetupPart = 'person' | 'team' | 'rota' | 'shift' | 'ladder' | 'route' | 'channel';

/** What a setup of telling people can have wrong that its grammar does not see, or should have thought of. */
interface SetupProblemValues {
  'not-in-setup': Known & { readonly kind: SetupPart; readonly id: string };
  'channel-needs-person': { readonly channel: string };
  'channel-is-off': { readonly channel: string };
  /** Of those who are to be told by it nobody has an address that it needs. */
  'nobody-has-address': { readonly channel: string; readonly addresses: readonly string[] };
  'person-unreachable': { readonly person: string };
  'person-unrehearsed': { readonly person: string };
  'team-empty': { readonly team: string };
  'shifts-overlap': { readonly other: string };
  /** From when on nobody is on duty, `HH:MM`, on days of that kind. */
  'rota-uncovered': { readonly days: 'working' | 'off'; readonly from: string };
  'ladder-ends-unproven': { readonly ladder: string; readonly levels: readonly Level[] };
  'red-without-proof': { readonly levels: readonly Level[] };
  'proof-never-comes': { readonly proof: string };
  'route-never-asked': { readonly by: string };
  'route-takes-nothing': { readonly above: string };
  'route-tells-nobody': None;
  'repeat-too-often': { readonly least: string };
  'not-routed': {
    readonly level: Level;
    readonly kind: string;
    readonly families: readonly string[];
    /** Some areas that it is so in, with how many more; empty: in all. */
    readonly areas: Known;
  };
}

/** What a change of several documents can have wrong. */
interface ChangeProblemValues {
  /** What is wrong with the document of a point, where the change does not hold it. */
  'of-point': { readonly point: string; readonly problem: FieldProblem };
  /** `since`: the revision that the change was made from; null when it named none. */
  'revision-made-since': { readonly revision: number; readonly since: number | null };
  'point-repeated': { readonly point: string };
  'too-many-points': { readonly points: number; readonly most: number };
  'too-many-devices': { readonly devices: number; readonly most: number };
  'reason-needed': None;
  /** A second person must know why. */
  'reason-needed-for-approval': None;
}

/** What a call can ask for that cannot be. */
interface RequestProblemValues {
  'not-both': { readonly first: string; readonly second: string };
  'none-given': { readonly names: readonly string[] };
  'not-together': { readonly others: readonly string[] };
  'no-time': None;
  'time-in-other-unit': { readonly time: number; readonly unit: 'seconds' | 'microseconds' | 'nanoseconds' };
  'no-positive-duration': None;
  'must-lie-ahead': None;
  'period-reversed': None;
  'period-too-long': { readonly days: number };
  'too-many-rows': { readonly most: number };
  'nested-too-deeply': { readonly most: number };
  'no-text': { readonly fault: 'nul' | 'half-character'; readonly isName: boolean };
  'bad-username': None;
  'bad-rule-test-name': None;
  'parameter-missing': { readonly parameter: string; readonly name: { readonly zh: string; readonly en: string } };
  'parameter-outside': {
    readonly parameter: string;
    readonly low: number;
    readonly high: number;
    readonly value: number;
  };
  'unknown-parameter': { readonly parameter: string; readonly template: string };
  'shelved-too-long': { readonly hours: number };
  'finding-needed': None;
  'unknown-scope': None;
  'maintenance-without-end': None;
  'ends-before-it-begins': None;
  'recurring-without-times': None;
  'not-another-point': { readonly point: string };
  'point-exists': None;
  'not-another-device': None;
  'not-a-point-of-device': { readonly point: string | null; readonly points: readonly string[] };
  'area-of-point-needed': None;
}

export interface ProblemValues
  extends ShapeProblemValues,
    DocumentProblemValues,
    SiteProblemValues,
    ChannelProblemValues,
    SourceProblemValues,
    SetupProblemValues,
    ChangeProblemValues,
    RequestProblemValues {}
export type ProblemCode = keyof ProblemValues;
/** Everything a threshold document can have wrong. */
export type DocumentProblemCode = keyof ShapeProblemValues | keyof DocumentProblemValues;

const KNOWN_MAX = 12;

/** The first of the names there are. */
export function knownOf(names: Iterable<string>): Known {
  const all = [...names];
  return { known: all.slice(0, KNOWN_MAX), more: Math.max(0, all.length - KNOWN_MAX) };
}

/** `devices[3].points[0].area`: a place for people. */
export function placeText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}
