import { localMsAt, TIMEZONE_DEFAULT, utcMsOf } from '../calendar.ts';
import { DAY_MS, MINUTE_MS } from '../time.ts';
import type { Duty, Rota, Shift, WorkCalendar } from './rota.ts';

/**
 * Who is on duty, as a function of a rota and the calendar of working days. Shifts are of the rota's zone: one belongs to the day on
 * which it begins there, and where clocks are changed it ends when the next begins, an hour sooner or later.
 */

/** Who is on duty at a time; null: no shift is. Of shifts that overlap the one that began last has taken over. */
export function dutyAt(rota: Rota, calendar: WorkCalendar, atMs: number): Duty | null {
  return dutiesBetween(rota, calendar, atMs, atMs + 1).at(-1) ?? null;
}

/** Every shift of which some part lies between two times (the second not included), in the order in which they begin. */
export function dutiesBetween(rota: Rota, calendar: WorkCalendar, fromMs: number, toMs: number): Duty[] {
  const timezone = rota.timezone ?? TIMEZONE_DEFAULT;
  const firstDay = dayOf(rota.from);
  // A shift lasts a day at most, and an hour more where clocks are put back.
  const from = Math.max(firstDay, Math.floor(localMsAt(timezone, fromMs) / DAY_MS) - 2);
  const to = Math.floor(localMsAt(timezone, toMs) / DAY_MS) + 1;
  const days = createDays(calendar);
  let turn = turnBefore(rota, days, firstDay, from);
  const found: Duty[] = [];
  for (let day = from; day <= to; day++) {
    const shifts = days.shiftsOf(rota, day);
    for (const shift of shifts) {
      const index = rota.turn === 'week' ? Math.floor((day - firstDay) / 7) : turn;
      const duty = dutyOf(rota, timezone, shift, day, index);
      if (duty.fromMs < toMs && duty.toMs > fromMs) found.push(duty);
      if (rota.turn === 'shift') turn++;
    }
    if (rota.turn === 'day' && shifts.length > 0) turn++;
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

/** How many turns there were before a day: of shifts, or of days that have one. Who is spared a holiday is next after it. */
function turnBefore(rota: Rota, days: Days, firstDay: number, day: number): number {
  if (rota.turn === 'week') return 0;
  const { length: ofDay } = rota.shifts;
  if (rota.shifts.every(({ days: which }) => which === 'all')) {
    return (day - firstDay) * (rota.turn === 'shift' ? ofDay : 1);
  }
  let turns = 0;
  for (let before = firstDay; before < day; before++) {
    const { length } = days.shiftsOf(rota, before);
    turns += rota.turn === 'shift' ? length : Math.min(1, length);
  }
  return turns;
}

function dutyOf(rota: Rota, timezone: string, shift: Shift, day: number, turn: number): Duty {
  const [from, to] = [minutesOf(shift.hours[0]), minutesOf(shift.hours[1])];
  const startMs = day * DAY_MS + from * MINUTE_MS;
  const endMs = (to > from ? day : day + 1) * DAY_MS + to * MINUTE_MS;
  const date = dateOf(day);
  const ordered = rota.order[turn % rota.order.length];
  let [primary, backup] = [ordered?.primary ?? null, ordered?.backup ?? null];
  for (const swap of rota.swaps) {
    if (swap.date !== date || swap.shift !== shift.id) continue;
    primary = swap.primary ?? primary;
    backup = swap.backup ?? backup;
  }
  const times = { fromMs: utcMsOf(timezone, startMs), toMs: utcMsOf(timezone, endMs) };
  return { rota: rota.id, shift: shift.id, date, ...times, primary, backup };
}

/** A stretch of time in which a rota has nobody. */
export interface Uncovered {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When between two times no shift is. */
export function uncoveredBetween(rota: Rota, calendar: WorkCalendar, fromMs: number, toMs: number): Uncovered[] {
  const gaps: Uncovered[] = [];
  let coveredMs = fromMs;
  for (const duty of dutiesBetween(rota, calendar, fromMs, toMs)) {
    if (duty.fromMs > coveredMs) gaps.push({ fromMs: coveredMs, toMs: duty.fromMs });
    coveredMs = Math.max(coveredMs, duty.toMs);
  }
  if (coveredMs < toMs) gaps.push({ fromMs: coveredMs, toMs });
  return gaps;
}

interface Days {
  /** The shifts that begin on a day, in the order of their hours. */
  shiftsOf(rota: Rota, day: number): readonly Shift[];
}

function createDays({ off, working }: WorkCalendar): Days {
  const [offDays, workingDays] = [new Set(off.map(dayOf)), new Set(working.map(dayOf))];
  const isWorking = (day: number): boolean => {
    if (offDays.has(day)) return false;
    // 1970-01-01 was a Thursday; Monday is 0.
    return workingDays.has(day) || (day + 3) % 7 < 5;
  };
  return {
    shiftsOf: ({ shifts }, day) =>
      shifts
        .filter(({ days }) => days === 'all' || (days === 'working') === isWorking(day))
        .sort((a, b) => minutesOf(a.hours[0]) - minutesOf(b.hours[0])),
  };
}

/** The number of a date, in days since 1970. */
const dayOf = (date: string): number => Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
