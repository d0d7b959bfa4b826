import { parseDurationMs } from '../model/duration.ts';

/** A sample of a rule test. Times are ms after the start of its series. */
export interface TestSample {
  readonly tsMs: number;
  readonly arrivesMs: number;
  /** `bad`: something that could not be read. A text is held in an object, to be told from that. */
  readonly value: number | boolean | null | 'bad' | { readonly text: string };
}

/** The most samples of one series: more than that is a mistyped repeat. */
const SAMPLES_MAX = 1_000_000;

const TOKEN =
  /^(?:(?<number>-?\d+(?:\.\d+)?(?:e-?\d+)?)(?<step>[+-]\d+(?:\.\d+)?)?|(?<word>true|false|null|bad|_|=)|'(?<text>[^']*)')(?:x(?<count>\d+))?(?:@(?<shift>[+-])(?<by>[\da-z.]+))?(?:>(?<delay>[\da-z.]+))?$/;

/**
 * Reads the compact notation, one place every `everyMs`:
 *   5  true  'fault'     a sample
 *   20x10                ten of them
 *   0+2x5  10-1.5x4      0 2 4 6 8; 10 8.5 7 5.5
 *   _  _x4               nothing is sent
 *   null                 the sensor has no value
 *   bad                  what it sent cannot be read
 *   =                    the sample before is delivered again
 *   7@-1h                bears a time an hour before its place: late
 *   7>2m                 arrives two minutes after its place
 * Gives the token that could not be read as `problem`.
 */
export function parseSeries(text: string, everyMs: number): { samples: TestSample[] } | { problem: string } {
  const samples: TestSample[] = [];
  let place = 0;
  for (const token of text.match(/'[^']*'\S*|\S+/g) ?? []) {
    const groups = TOKEN.exec(token)?.groups;
    if (groups === undefined) return { problem: token };
    const { number, step, word, text: quoted, count, shift, by, delay } = groups;
    const shiftMs = by === undefined ? 0 : parseDurationMs(by);
    const delayMs = delay === undefined ? 0 : parseDurationMs(delay);
    const repeats = count === undefined ? 1 : Number(count);
    if (shiftMs === undefined || delayMs === undefined || place + repeats > SAMPLES_MAX) return { problem: token };
    for (let i = 0; i < repeats; i++, place++) {
      if (word === '_') continue;
      const placeMs = place * everyMs;
      const arrivesMs = placeMs + delayMs;
      const last = samples.at(-1);
      if (word === '=') {
        if (last === undefined) return { problem: token };
        samples.push({ ...last, arrivesMs });
        continue;
      }
      const value =
        number !== undefined
          ? // Rounded, because 0.1 + 2 × 0.1 is meant to be 0.3.
            Number((Number(number) + i * Number(step ?? 0)).toPrecision(12))
          : quoted !== undefined
            ? { text: quoted }
            : word === 'bad'
              ? ('bad' as const)
              : word === 'null'
                ? null
                : word === 'true';
      samples.push({ tsMs: placeMs + (shift === '-' ? -shiftMs : shiftMs), arrivesMs, value });
    }
  }
  return { samples };
}
