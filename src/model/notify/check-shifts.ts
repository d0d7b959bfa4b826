import type { Checked } from './checked.ts';
import type { Rota, Shift } from './rota.ts';

type Kind = 'working' | 'off';
const KINDS: readonly Kind[] = ['working', 'off'];
const DAY_MINUTES = 1_440;

/** A stretch of minutes from the midnight before a day; negative ones are of the day before. */
interface Stretch {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Warns of shifts that run into one another, where whoever begins later takes over, and of hours of a day in which nobody is on
 * duty. Looks at each kind of day after each kind of day, whatever the calendar says of them.
 */
export function checkShifts({ setup, warn }: Checked): void {
  for (const [r, rota] of setup.rotas.entries()) {
    const overlaps = new Map<number, string>();
    const free = new Map<Kind, string>();
    for (const before of KINDS) {
      for (const kind of KINDS) lookAt(rota, before, kind, overlaps, free);
    }
    for (const [s, other] of overlaps) {
      warn(['rotas', r, 'shifts', s, 'hours'], { code: 'shifts-overlap', values: { other } });
    }
    for (const [days, from] of free) warn(['rotas', r, 'shifts'], { code: 'rota-uncovered', values: { days, from } });
  }
}

function lookAt(rota: Rota, before: Kind, kind: Kind, overlaps: Map<number, string>, free: Map<Kind, string>): void {
  const stretches = [...stretchesOf(rota, before, -DAY_MINUTES), ...stretchesOf(rota, kind, 0)];
  let coveredTo = 0;
  let last: Stretch | undefined;
  for (const next of stretches.sort((a, b) => a.from - b.from)) {
    if (last !== undefined && next.from < last.to) overlaps.set(next.at, rota.shifts[last.at]?.id ?? '');
    if (next.from > coveredTo && !free.has(kind)) free.set(kind, clockOf(coveredTo));
    coveredTo = Math.max(coveredTo, next.to);
    if (last === undefined || next.to > last.to) last = next;
  }
  if (coveredTo < DAY_MINUTES && !free.has(kind)) free.set(kind, clockOf(coveredTo));
}

function stretchesOf({ shifts }: Rota, kind: Kind, midnight: number): Stretch[] {
  const isOf = ({ days }: Shift) => days === 'all' || days === kind;
  return shifts.flatMap((shift, at) => {
    if (!isOf(shift)) return [];
    const [from, to] = [minutesOf(shift.hours[0]), minutesOf(shift.hours[1])];
    return [{ at, from: midnight + from, to: midnight + (to > from ? to : to + DAY_MINUTES) }];
  });
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const two = (number: number): string => String(number).padStart(2, '0');
const clockOf = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
