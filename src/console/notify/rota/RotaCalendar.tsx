import { useDroppable } from '@dnd-kit/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { localMsAt, WEEKDAYS } from '../../../model/calendar.ts';
import type { Rota } from '../../../model/notify/rota.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import type { Answer } from '../../../wire/calls.ts';
import { classes } from '../../ui/classes.ts';
import { weekdayOf } from './days.ts';
import css from './rota.module.css';
import { isSwapOf, type Slot } from './swap.ts';

export type ShownDuty = Answer<'GET /notify/duties'>['items'][number];
export type Gap = Pick<Answer<'GET /notify/duties/gaps'>['items'][number], 'from' | 'to'>;

/** A place that a person can be dropped on. */
export interface DropPlace {
  readonly duty: ShownDuty;
  readonly slot: Slot;
}

interface Props {
  readonly days: readonly string[];
  /** Of the month that is shown; others are paler. Null: all are. */
  readonly month: string | null;
  readonly today: string;
  readonly nowMs: number;
  readonly timezone: string;
  readonly rota: Rota;
  readonly duties: readonly ShownDuty[];
  readonly gaps: ReadonlyMap<string, readonly Gap[]>;
  readonly calendar: NotifySetup['calendar'];
  /** People whom no channel reaches. */
  readonly lost: ReadonlySet<string>;
  /** Null: this reader may change nothing. */
  readonly onSwap: ((duty: ShownDuty) => void) | null;
}

/** Who is on duty on each day: turns, swaps, holidays and worked weekends, and in red the hours that nobody has. */
export function RotaCalendar(props: Props) {
  const { t } = useTranslation();
  const { days, month, today, rota, calendar } = props;
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
  return (
    <table className={css.calendar} data-testid="rota-calendar" aria-label={rota.name ?? rota.id}>
      <thead>
        <tr>
          {WEEKDAYS.map((day) => (
            <th key={day} scope="col">
              {t(`maintenance.day.${day}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((date) => (
              <td
                key={date}
                className={classes(date === today && css.today, month !== null && !date.startsWith(month) && css.other)}
              >
                <div className={css.date}>
                  <time dateTime={date}>
                    <span className={css.weekday}>{t(`maintenance.day.${WEEKDAYS[weekdayOf(date)] ?? 'mon'}`)} </span>
                    {date.slice(5)}
                  </time>
                  {calendar.off.includes(date) && <span className="badge">{t('setup.rota.off')}</span>}
                  {calendar.working.includes(date) && <span className="badge">{t('setup.rota.working')}</span>}
                </div>
                <Day date={date} {...props} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Day({ date, ...props }: Props & { readonly date: string }) {
  const { t } = useTranslation();
  const { duties, gaps, nowMs, timezone } = props;
  return (
    <>
      {duties
        .filter((duty) => duty.date === date)
        .map((duty) => (
          <ShiftBox key={`${duty.shift} ${duty.from}`} duty={duty} {...props} />
        ))}
      {(gaps.get(date) ?? []).map(({ from, to }) => (
        <p key={from} className={to > nowMs ? css.gap : css.formerGap} data-testid="rota-gap">
          {hoursText(timezone, from, to)} {t('setup.rota.gap')}
        </p>
      ))}
    </>
  );
}

function ShiftBox({ duty, rota, nowMs, timezone, lost, onSwap }: Props & { readonly duty: ShownDuty }) {
  const { t } = useTranslation();
  const id = useId();
  const isOver = duty.to <= nowMs;
  const swap = rota.swaps.find(isSwapOf(duty.date, duty.shift));
  const name = rota.shifts.find((one) => one.id === duty.shift)?.name ?? duty.shift;
  const person = (slot: Slot): ReactNode => {
    const who = duty[slot];
    if (who === null)
      return slot === 'backup' ? (
        <span className="faint">–</span>
      ) : (
        <strong className={css.nobody}>{t('setup.rota.nobody')}</strong>
      );
    const isLost = !isOver && lost.has(who.id);
    return (
      <span className={classes(isLost && css.nobody)}>
        {slot === 'primary' ? <strong>{who.name}</strong> : who.name}
        {isLost && ` ${t('notify.unreachable')}`}
      </span>
    );
  };
  const content = (
    <>
      <span className={css.shiftName} id={id}>
        {name} <span className="faint">{hoursText(timezone, duty.from, duty.to)}</span>
        {swap !== undefined && (
          <span className="badge" title={[swap.by, swap.reason].filter(Boolean).join(' · ')}>
            {t('setup.rota.swapped')}
          </span>
        )}
      </span>
      {(['primary', 'backup'] as const).map((slot) => (
        <Place key={slot} duty={duty} slot={slot} isOpen={!isOver && onSwap !== null}>
          <span className="soft">{t(`setup.rota.${slot}`)}</span> {person(slot)}
        </Place>
      ))}
    </>
  );
  if (isOver || onSwap === null) return <div className={classes(css.shift, isOver && css.over)}>{content}</div>;
  return (
    <button type="button" className={classes(css.shift, css.open)} onClick={() => onSwap(duty)}>
      {content}
    </button>
  );
}

function Place({
  duty,
  slot,
  isOpen,
  children,
}: DropPlace & { readonly isOpen: boolean; readonly children: ReactNode }) {
  const data: DropPlace = { duty, slot };
  const { setNodeRef, isOver } = useDroppable({
    id: `${duty.date} ${duty.shift} ${duty.from} ${slot}`,
    data,
    disabled: !isOpen,
  });
  return (
    <span ref={setNodeRef} className={classes(css.place, isOver && css.target)}>
      {children}
    </span>
  );
}

/** `08:00–20:00`, as clocks of the rota's zone show it. */
function hoursText(timezone: string, fromMs: number, toMs: number): string {
  const clock = (ms: number) => new Date(localMsAt(timezone, ms)).toISOString().slice(11, 16);
  return `${clock(fromMs)}–${clock(toMs)}`;
}
