import type { Value } from '../model/reading.ts';
import { createWindow, type Window, type WindowSpec, windowFromText, windowToText } from './window.ts';

export const IDLE = 0;
/** The condition holds, its on-delay runs. */
export const PENDING = 1;
export const ACTIVE = 2;
/** The condition has recovered, its off-delay runs; the level is still active. */
export const RECOVERING = 3;
export type Phase = typeof IDLE | typeof PENDING | typeof ACTIVE | typeof RECOVERING;

export interface LevelState {
  readonly phase: Phase;
  /** Event time at which the running delay began; 0 when none runs. */
  readonly sinceMs: number;
  /** Arrival of the sample that began it. */
  readonly receivedMs: number;
  /** What was compared last, for showing. */
  readonly value: Value;
  readonly limit: Value;
}

export const IDLE_LEVEL: LevelState = { phase: IDLE, sinceMs: 0, receivedMs: 0, value: null, limit: null };
const IDLE_LEVELS: readonly LevelState[] = [IDLE_LEVEL, IDLE_LEVEL, IDLE_LEVEL, IDLE_LEVEL];

export interface OpenAlert {
  /** The level shown: that of the most severe active level, or, latched, the most severe there has been. */
  readonly rank: number;
  readonly maxRank: number;
  /** Latched, and the condition has passed. */
  readonly recovered: boolean;
  readonly unverified: boolean;
}

export interface Peak {
  readonly value: Value;
  readonly atMs: number;
  /** The most severe limit it was beyond, and how far. */
  readonly rank: number;
  readonly excess: number;
}

/** A stretch of time known to have been in breach, ends included. */
export interface Episode {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rank: number;
  /** Known from late data only. */
  readonly retro: boolean;
}

/**
 * Everything one rule of one point remembers: JSON-able, and bounded whatever the rate of readings. Nothing of it is ever
 * changed but the windows, so a state that `step` was given is used up.
 */
export interface RuleState {
  /** The most severe active level; 0 for none. */
  readonly rank: number;
  readonly alert: OpenAlert | null;
  /** By rank, blue first. */
  readonly levels: readonly LevelState[];
  /** The breaching stretch under way: its first sample and most severe limit. */
  readonly breach: { readonly fromMs: number; readonly rank: number } | null;
  readonly peak: Peak | null;
  /** Earlier stretches, oldest first, at most EPISODES_MAX. */
  readonly episodes: readonly Episode[];
  /** Times of the last raises, oldest first, for chattering. */
  readonly raises: readonly number[];
  /** Time of the last transition, so that none is dated before it. */
  readonly lastAtMs: number;
  /** Changed in place: they go with the newest state of the rule. */
  readonly windows: Window[];
  /** Which set of levels of the schedule is in force (-1: the rule's own); undefined until the first sample. */
  readonly variant: number | undefined;
  /** When another set may come into force. */
  readonly variantUntilMs: number;
  /** stuck: the value that has not changed, and since when. */
  readonly anchor: { readonly value: Value; readonly sinceMs: number } | null;
  /** Anything under way: an alert, a delay, a breaching stretch. */
  readonly busy: boolean;
  /** The earliest arrival time at which a delay or the schedule falls due; Infinity for none. */
  readonly wallMs: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const FOREVER = Number.POSITIVE_INFINITY;

/** The state of a rule to which nothing has happened; shared, so that most rules of most points cost no memory. */
export const QUIET: RuleState = {
  rank: 0,
  alert: null,
  levels: IDLE_LEVELS,
  breach: null,
  peak: null,
  episodes: [],
  raises: [],
  lastAtMs: NEVER,
  windows: [],
  variant: undefined,
  variantUntilMs: FOREVER,
  anchor: null,
  busy: false,
  wallMs: FOREVER,
};

/** As many breaching stretches are remembered for each rule; when there are more the two oldest become one. */
export const EPISODES_MAX = 16;

/** The episodes with one more, in order of time. `nearMs` joins a retrospective one to those it comes close to. */
export function addEpisode(episodes: readonly Episode[], episode: Episode, nearMs: number): readonly Episode[] {
  let joined = episode;
  const others: Episode[] = [];
  for (const known of episodes) {
    const isNear = known.fromMs - nearMs <= joined.toMs && joined.fromMs <= known.toMs + nearMs;
    if (joined.retro && known.retro && isNear) joined = join(known, joined);
    else others.push(known);
  }
  const before = others.findIndex((known) => known.fromMs > joined.fromMs);
  others.splice(before < 0 ? others.length : before, 0, joined);
  const [first, second, ...rest] = others;
  if (others.length <= EPISODES_MAX || first === undefined || second === undefined) return others;
  return [join(first, second), ...rest];
}

function join(a: Episode, b: Episode): Episode {
  return {
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    rank: Math.max(a.rank, b.rank),
    retro: a.retro && b.retro,
  };
}

/** Whether a breach of this rank at this time is known already. */
export function isKnown({ breach, episodes }: RuleState, atMs: number, rank: number): boolean {
  if (breach !== null && breach.fromMs <= atMs && breach.rank >= rank) return true;
  return episodes.some((e) => e.fromMs <= atMs && atMs <= e.toMs && e.rank >= rank);
}

/** Whether it comes close to a breach of this rank that late data has shown already. */
export function isNearRetro({ episodes }: RuleState, atMs: number, rank: number, nearMs: number): boolean {
  return episodes.some((e) => e.retro && e.rank >= rank && e.fromMs - nearMs <= atMs && atMs <= e.toMs + nearMs);
}

type StateJson = Partial<Omit<RuleState, 'windows' | 'busy' | 'wallMs'>> & {
  readonly windows?: Readonly<Record<string, unknown>>;
};

/** The state of a rule without what is as in QUIET and without what follows from the rest (`busy`, `wallMs`). */
export function stateToJson(state: RuleState, specs: readonly WindowSpec[]): unknown {
  const json: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(state)) {
    if (key === 'busy' || key === 'wallMs' || value === QUIET[key as keyof RuleState]) continue;
    json[key] = key === 'windows' ? windowsToJson(state.windows, specs) : value;
  }
  if (state.variantUntilMs === FOREVER) delete json.variantUntilMs;
  return json;
}

/** The way back; `busy` and `wallMs` are for the rule to add (`settleState`). */
export function stateFromJson(json: unknown, specs: readonly WindowSpec[]): RuleState {
  const { windows, ...given } = json as StateJson;
  return { ...QUIET, ...given, windows: windows === undefined ? QUIET.windows : windowsFromJson(windows, specs) };
}

/** Each window under what it is of, so that a program of another version, whose rules have others, finds its own. */
function windowsToJson(windows: readonly Window[], specs: readonly WindowSpec[]): Record<string, string> {
  return Object.fromEntries(specs.map((spec, i) => [keyOf(spec), windowToText(windows[i] ?? createWindow())]));
}

/** A window that was not stored, or in another form, begins anew. */
function windowsFromJson(stored: Readonly<Record<string, unknown>>, specs: readonly WindowSpec[]): Window[] {
  return specs.map((spec) => {
    const text = stored[keyOf(spec)];
    return typeof text === 'string' ? windowFromText(text) : createWindow();
  });
}

function keyOf({ kind, lengthMs, closed }: WindowSpec): string {
  return `${kind} ${lengthMs}${closed ? ' closed' : ''}`;
}
