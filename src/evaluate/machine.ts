import { levelOf } from '../model/level.ts';
import type { NameText } from '../model/names.ts';
import type { Value } from '../model/reading.ts';
import { exact } from '../model/units.ts';
import { comparisonOf } from './comparison.ts';
import type { CompiledLevels, CompiledRule } from './compiled.ts';
import { type Judgement, NO, NOT_JUDGED, UNKNOWN, YES } from './criterion.ts';
import {
  ACTIVE,
  addEpisode,
  IDLE,
  IDLE_LEVEL,
  type LevelState,
  type OpenAlert,
  PENDING,
  QUIET,
  RECOVERING,
  type RuleState,
} from './state.ts';
import type { RuleTransition, TransitionReason, TransitionType } from './transition.ts';

/**
 * The level machine: how judgements of levels, with their delays, become transitions of one alert. It works on a draft
 * of the rule's state; `settleState` makes a state of it again.
 */
export interface Draft {
  readonly rule: CompiledRule;
  readonly state: Mutable<RuleState>;
  readonly out: RuleTransition[];
  /** Every change of the most severe active level, in order; undefined while there was none. */
  ranks: RankChange[] | undefined;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The most severe active level became `rank` at an event time: what votes are counted by. */
export interface RankChange {
  readonly rank: number;
  readonly atMs: number;
}

/** When something happens: at which event time, and at which arrival time. */
export interface Moment {
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly reason: TransitionReason | null;
}

export function beginDraft(rule: CompiledRule, state: RuleState): Draft {
  return { rule, state: { ...state }, out: [], ranks: undefined };
}

export function levelsInForce(rule: CompiledRule, variant: number | undefined): CompiledLevels {
  if (variant === undefined || variant < 0) return rule.levels;
  return rule.schedule?.variants[variant]?.levels ?? rule.levels;
}

/**
 * A state of a draft: with `busy` and `wallMs` worked out, and QUIET itself when nothing is left to remember. The draft
 * becomes the state and must not be used any more, which saves a copy on every sample.
 */
export function settleState(rule: CompiledRule, draft: Mutable<RuleState>): RuleState {
  const levels = levelsInForce(rule, draft.variant);
  let wallMs = draft.variantUntilMs;
  let isIdle = true;
  for (let i = 0; i < 4; i++) {
    const state = levelState(draft, i);
    if (state.phase === IDLE) continue;
    isIdle = false;
    const level = levels[i];
    if (level === undefined) continue;
    if (state.phase === PENDING) wallMs = Math.min(wallMs, state.receivedMs + level.forMs);
    else if (state.phase === RECOVERING) wallMs = Math.min(wallMs, state.receivedMs + level.recoverForMs);
  }
  const busy = !isIdle || draft.alert !== null || draft.breach !== null;
  const isQuiet =
    !busy &&
    draft.episodes.length === 0 &&
    draft.raises.length === 0 &&
    draft.windows.length === 0 &&
    draft.variant === undefined &&
    draft.anchor === null;
  if (isQuiet) return QUIET;
  if (isIdle) draft.levels = QUIET.levels;
  draft.busy = busy;
  draft.wallMs = wallMs;
  return draft;
}

function levelState(state: RuleState, index: number): LevelState {
  return state.levels[index] ?? IDLE_LEVEL;
}

/** What is shown of each level; a level that is being left still shows what it was left with. */
type Shown = readonly { readonly value: Value; readonly limit: Value }[];

/**
 * Delays that ended before `tsMs` take effect, each at its own time, before a sample of that time is looked at.
 * An on-delay ends whatever the gap: nothing said that the condition had passed. An off-delay ends only if the sample
 * follows the one before it within the silence interval or has itself recovered, because missing data never clears.
 */
export function fireByEventTime(
  draft: Draft,
  tsMs: number,
  receivedAtMs: number,
  judgements: readonly Judgement[] | undefined,
  isGap: boolean,
): void {
  // Without a deadline nothing is being waited for.
  if (draft.state.wallMs === Number.POSITIVE_INFINITY) return;
  const levels = levelsInForce(draft.rule, draft.state.variant);
  const mayLeave = (index: number) => !isGap || judgements?.[index]?.recovered === YES;
  for (;;) {
    let dueMs = Number.POSITIVE_INFINITY;
    const isDue = levels.map((level, index) => {
      const state = levelState(draft.state, index);
      if (level === undefined) return Number.POSITIVE_INFINITY;
      if (state.phase === PENDING) return state.sinceMs + level.forMs;
      if (state.phase === RECOVERING && mayLeave(index)) return state.sinceMs + level.recoverForMs;
      return Number.POSITIVE_INFINITY;
    });
    for (const atMs of isDue) if (atMs < tsMs) dueMs = Math.min(dueMs, atMs);
    if (dueMs === Number.POSITIVE_INFINITY) break;
    endDelays(
      draft,
      isDue.map((atMs) => atMs === dueMs),
      { atMs: dueMs, receivedAtMs, reason: null },
    );
  }
}

/** Delays whose time of arrival has come by `wallMs` take effect, each at its own event time. */
export function fireByWallTime(draft: Draft, wallMs: number): void {
  const levels = levelsInForce(draft.rule, draft.state.variant);
  for (;;) {
    let first = -1;
    let firstMs = Number.POSITIVE_INFINITY;
    const times = levels.map((level, index) => {
      const state = levelState(draft.state, index);
      const delayMs =
        state.phase === PENDING ? level?.forMs : state.phase === RECOVERING ? level?.recoverForMs : undefined;
      if (delayMs === undefined || state.receivedMs + delayMs > wallMs) return undefined;
      if (state.receivedMs + delayMs < firstMs) {
        firstMs = state.receivedMs + delayMs;
        first = index;
      }
      return { dueMs: state.receivedMs + delayMs, atMs: state.sinceMs + delayMs };
    });
    const due = times[first];
    if (due === undefined) return;
    endDelays(
      draft,
      times.map((time) => time?.dueMs === due.dueMs && time.atMs === due.atMs),
      { atMs: due.atMs, receivedAtMs: due.dueMs, reason: null },
    );
  }
}

function endDelays(draft: Draft, ends: readonly boolean[], moment: Moment): void {
  const shown = draft.state.levels;
  setLevels(draft, (state, index) => {
    if (ends[index] !== true) return state;
    return state.phase === PENDING ? { ...state, phase: ACTIVE, sinceMs: 0, receivedMs: 0 } : IDLE_LEVEL;
  });
  activateBelow(draft, () => false);
  change(draft, shown, moment);
  endBreach(draft, moment.atMs);
}

/** Reaching a level reaches those below it too whose condition holds now, whatever their own delay. */
function activateBelow(draft: Draft, holdsNow: (index: number) => boolean): void {
  const top = topActive(draft.state);
  if (top < 2) return;
  setLevels(draft, (state, index) => {
    if (index + 1 >= top || state.phase === ACTIVE || state.phase === RECOVERING) return state;
    return state.phase === PENDING || holdsNow(index) ? { ...state, phase: ACTIVE, sinceMs: 0, receivedMs: 0 } : state;
  });
}

function setLevels(draft: Draft, next: (state: LevelState, index: number) => LevelState): void {
  const { levels } = draft.state;
  let changed: LevelState[] | undefined;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i] as LevelState;
    const after = next(level, i);
    if (after === level) continue;
    changed ??= levels.slice();
    changed[i] = after;
  }
  if (changed !== undefined) draft.state.levels = changed;
}

