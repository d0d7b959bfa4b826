import { levelOf } from '../model/level.ts';
import type { Value } from '../model/reading.ts';
import { comparisonOf } from './comparison.ts';
import type { CompiledRule } from './compiled.ts';
import { type Judgement, judge, NOT_JUDGED, type SeriesSample } from './criterion.ts';
import {
  adoptLevels,
  applyJudgements,
  beginDraft,
  breachRank,
  clearAlert,
  type Draft,
  fireByEventTime,
  fireByWallTime,
  labelOf,
  levelsInForce,
  markUnverified,
  type RankChange,
  resume,
  setFlag,
  settleState,
  verify,
} from './machine.ts';
import { nextSwitchMs, variantAt } from './schedule.ts';
import { addEpisode, IDLE_LEVEL, isKnown, isNearRetro, QUIET, type RuleState } from './state.ts';
import { NO_TRANSITIONS, type RuleTransition, type TransitionReason } from './transition.ts';
import { addSample, createWindow, cut, type Window, type WindowSpec } from './window.ts';

/** What can happen to a rule. All times ms since 1970; `receivedAtMs` is arrival, `tsMs` and `atMs` event time. */
export type Input =
  /** A good sample of the rule's metric: the newest sample of each metric of the point, by index. */
  | {
      readonly type: 'sample';
      readonly tsMs: number;
      readonly receivedAtMs: number;
      readonly samples: readonly SeriesSample[];
      /** The sample of the rule's metric has not been seen yet; otherwise another metric of its time has changed. */
      readonly isNew: boolean;
      /** More than the silence interval lies between this sample of the rule's metric and the one before. */
      readonly isGap: boolean;
    }
  /** A good sample older than the newest: never changes what is live. */
  | {
      readonly type: 'late';
      readonly tsMs: number;
      readonly receivedAtMs: number;
      readonly samples: readonly SeriesSample[];
      readonly nearMs: number;
      /** The message has shown a breach of this rule already: this sample may be the worst of the same entry. */
      readonly isTold: boolean;
    }
  /** The point fell silent, or an edit of the range made the metric bad. */
  | { readonly type: 'blind'; readonly atMs: number; readonly receivedAtMs: number }
  /** A bad sample of the rule's metric, newer than the newest. */
  | { readonly type: 'bad'; readonly tsMs: number; readonly receivedAtMs: number }
  /** Arrival time has come to a deadline. `samples` are the current ones, or undefined when they can't be trusted. */
  | { readonly type: 'deadline'; readonly wallMs: number; readonly samples: readonly SeriesSample[] | undefined }
  /** A rule with one level that decides for itself: noData, stuck, range. */
  | {
      readonly type: 'flag';
      readonly isOn: boolean;
      readonly value: Value;
      readonly atMs: number;
      readonly receivedAtMs: number;
      readonly reason: TransitionReason | null;
    }
  /** A good sample of the metric of a rule that watches for a value that does not change. */
  | { readonly type: 'unchanged'; readonly tsMs: number; readonly receivedAtMs: number; readonly value: Value }
  /**
   * The rule was edited at `receivedAtMs`: judged anew on the current samples, or undefined when there are none to trust.
   * `former` is what it was before, if that judged the same metric in the same unit.
   */
  | {
      readonly type: 'edited';
      readonly receivedAtMs: number;
      readonly samples: readonly SeriesSample[] | undefined;
      readonly former: CompiledRule | undefined;
    }
  /** The server takes messages again, after it had not. */
  | { readonly type: 'start'; readonly receivedAtMs: number }
  /** The rule or its point is gone. */
  | {
      readonly type: 'removed';
      readonly atMs: number;
      readonly receivedAtMs: number;
      readonly reason: TransitionReason;
    }
  /** An operator lets go of a latched alert. `newestMs` is the time of the newest sample. */
  | { readonly type: 'reset'; readonly newestMs: number };

export interface Stepped {
  readonly state: RuleState;
  readonly transitions: readonly RuleTransition[];
  /** How the most severe active level changed on the way; undefined when it did not. */
  readonly ranks?: readonly RankChange[] | undefined;
}

/**
 * One step of one rule. It depends on nothing but its arguments, and where nothing changes the same state and an empty
 * array that everybody shares come back, without an allocation but the result's own. The former state must not be used
 * again: its windows are changed in place and go on in the new one (a copy of them cost more than all else together).
 */
