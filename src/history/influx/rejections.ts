/** Lines that the server will never take: which of a batch they are, and how they are told of in few words. */

/** A line of the line protocol, with what it takes to tell it from others. */
export interface Line {
  readonly series: number;
  readonly tsMs: number;
  readonly device: string | null;
  /** The field that carries the value; the others are of the same type in all lines. */
  readonly field: 'number' | 'boolean' | 'text';
  readonly text: string;
  /** It did not come through the journal: somebody waits for what becomes of it. */
  readonly imported: boolean;
}

export type RejectionKind = 'type-conflict' | 'unparsable' | 'retention' | 'too-large' | 'other';

/** Readings the server would not take, summed up: a backlog older than its retention must not fill the journal again. */
export interface RejectedReadings {
  readonly kind: RejectionKind;
  /** The server's words at the first of them. */
  readonly reason: string;
  readonly readings: number;
  readonly firstTsMs: number;
  readonly lastTsMs: number;
  /** Some of the devices they came from. */
  readonly devices: readonly string[];
  /** The first of the lines, as they were sent. */
  readonly lines: readonly string[];
}

const UNPARSABLE = "unable to parse '";
const TYPE_CONFLICT = /field type conflict/i;
/** 1.x before 1.12 and 2.x; later ones name the bounds, which may also lie ahead. */
const OUTSIDE_RETENTION = /points (beyond|outside) (the )?(retention policy|write window)/i;
const PARTIAL = /partial write/i;
/** A partial write for reasons that pass, or that are the server's: the same lines are taken another time. */
const NOT_THE_LINES = /pending deletion|limit exceeded/i;

/** Whether a refusal is about the lines it was given; everything else is an outage, however it is called. */
export function isAboutLines(status: number, words: string): boolean {
  // The first of 2.x say 500 of points beyond the retention.
  if (status !== 400 && status !== 422 && status !== 500) return false;
  if (NOT_THE_LINES.test(words)) return false;
  return [TYPE_CONFLICT, OUTSIDE_RETENTION, PARTIAL].some((one) => one.test(words)) || words.includes(UNPARSABLE);
}

export function kindOf(words: string): RejectionKind {
  if (TYPE_CONFLICT.test(words)) return 'type-conflict';
  if (OUTSIDE_RETENTION.test(words)) return 'retention';
  return words.includes(UNPARSABLE) ? 'unparsable' : 'other';
}

/** What to do with lines that were refused together. */
export interface Judgement {
  readonly rejected: readonly Line[];
  /** Each to be sent again, for the server's word on it alone. */
  readonly again: readonly (readonly Line[])[];
}

/**
 * Which lines the server means, as far as its words and numbers say; what they leave open is sent again in parts that
 * are likely to be all good or all bad, because writing a good line twice changes nothing. `isFirst`: nothing has been
 * tried yet.
 */
export function judge(lines: readonly Line[], words: string, isFirst: boolean): Judgement {
  if (lines.length === 1 || droppedIn(words) === lines.length) return { rejected: lines, again: [] };
  const named = namedIn(lines, words);
  if (named.size > 0) {
    const rest = lines.filter((line) => !named.has(line));
    return { rejected: [...named], again: rest.length === 0 ? [] : [rest] };
  }
  if (OUTSIDE_RETENTION.test(words)) {
    // Mostly it is the oldest ones.
    const at = isFirst ? droppedIn(words) : null;
    return { rejected: [], again: parted(lines, at ?? lines.length >> 1, byTime) };
  }
  if (TYPE_CONFLICT.test(words)) {
    const field = /input field "(\w+)"/.exec(words)?.[1];
    const [having, others] = divide(lines, (line) => line.field === field);
    if (having.length > 0 && others.length > 0) return { rejected: [], again: [others, having] };
    // A field keeps the type it was first written with for some days, so what conflicts lies together in time.
    return { rejected: [], again: parted(lines, lines.length >> 1, byTime) };
  }
  return { rejected: [], again: parted(lines, lines.length >> 1, (a, b) => a.series - b.series || byTime(a, b)) };
}

/** How many lines the server has left out of a write whose others it has stored; null when it does not say. */
export function droppedIn(words: string): number | null {
  const dropped = /dropped=(\d+)/.exec(words)?.[1];
  return dropped === undefined || dropped === '0' ? null : Number(dropped);
}

/** In two, each for another try. */
export function parted(lines: readonly Line[], at: number, order: (a: Line, b: Line) => number): Line[][] {
  const sorted = [...lines].sort(order);
  return [sorted.slice(0, at), sorted.slice(at)];
}

export function byTime(a: Line, b: Line): number {
  return a.tsMs - b.tsMs;
}

/** The lines that the words quote as unable to be parsed. */
function namedIn(lines: readonly Line[], words: string): Set<Line> {
  const named = new Set<Line>();
  const quoted = words.split(UNPARSABLE).slice(1);
  if (quoted.length === 0) return named;
  const byText = Map.groupBy(lines, (line) => line.text);
  for (const quote of quoted) {
    // A text may hold what ends the quotation, so each such place is tried.
    for (let end = quote.indexOf("': "); end >= 0; end = quote.indexOf("': ", end + 1)) {
      for (const line of byText.get(quote.slice(0, end)) ?? []) named.add(line);
    }
  }
  return named;
}

function divide<T>(all: readonly T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}

const LINES_TOLD = 10;
const LINE_CHARACTERS_TOLD = 300;
const DEVICES_TOLD = 20;
const REASON_CHARACTERS_TOLD = 500;

/** Sums up what is rejected, by kind, until somebody takes it. */
export interface RejectionSums {
  add(lines: readonly Line[], readings: number, kind: RejectionKind, reason: string): void;
  /** What has not been taken yet. */
  pending(): readonly RejectedReadings[];
  take(): readonly RejectedReadings[];
}

export function createRejectionSums(from: readonly RejectedReadings[]): RejectionSums {
  let sums = new Map(from.map((sum) => [sum.kind, sum]));
  return {
    add(lines, readings, kind, reason) {
      const before = sums.get(kind);
      let [firstTsMs, lastTsMs] = [
        before?.firstTsMs ?? Number.POSITIVE_INFINITY,
        before?.lastTsMs ?? Number.NEGATIVE_INFINITY,
      ];
      const devices = new Set(before?.devices);
      const told = [...(before?.lines ?? [])];
      for (const { tsMs, device, text } of lines) {
        firstTsMs = Math.min(firstTsMs, tsMs);
        lastTsMs = Math.max(lastTsMs, tsMs);
        if (device !== null && devices.size < DEVICES_TOLD) devices.add(device);
        if (told.length < LINES_TOLD) told.push(text.slice(0, LINE_CHARACTERS_TOLD));
      }
      sums.set(kind, {
        kind,
        reason: before?.reason ?? reason.slice(0, REASON_CHARACTERS_TOLD),
        readings: (before?.readings ?? 0) + readings,
        firstTsMs,
        lastTsMs,
        devices: [...devices],
        lines: told,
      });
    },
    pending: () => [...sums.values()],
    take() {
      const taken = [...sums.values()];
      sums = new Map();
      return taken;
    },
  };
}