function topActive(state: RuleState): number {
  for (let i = 3; i >= 0; i--) {
    const { phase } = levelState(state, i);
    if (phase === ACTIVE || phase === RECOVERING) return i + 1;
  }
  return 0;
}

/** A good sample: every level moves by its judgement, then the alert follows, once. */
export function applyJudgements(draft: Draft, judgements: readonly Judgement[], moment: Moment): void {
  const { state } = draft;
  const levels = levelsInForce(draft.rule, state.variant);
  const { atMs, receivedAtMs } = moment;
  notePeak(draft, judgements, atMs);
  const before = state.levels;
  setLevels(draft, (level, index) => {
    const config = levels[index];
    const judgement = judgements[index] ?? NOT_JUDGED;
    if (config === undefined) return level;
    return nextLevel(level, judgement, config.forMs, config.recoverForMs, atMs, receivedAtMs);
  });
  activateBelow(draft, (index) => judgements[index]?.breach === YES);
  follow(draft, before, judgements, moment);
}

/** Shows what was just judged, or for a level not judged what was last. */
function shownAfter(before: readonly LevelState[], judgements: readonly Judgement[]): Shown {
  return before.map((state, index) => {
    const judgement = judgements[index];
    return judgement === undefined || judgement === NOT_JUDGED ? state : judgement;
  });
}