export function step(rule: CompiledRule, state: RuleState, input: Input): Stepped {
  switch (input.type) {
    case 'sample':
      return isQuiet(rule, state, input) ? { state, transitions: NO_TRANSITIONS } : sample(rule, state, input);
    case 'late':
      return late(rule, state, input);
    case 'blind':
      if (!state.busy) return { state, transitions: NO_TRANSITIONS };
      return draft(rule, state, (d) =>
        markUnverified(d, { atMs: input.atMs, receivedAtMs: input.receivedAtMs, reason: null }),
      );
    case 'bad':
      if (!state.busy) return { state, transitions: NO_TRANSITIONS };
      return draft(rule, state, (d) => bad(d, input));
    case 'deadline':
      return draft(rule, state, (d) => deadline(d, input));
    case 'flag': {
      if (!input.isOn && state.alert === null) return { state, transitions: NO_TRANSITIONS };
      const { atMs, receivedAtMs, reason } = input;
      return draft(rule, state, (d) => setFlag(d, input.isOn, input.value, { atMs, receivedAtMs, reason }));
    }
    case 'unchanged':
      return unchanged(rule, state, input);
    case 'edited':
      return rule.kind === 'stuck' ? editedStuck(rule, state, input) : edited(rule, state, input);
    case 'start':
      if (!state.busy) return { state, transitions: NO_TRANSITIONS };
      return draft(rule, state, (d) => resume(d, input.receivedAtMs));
    case 'removed': {
      const { atMs, receivedAtMs, reason } = input;
      return draft(rule, state, (d) => clearAlert(d, d.state.levels, { atMs, receivedAtMs, reason }));
    }
    case 'reset':
      return released(rule, state, input.newestMs);
  }
}

/** The quiet path, which nearly every sample takes: nothing is under way and the value breaches nothing. */
export function isQuiet(
  rule: CompiledRule,
  state: RuleState,
  { samples }: { readonly samples: readonly SeriesSample[] },
): boolean {
  if (state.busy) return false;
  const value = samples[rule.metric]?.value;
  // Comparisons with NaN are false, so a rule without a quiet band never takes this path.
  return typeof value === 'number' && value > rule.quietAbove && value < rule.quietBelow;
}

function draft(rule: CompiledRule, state: RuleState, work: (draft: Draft) => void): Stepped {
  const begun = beginDraft(rule, state);
  work(begun);
  return { state: settleState(rule, begun.state), transitions: begun.out, ranks: begun.ranks };
}

type SampleInput = Extract<Input, { type: 'sample' }>;

function sample(rule: CompiledRule, state: RuleState, input: SampleInput): Stepped {
  const taken = takeCalmly(rule, state, input);
  return taken === CALM ? { state, transitions: NO_TRANSITIONS } : draftSample(rule, state, input, taken === TAKEN);
}

/** `isTaken`: the windows have the sample already. */
function draftSample(rule: CompiledRule, state: RuleState, input: SampleInput, isTaken: boolean): Stepped {
  const { tsMs, receivedAtMs, samples, isNew, isGap } = input;
  return draft(rule, state, (d) => {
    if (!isTaken) d.state.windows = windowsWith(rule, d.state.windows, tsMs, samples, isNew);
    if (rule.schedule !== undefined) {
      // What fell due under the levels that were in force until then, fell due.
      if (tsMs >= d.state.variantUntilMs) {
        fireByEventTime(d, d.state.variantUntilMs, receivedAtMs, undefined, isGap);
      }
      enterVariant(d, tsMs, receivedAtMs, samples);
    }
    const judgements = judgeLevels(rule, d.state, tsMs, samples, d.state.windows);
    fireByEventTime(d, tsMs, receivedAtMs, judgements, isGap);
    applyJudgements(d, judgements, { atMs: tsMs, receivedAtMs, reason: null });
  });
}

const UNTAKEN = 0;
const TAKEN = 1;
const CALM = 2;

/**
 * Takes the sample into the windows when nothing is under way, and tells whether it leaves everything else as it is, as
 * nearly every sample does: no level is breached. For a window it would mean copying the state for nothing.
 */
function takeCalmly(
  rule: CompiledRule,
  state: RuleState,
  input: SampleInput,
): typeof UNTAKEN | typeof TAKEN | typeof CALM {
  const { busy, variant, variantUntilMs, windows } = state;
  const { tsMs, samples, isNew } = input;
  if (busy || windows.length < rule.windows.length) return UNTAKEN;
  if (rule.schedule !== undefined && (variant === undefined || tsMs >= variantUntilMs)) return UNTAKEN;
  windowsWith(rule, windows, tsMs, samples, isNew);
  return breachRank(judgeLevels(rule, state, tsMs, samples, windows)) === 0 ? CALM : TAKEN;
}

/** The windows with the present sample; they are changed in place, their list is made with the first sample. */
function windowsWith(
  rule: CompiledRule,
  known: Window[],
  tsMs: number,
  samples: readonly SeriesSample[],
  isNew: boolean,
): Window[] {
  const value = samples[rule.metric]?.value;
  const { windows: specs } = rule;
  if (specs.length === 0 || typeof value !== 'number') return known;
  const windows = known.length === 0 ? new Array<Window>(specs.length) : known;
  for (let i = 0; i < specs.length; i++) {
    windows[i] = addSample(windows[i] ?? createWindow(), specs[i] as WindowSpec, tsMs, value, isNew);
  }
  return windows;
}

