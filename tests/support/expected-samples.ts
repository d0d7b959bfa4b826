import { msOf, stepped } from '../../src/model/instant.ts';
import { LATE, type Reading, type Sample } from '../../src/model/reading.ts';

/** What a history has of a series, in time order, when it was given these readings in this order. */
export function expectedSamples(readings: readonly Reading[], series: number): Sample[] {
  const byTime = new Map<number, Sample>();
  let newest = Number.NEGATIVE_INFINITY;
  for (const { tsMs: wanted, value, marks, series: of } of readings) {
    if (of !== series || value === null || wanted === newest) continue;
    const isLate = wanted < newest;
    newest = Math.max(newest, wanted);
    let tsMs = wanted;
    if (byTime.has(tsMs)) {
      const ofMs = [...byTime.values()].filter((other) => msOf(other.tsMs) === msOf(wanted));
      if (ofMs.some((other) => other.value === value)) continue;
      while (byTime.has(tsMs)) tsMs = stepped(tsMs, 1);
    }
    byTime.set(tsMs, { tsMs, value, marks: isLate ? marks | LATE : marks });
  }
  return [...byTime.values()].sort((a, b) => a.tsMs - b.tsMs);
}