/** The alert follows its levels: verified if it was not, then at most one change of level. */
function follow(draft: Draft, before: readonly LevelState[], judgements: readonly Judgement[], moment: Moment): void {
  const { state } = draft;
  if (isAsShown(state)) {
    noteBreach(draft, judgements, moment.atMs);
    return;
  }
  const shown = shownAfter(before, judgements);
  const isJudged = judgements.some(({ breach }) => breach !== UNKNOWN);
  if (isJudged && state.alert?.unverified === true) {
    state.alert = { ...state.alert, unverified: false };
    if (topActive(state) > 0) emit(draft, 'verified', state.alert.rank, shown, moment);
  }
  change(draft, shown, moment);
  noteBreach(draft, judgements, moment.atMs);
}

/** Whether the alert says what its levels are, so that there is nothing to tell: so on most samples of an alert. */
function isAsShown(state: RuleState): boolean {
  const { alert } = state;
  const rank = topActive(state);
  if (rank !== state.rank) return false;
  if (alert === null) return rank === 0;
  return alert.rank === rank && !alert.recovered && !alert.unverified;
}

function nextLevel(
  level: LevelState,
  judgement: Judgement,
  forMs: number,
  recoverForMs: number,
  atMs: number,
  receivedAtMs: number,
): LevelState {
  const { breach, recovered, value, limit } = judgement;
  const shown = judgement === NOT_JUDGED ? { value: level.value, limit: level.limit } : { value, limit };
  const active: LevelState = { phase: ACTIVE, sinceMs: 0, receivedMs: 0, ...shown };
  switch (level.phase) {
    case IDLE:
      if (breach !== YES) return level;
      return forMs === 0 ? active : { phase: PENDING, sinceMs: atMs, receivedMs: receivedAtMs, ...shown };
    case PENDING:
      if (breach === NO) return IDLE_LEVEL;
      // A sample that was not judged lets the delay run on, but it is not what will have reached the level.
      if (breach !== YES) return level;
      return atMs >= level.sinceMs + forMs ? active : { ...level, ...shown };
    case ACTIVE:
      if (recovered !== YES) return active;
      return recoverForMs === 0 ? IDLE_LEVEL : { phase: RECOVERING, sinceMs: atMs, receivedMs: receivedAtMs, ...shown };
    case RECOVERING:
      if (recovered !== YES) return active;
      return atMs >= level.sinceMs + recoverForMs ? IDLE_LEVEL : { ...level, ...shown };
  }
}

/**
 * Other levels are in force (an edit, a schedule): every level is judged anew on the current value, without deadband and
 * off-delay. A level that can't be judged keeps what it had, because missing data never clears.
 */
export function adoptLevels(draft: Draft, judgements: readonly Judgement[] | undefined, moment: Moment): void {
  const { state } = draft;
  const levels = levelsInForce(draft.rule, state.variant);
  const before = state.levels;
  if (judgements !== undefined) notePeak(draft, judgements, moment.atMs);
  setLevels(draft, (level, index) => {
    const config = levels[index];
    const { breach, value, limit } = judgements?.[index] ?? NOT_JUDGED;
    if (config === undefined) return IDLE_LEVEL;
    if (breach === NO) return IDLE_LEVEL;
    const isActive = level.phase === ACTIVE || level.phase === RECOVERING;
    if (breach === UNKNOWN) return isActive ? { ...level, phase: ACTIVE, sinceMs: 0, receivedMs: 0 } : level;
    if (isActive || config.forMs === 0) return { phase: ACTIVE, sinceMs: 0, receivedMs: 0, value, limit };
    return { phase: PENDING, sinceMs: moment.atMs, receivedMs: moment.receivedAtMs, value, limit };
  });
  activateBelow(draft, (index) => judgements?.[index]?.breach === YES);
  const shown = shownAfter(before, judgements ?? []);
  if (judgements !== undefined) follow(draft, before, judgements, moment);
  else {
    change(draft, shown, moment);
    endBreach(draft, Math.max(moment.atMs, state.breach?.fromMs ?? moment.atMs));
  }
  // An edit may also take the latch away.
  if (state.alert?.recovered === true && !draft.rule.latch) clearAlert(draft, shown, moment);
}