/** The levels of the schedule that are in force at `atMs`; when they change, everything is judged anew. */
function enterVariant(
  d: Draft,
  atMs: number,
  receivedAtMs: number,
  samples: readonly SeriesSample[] | undefined,
): void {
  const { schedule } = d.rule;
  if (schedule === undefined) return;
  const before = d.state.variant;
  if (before !== undefined && atMs < d.state.variantUntilMs) return;
  const variant = variantAt(schedule, atMs);
  d.state.variantUntilMs = nextSwitchMs(schedule, atMs);
  d.state.variant = variant;
  if (before === undefined || before === variant) return;
  const own = samples?.[d.rule.metric];
  const judgements =
    samples === undefined || own === undefined
      ? undefined
      : judgeLevels(d.rule, d.state, own.tsMs, samples, d.state.windows);
  adoptLevels(d, judgements, { atMs, receivedAtMs, reason: 'schedule-changed' });
}

function judgeLevels(
  rule: CompiledRule,
  state: Pick<RuleState, 'variant'>,
  tsMs: number,
  samples: readonly SeriesSample[],
  windows: readonly Window[] | undefined,
): Judgement[] {
  const on = { tsMs, samples, metric: rule.metric, specs: rule.windows, windows };
  const levels = levelsInForce(rule, state.variant);
  const judgements: Judgement[] = [];
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i];
    judgements.push(level === undefined ? NOT_JUDGED : judge(level.criterion, on));
  }
  return judgements;
}

type BadInput = Extract<Input, { type: 'bad' }>;

/**
 * On-delays that ended before the bad sample take effect, as before a good one: nothing said that the condition had
 * passed by then, and a tick in between would have done the same. Off-delays do not, because missing data never clears.
 */
function bad(d: Draft, { tsMs, receivedAtMs }: BadInput): void {
  fireByEventTime(d, Math.min(tsMs, d.state.variantUntilMs), receivedAtMs, undefined, true);
  markUnverified(d, { atMs: tsMs, receivedAtMs, reason: null });
}

type DeadlineInput = Extract<Input, { type: 'deadline' }>;

function deadline(d: Draft, { wallMs, samples }: DeadlineInput): void {
  fireByWallTime(d, wallMs);
  if (d.rule.schedule !== undefined && d.state.variantUntilMs <= wallMs) {
    enterVariant(d, d.state.variantUntilMs, wallMs, samples);
  }
}

type LateInput = Extract<Input, { type: 'late' }>;

/**
 * A late sample that breaches, which nobody has learnt of: one retrospective transition. Only what one sample can show is
 * judged, and delays are left out of account.
 */
function late(rule: CompiledRule, state: RuleState, input: LateInput): Stepped {
  const { tsMs, receivedAtMs, samples, nearMs, isTold } = input;
  const variant = rule.schedule === undefined ? undefined : variantAt(rule.schedule, tsMs);
  const judgements = judgeLevels(rule, { variant }, tsMs, samples, undefined);
  const rank = breachRank(judgements);
  if (rank === 0 || isKnown(state, tsMs, rank)) return { state, transitions: NO_TRANSITIONS };
  const isNear = isNearRetro(state, tsMs, rank, nearMs);
  const episodes = addEpisode(state.episodes, { fromMs: tsMs, toMs: tsMs, rank, retro: true }, nearMs);
  const remembered = settleState(rule, { ...state, episodes });
  if (isNear && !isTold) return { state: remembered, transitions: NO_TRANSITIONS };
  const { value, limit } = judgements[rank - 1] ?? IDLE_LEVEL;
  const level = levelOf(rank);
  const transition: RuleTransition = {
    rule: rule.id,
    kind: rule.kind,
    type: 'retrospective',
    level,
    label: labelOf(rule, variant, rank),
    atMs: tsMs,
    receivedAtMs,
    metric: rule.metricName,
    value,
    limit,
    comparison: comparisonOf(rule, levelsInForce(rule, variant)[rank - 1], { value, limit }),
    unit: rule.unit,
    peak: { value, at: tsMs, level },
    latched: rule.latch,
    unverified: false,
    chattering: false,
    reason: null,
  };
  return { state: remembered, transitions: [transition] };
}

type UnchangedInput = Extract<Input, { type: 'unchanged' }>;

