/**
 * How often each series comes beside the others of its point, to notice one that has stopped while they go on.
 *
 * Time is counted in periods in which the point was heard, so that a device that is silent, or a server that is away, says
 * nothing of any metric. Kept by number of series, in typed arrays: nearly every message only marks that a series came.
 */
export interface Paces {
  /** A fresh value has come in the present period. */
  came(series: number): void;
  /** The present period is over. Whether the series has now been missing for too long. */
  close(series: number): boolean;
  /** What `close` would answer, without closing. */
  wouldStop(series: number): boolean;
  /** What it answered last. */
  isStopped(series: number): boolean;
  forget(series: number): void;
  /** For a checkpoint; undefined when nothing is known. */
  toJson(series: number): PaceJson | undefined;
  restore(series: number, json: PaceJson): void;
}

export type PaceJson = readonly number[];

/** A series is not judged before it has come so many times at a regular pace. */
const GAPS_LEAST = 8;
/** Regular: the longest gap is at most so many times the shortest. */
const SPREAD_MAX = 4;
/** Too long is so many times the longest gap there has been, */
const MISSED_GAPS = 3;
/** and at least so many periods. */
const MISSED_LEAST = 4;

const MOST = 65_535;
const BALANCE_MOST = 32_767;

/**
 * The numbers of a series: whether it came in the present period, and whether all is known of it and it comes with each,
 * as nearly every metric does: then a period that goes by changes nothing;
 */
const FLAGS = 0;
const CAME = 1;
const STEADY = 2;
/** periods without it, up to the present one; */
const MISSED = 1;
/** how many times it came, counted no further than what is needed to judge it, of which the gaps between are regular; */
const SEEN = 2;
const SHORTEST = 3;
const LONGEST = 4;
/**
 * for how many periods it has to come regularly before it is judged: as many as it has been seen to stay away for, so that
 * what is sent for as long as something happens (a vibration, a test) is not taken for what is sent always.
 */
const OWED = 5;
/** how often it has stayed away, longer than between the others, and for how many periods at most; */
const STAYS = 6;
const LONGEST_STAY = 7;
/** how many periods more there were with it than without, signed. */
const BALANCE = 8;
const NUMBERS = 9;

/** What it owes doubles with each time that it stays away, so often: what is sent half of the time never pays. */
const DOUBLINGS_MAX = 6;
/**
 * What has stayed away so often, and still comes more often than not, has a loose contact or is switched off at night. It
 * is missed for all that, once it is away for so many times as long as it ever was.
 */
const STAYS_KNOWN = 4;
const MISSED_STAYS = 8;

export function createPaces(): Paces {
  let numbers = new Uint16Array(64 * NUMBERS);

  function baseOf(series: number): number {
    const base = series * NUMBERS;
    if (base + NUMBERS > numbers.length) {
      const larger = new Uint16Array(Math.max(base + NUMBERS, numbers.length * 2));
      larger.set(numbers);
      numbers = larger;
    }
    return base;
  }

  const get = (base: number, which: number): number => numbers[base + which] as number;
  function set(base: number, which: number, value: number): void {
    numbers[base + which] = Math.min(MOST, value);
  }

  function isJudged(base: number): boolean {
    return get(base, SEEN) > GAPS_LEAST && get(base, OWED) === 0;
  }

  function isTooLong(base: number, missed: number): boolean {
    if (isJudged(base)) return missed >= Math.max(MISSED_LEAST, MISSED_GAPS * get(base, LONGEST));
    if (get(base, STAYS) < STAYS_KNOWN || balanceOf(base) <= 0) return false;
    return missed >= MISSED_STAYS * get(base, LONGEST_STAY);
  }

  function balanceOf(base: number): number {
    return (get(base, BALANCE) << 16) >> 16;
  }

  /** It has been away, and has to come regularly for longer than that before it is missed. */
  function stayAway(base: number, gap: number): void {
    const stays = get(base, STAYS) + 1;
    set(base, STAYS, stays);
    set(base, LONGEST_STAY, Math.max(gap, get(base, LONGEST_STAY)));
    set(base, OWED, Math.max(get(base, OWED), gap * 2 ** Math.min(stays, DOUBLINGS_MAX)));
  }

  function learn(base: number, gap: number): void {
    const seen = get(base, SEEN);
    set(base, BALANCE, Math.max(-BALANCE_MOST, Math.min(BALANCE_MOST, balanceOf(base) + 2 - gap)) & MOST);
    if (seen === 0) {
      set(base, SEEN, 1);
      if (gap > 1) stayAway(base, gap - 1);
      return;
    }
    const shortest = seen === 1 ? gap : Math.min(get(base, SHORTEST), gap);
    const longest = seen === 1 ? gap : Math.max(get(base, LONGEST), gap);
    const isRegular = longest <= SPREAD_MAX * shortest;
    set(base, SHORTEST, isRegular ? shortest : gap);
    set(base, LONGEST, isRegular ? longest : gap);
    set(base, SEEN, isRegular ? Math.min(seen + 1, GAPS_LEAST + 1) : 2);
    if (isRegular) set(base, OWED, Math.max(0, get(base, OWED) - gap));
    else if (gap === longest) stayAway(base, gap);
    else set(base, OWED, Math.max(get(base, OWED), longest));
  }

  return {
    came(series) {
      const base = series * NUMBERS;
      if (base < numbers.length) numbers[base] = (numbers[base] as number) | CAME;
      else numbers[baseOf(series)] = CAME;
    },
    close(series) {
      const base = baseOf(series);
      const flags = get(base, FLAGS);
      if (flags === (CAME | STEADY)) {
        numbers[base] = STEADY;
        return false;
      }
      const missed = get(base, MISSED) + 1;
      if ((flags & CAME) === 0) {
        numbers[base] = 0;
        set(base, MISSED, missed);
        return isTooLong(base, missed);
      }
      learn(base, missed);
      numbers[base] = missed === 1 && isJudged(base) && get(base, SHORTEST) === 1 ? STEADY : 0;
      set(base, MISSED, 0);
      return false;
    },
    wouldStop(series) {
      const base = baseOf(series);
      return (get(base, FLAGS) & CAME) === 0 && isTooLong(base, get(base, MISSED) + 1);
    },
    isStopped(series) {
      const base = baseOf(series);
      return isTooLong(base, get(base, MISSED));
    },
    forget(series) {
      const base = baseOf(series);
      numbers.fill(0, base, base + NUMBERS);
    },
    toJson(series) {
      const base = baseOf(series);
      const known = numbers.subarray(base, base + NUMBERS);
      return known.every((number) => number === 0) ? undefined : [...known];
    },
    restore(series, json) {
      const base = baseOf(series);
      for (let i = 0; i < NUMBERS; i++) numbers[base + i] = json[i] ?? 0;
    },
  };
}