/** Data is missing from here: a running off-delay is void, an open alert can't be verified. */
export function markUnverified(draft: Draft, moment: Moment): void {
  setLevels(draft, (level) =>
    level.phase === RECOVERING ? { ...level, phase: ACTIVE, sinceMs: 0, receivedMs: 0 } : level,
  );
  const { alert } = draft.state;
  if (alert === null || alert.recovered || alert.unverified) return;
  draft.state.alert = { ...alert, unverified: true };
  emit(draft, 'unverified', alert.rank, draft.state.levels, moment);
}

/**
 * The server was away until `receivedAtMs`. An off-delay is waited for anew, because a tick must not end it for want of
 * readings that nobody could receive. On-delays stay due: nothing said that their condition had passed.
 */
export function resume(draft: Draft, receivedAtMs: number): void {
  setLevels(draft, (level) =>
    level.phase === RECOVERING && level.receivedMs < receivedAtMs ? { ...level, receivedMs: receivedAtMs } : level,
  );
}

/** Good data of a rule that is not judged by levels (stuck) has come: what is open is verified again. */
export function verify(draft: Draft, moment: Moment): void {
  const { state } = draft;
  if (state.alert?.unverified !== true) return;
  state.alert = { ...state.alert, unverified: false };
  emit(draft, 'verified', state.alert.rank, state.levels, moment);
}

/** Switches a rule with one level, whose own step has decided: noData, stuck, range. */
export function setFlag(draft: Draft, isOn: boolean, value: Value, moment: Moment): void {
  const { rule, state } = draft;
  const before = state.levels;
  let limit: Value = null;
  setLevels(draft, (level, index) => {
    const config = rule.levels[index];
    if (config === undefined || !isOn) return IDLE_LEVEL;
    limit = config.criterion.kind === 'flag' ? config.criterion.shownLimit : null;
    return { ...level, phase: ACTIVE, value, limit };
  });
  const rank = topActive(state);
  if (isOn && state.peak === null) state.peak = { value, atMs: moment.atMs, rank, excess: 0 };
  const shown = state.levels.map((level, index) => (level.phase === IDLE ? (before[index] ?? level) : level));
  change(draft, shown, moment);
  if (state.alert === null) state.peak = null;
}

/** Ends the alert: a reset, a rule or point that is gone. */
export function clearAlert(draft: Draft, shown: Shown, moment: Moment): void {
  const { state } = draft;
  if (state.alert === null) return;
  const { rank } = state.alert;
  setRank(draft, 0, moment);
  emitClear(draft, rank, shown, moment);
}

function setRank(draft: Draft, rank: number, moment: Moment): void {
  if (rank === draft.state.rank) return;
  draft.state.rank = rank;
  draft.ranks ??= [];
  draft.ranks.push({ rank, atMs: dateOf(draft.state, moment) });
}

/** The alert follows the most severe active level; one transition, whatever number of levels it passes. */
function change(draft: Draft, shown: Shown, moment: Moment): void {
  const { rule, state } = draft;
  const rank = topActive(state);
  const { alert } = state;
  setRank(draft, rank, moment);
  if (alert === null) {
    if (rank > 0) raise(draft, rank, shown, moment);
    return;
  }
  const set = (next: Partial<OpenAlert>) => {
    const maxRank = Math.max(alert.maxRank, next.rank ?? 0);
    state.alert = { ...alert, maxRank, ...next };
  };
  if (rank > alert.rank) {
    set({ rank, recovered: false });
    emit(draft, 'escalated', rank, shown, moment);
  } else if (rank === 0) {
    if (!rule.latch) {
      emitClear(draft, alert.rank, shown, moment);
    } else if (!alert.recovered) {
      set({ recovered: true, unverified: false });
      emit(draft, 'recovered', alert.rank, shown, moment);
    }
  } else if (alert.recovered) {
    set({ recovered: false });
    emit(draft, 'relapsed', alert.rank, shown, moment);
  } else if (rank < alert.rank && !rule.latch) {
    set({ rank });
    emit(draft, 'deescalated', rank, shown, moment);
  }
}

/** ISA-18.2 (DOMAIN): three cycles in a minute are chattering. */
const CHATTER_CYCLES = 3;
const CHATTER_MS = 60_000;