/** Raised once the value has stayed within the tolerance of the first of its kind for `after`; any other value clears. */
function unchanged(rule: CompiledRule, state: RuleState, { tsMs, receivedAtMs, value }: UnchangedInput): Stepped {
  const { anchor } = state;
  if (anchor !== null && isWithin(anchor.value, value, rule.tolerance)) {
    const dueMs = anchor.sinceMs + rule.afterMs;
    if (state.alert?.unverified === true) {
      return draft(rule, state, (d) => verify(d, { atMs: tsMs, receivedAtMs, reason: null }));
    }
    if (state.rank > 0 || tsMs < dueMs) return { state, transitions: NO_TRANSITIONS };
    return draft(rule, state, (d) => setFlag(d, true, value, { atMs: dueMs, receivedAtMs, reason: null }));
  }
  const moved: RuleState = { ...state, anchor: { value, sinceMs: tsMs } };
  return draft(rule, moved, (d) => setFlag(d, false, value, { atMs: tsMs, receivedAtMs, reason: null }));
}

function isWithin(a: Value, b: Value, tolerance: number): boolean {
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= tolerance : a === b;
}

type EditedInput = Extract<Input, { type: 'edited' }>;

function edited(rule: CompiledRule, state: RuleState, { receivedAtMs, samples, former }: EditedInput): Stepped {
  const windows = adoptWindows(rule.windows, former?.windows ?? [], state.windows);
  const begun: RuleState = { ...state, windows, variant: undefined, variantUntilMs: Number.POSITIVE_INFINITY };
  return draft(rule, begun, (d) => {
    const own = samples?.[rule.metric];
    const atMs = own?.tsMs ?? receivedAtMs;
    if (rule.schedule !== undefined) {
      d.state.variant = variantAt(rule.schedule, atMs);
      d.state.variantUntilMs = nextSwitchMs(rule.schedule, atMs);
    }
    if (samples !== undefined && own !== undefined) {
      d.state.windows = windowsWith(rule, windows, own.tsMs, samples, false);
    }
    const judgements =
      samples === undefined || own === undefined
        ? undefined
        : judgeLevels(rule, d.state, own.tsMs, samples, d.state.windows);
    adoptLevels(d, judgements, { atMs, receivedAtMs, reason: 'threshold-changed' });
  });
}

/**
 * What is known for the new windows: the shortest of the old ones of the same kind that is at least as long, cut,
 * otherwise the longest there was. A new limit on the rain of a day must not forget the day's rain.
 */
function adoptWindows(specs: readonly WindowSpec[], formerSpecs: readonly WindowSpec[], windows: Window[]): Window[] {
  if (windows.length === 0) return windows;
  const known = formerSpecs
    .map((spec, index) => ({ spec, window: windows[index] ?? createWindow() }))
    .sort((a, b) => a.spec.lengthMs - b.spec.lengthMs);
  return specs.map((wanted) => {
    const { kind, lengthMs, closed } = wanted;
    const alike = known.filter(({ spec }) => spec.kind === kind);
    const longEnough = alike.filter(({ spec }) => spec.lengthMs >= lengthMs);
    const [shortest] = longEnough;
    const same = longEnough.find(({ spec }) => spec.lengthMs === shortest?.spec.lengthMs && spec.closed === closed);
    const best = same ?? shortest ?? alike.at(-1);
    return best === undefined ? createWindow() : cut(best.window, best.spec, wanted);
  });
}

/** A rule that watches for a value that does not change was edited: its alert stays if it would be open now. */
function editedStuck(rule: CompiledRule, state: RuleState, { receivedAtMs, samples, former }: EditedInput): Stepped {
  const own = samples?.[rule.metric];
  const anchor = former === undefined ? null : state.anchor;
  // Nothing to judge by: what is open stays open, because missing data never clears.
  if (own === undefined) return { state: settleState(rule, { ...state, anchor }), transitions: NO_TRANSITIONS };
  const isUnchanged = anchor !== null && isWithin(anchor.value, own.value, rule.tolerance);
  const kept = isUnchanged ? anchor : { value: own.value, sinceMs: own.tsMs };
  const isOn = isUnchanged && own.tsMs >= anchor.sinceMs + rule.afterMs;
  const moment = { atMs: receivedAtMs, receivedAtMs, reason: 'threshold-changed' } as const;
  return draft(rule, { ...state, anchor: kept }, (d) => setFlag(d, isOn, own.value, moment));
}

/** The state after a reset: no alert, no level active; what is known of breaches stays known. */
function released(rule: CompiledRule, state: RuleState, newestMs: number): Stepped {
  const { breach, lastAtMs } = state;
  const toMs = Math.max(newestMs, breach?.fromMs ?? newestMs);
  const episodes = breach === null ? state.episodes : addEpisode(state.episodes, { ...breach, toMs, retro: false }, 0);
  const rest = { rank: 0, alert: null, levels: QUIET.levels, breach: null, peak: null, episodes };
  return {
    state: settleState(rule, { ...state, ...rest }),
    transitions: NO_TRANSITIONS,
    ranks: state.rank === 0 ? undefined : [{ rank: 0, atMs: lastAtMs }],
  };
}