function raise(draft: Draft, rank: number, shown: Shown, moment: Moment): void {
  const { state } = draft;
  const atMs = dateOf(state, moment);
  state.alert = { rank, maxRank: rank, recovered: false, unverified: false };
  state.raises = [...state.raises, atMs].slice(-CHATTER_CYCLES);
  emit(draft, 'raised', rank, shown, moment);
}

function emitClear(draft: Draft, rank: number, shown: Shown, moment: Moment): void {
  const { state } = draft;
  if (state.alert !== null) state.alert = { ...state.alert, unverified: false };
  emit(draft, 'cleared', rank, shown, moment);
  state.alert = null;
  state.peak = null;
}

/**
 * The date of a transition: never before the one before it, and what an edit brings about not before the edit, although
 * it is judged on an older value.
 */
function dateOf(state: RuleState, { atMs, receivedAtMs, reason }: Moment): number {
  const earliestMs = reason === 'threshold-changed' ? receivedAtMs : atMs;
  return Math.max(atMs, earliestMs, state.lastAtMs);
}

function emit(draft: Draft, type: TransitionType, rank: number, shown: Shown, moment: Moment): void {
  const { rule, state, out } = draft;
  const atMs = type === 'unverified' ? moment.atMs : dateOf(state, moment);
  if (type !== 'unverified') state.lastAtMs = atMs;
  const { value, limit } = shown[rank - 1] ?? IDLE_LEVEL;
  const { peak, alert } = state;
  const told = rule.windows.length === 0 ? (plain: Value) => plain : rounded;
  const [firstRaise] = state.raises;
  out.push({
    rule: rule.id,
    kind: rule.kind,
    type,
    level: levelOf(rank),
    label: labelOf(rule, state.variant, rank),
    atMs,
    receivedAtMs: moment.receivedAtMs,
    metric: rule.metricName,
    value: told(value),
    limit,
    comparison: comparisonOf(rule, levelsInForce(rule, state.variant)[rank - 1], { value, limit }),
    unit: rule.unit,
    peak: {
      value: told(peak === null ? value : peak.value),
      at: peak === null ? atMs : peak.atMs,
      level: levelOf(Math.max(alert?.maxRank ?? rank, rank)),
    },
    latched: rule.latch,
    unverified: alert?.unverified ?? false,
    chattering: state.raises.length === CHATTER_CYCLES && firstRaise !== undefined && atMs - firstRaise <= CHATTER_MS,
    reason: moment.reason,
  });
}

/** Of sums of floats the digits that mean something, so that the order of adding is not seen in the log. */
function rounded(value: Value): Value {
  return typeof value === 'number' ? exact(value) : value;
}

export function labelOf(rule: CompiledRule, variant: number | undefined, rank: number): NameText | null {
  return levelsInForce(rule, variant)[rank - 1]?.label ?? null;
}

/** The most severe level whose condition holds in these judgements, whatever the delays; 0 for none. */
export function breachRank(judgements: readonly Judgement[]): number {
  for (let i = 3; i >= 0; i--) if (judgements[i]?.breach === YES) return i + 1;
  return 0;
}

/** Keeps the worst value since the breach began: beyond the most severe limit first, then the furthest beyond it. */
function notePeak(draft: Draft, judgements: readonly Judgement[], atMs: number): void {
  const { state } = draft;
  const rank = breachRank(judgements);
  const judgement = judgements[rank - 1];
  if (judgement === undefined) return;
  const { peak } = state;
  const { value, excess } = judgement;
  if (peak !== null && (rank < peak.rank || (rank === peak.rank && excess <= peak.excess))) return;
  state.peak = { value, atMs, rank, excess };
}

/** Keeps the breaching stretch: from the first breaching sample until no level is active or waited for. */
function noteBreach(draft: Draft, judgements: readonly Judgement[], atMs: number): void {
  const { state } = draft;
  const rank = Math.max(breachRank(judgements), state.rank);
  const { breach } = state;
  if (rank === 0) endBreach(draft, atMs);
  else if (breach === null || rank > breach.rank) state.breach = { fromMs: breach?.fromMs ?? atMs, rank };
}

function endBreach({ state }: Draft, toMs: number): void {
  const { breach } = state;
  if (breach === null || state.levels.some(({ phase }) => phase !== IDLE)) return;
  state.episodes = addEpisode(state.episodes, { ...breach, toMs, retro: false }, 0);
  state.breach = null;
  if (state.alert === null) state.peak = null;
}
