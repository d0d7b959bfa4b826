import {
  DndContext,
  type DragEndEvent,
  MouseSensor,
  pointerWithin,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { localMsAt, TIMEZONE_DEFAULT, utcMsOf } from '../../../model/calendar.ts';
import type { Rota } from '../../../model/notify/rota.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { MINUTE_MS } from '../../../model/time.ts';
import { asked } from '../../api/asked.ts';
import { useSlowServerNow } from '../../live/clock.ts';
import { useMay } from '../../session/context.tsx';
import { Empty } from '../../ui/Empty.tsx';
import { QueryError } from '../../ui/QueryError.tsx';
import { useNarrow } from '../../ui/useNarrow.ts';
import { usePageParams } from '../../ui/usePageParams.ts';
import { reachOf } from '../people/reach.ts';
import { useSetup } from '../useSetup.ts';
import { type CalendarView, dayAfter, shownDays, turnedTo } from './days.ts';
import { HolidaysForm } from './HolidaysForm.tsx';
import { PeoplePalette } from './PeoplePalette.tsx';
import { type DropPlace, type Gap, RotaCalendar, type ShownDuty } from './RotaCalendar.tsx';
import { RotaForm } from './RotaForm.tsx';
import { SwapForm } from './SwapForm.tsx';
import type { Pair } from './swap.ts';

const REFRESH_MS = 60_000;
const MINUTE_STEPS = 60;
const VIEWS = ['month', 'week'] as const satisfies readonly CalendarView[];
const NO_DUTIES: readonly ShownDuty[] = [];
/** A press that moves so far is a drag, px; a finger that rests so long is one, ms. */
const DRAG_PX = 5;
const DRAG_AFTER_MS = 200;

type Open =
  | { readonly form: 'swap'; readonly duty: ShownDuty; readonly dragged: Pair }
  | { readonly form: 'rota'; readonly rota: Rota | null }
  | { readonly form: 'holidays' };

/** Who is on duty when, of one rota at a time. */
export function RotaTab() {
  const { t } = useTranslation();
  const { get, set } = usePageParams();
  const mayChange = useMay('engineer');
  const { setup: shown, error, retry } = useSetup();
  const { data: present } = useQuery(asked('GET /notify/duties'));
  const [open, setOpen] = useState<Open | null>(null);
  const nowMs = useSlowServerNow(MINUTE_STEPS);
  // A month below one another is too long for a phone.
  const usual: CalendarView = useNarrow() ? 'week' : 'month';
  if (error !== null && shown === undefined) return <QueryError error={error} onRetry={retry} />;
  if (shown === undefined) return null;
  const rotas = shown?.setup.rotas ?? [];
  const rota = rotas.find(({ id }) => id === get('rota')) ?? rotas[0];
  // The zone of the site stands with each duty.
  const timezone = rota?.timezone ?? present?.items[0]?.timezone ?? TIMEZONE_DEFAULT;
  const today = new Date(localMsAt(timezone, nowMs)).toISOString().slice(0, 10);
  const view = VIEWS.find((one) => one === get('view')) ?? usual;
  const date = get('date') ?? today;
  const close = () => setOpen(null);
  return (
    <>
      <div className="page-head">
        {rotas.length > 1 && (
          <Select
            aria-label={t('setup.part.rotas')}
            value={rota?.id}
            onChange={(id) => set({ rota: id })}
            options={rotas.map(({ id, name = id }) => ({ value: id, label: name }))}
          />
        )}
        <Segmented
          value={view}
          onChange={(next) => set({ view: next === usual ? null : next })}
          options={VIEWS.map((value) => ({ value, label: t(`setup.rota.${value}`) }))}
        />
        <Button onClick={() => set({ date: turnedTo(view, date, -1) })}>{t(`setup.rota.before.${view}`)}</Button>
        <Button onClick={() => set({ date: null })}>{t('setup.rota.today')}</Button>
        <Button onClick={() => set({ date: turnedTo(view, date, 1) })}>{t(`setup.rota.after.${view}`)}</Button>
        <strong>{view === 'month' ? date.slice(0, 7) : date}</strong>
        <span className="push" />
        <Button disabled={!mayChange} onClick={() => setOpen({ form: 'holidays' })}>
          {t('setup.rota.holidays')}
        </Button>
        {rota !== undefined && (
          <Button disabled={!mayChange} onClick={() => setOpen({ form: 'rota', rota })}>
            {t('setup.rota.edit')}
          </Button>
        )}
        <Button type="primary" disabled={!mayChange} onClick={() => setOpen({ form: 'rota', rota: null })}>
          {t('setup.rota.add')}
        </Button>
      </div>
      {rota === undefined && <Empty title={t('setup.rota.none')} detail={t('setup.rota.noneDetail')} />}
      {rota !== undefined && shown !== null && (
        <ShownRota
          setup={shown.setup}
          rota={rota}
          timezone={timezone}
          days={shownDays(view, date)}
          month={view === 'month' ? date.slice(0, 7) : null}
          today={today}
          // Who was relieved by the newest setup is so at once, not with the next minute.
          nowMs={Math.max(nowMs, shown.at)}
          onSwap={mayChange ? (duty, dragged) => setOpen({ form: 'swap', duty, dragged }) : null}
        />
      )}
      {open?.form === 'rota' && <RotaForm rota={open.rota} today={today} onClose={close} />}
      {open?.form === 'holidays' && (
        <HolidaysForm calendar={shown?.setup.calendar ?? { off: [], working: [] }} onClose={close} />
      )}
      {open?.form === 'swap' && rota !== undefined && shown !== null && (
        <SwapForm duty={open.duty} dragged={open.dragged} rota={rota} calendar={shown.setup.calendar} onClose={close} />
      )}
    </>
  );
}

interface ShownProps {
  readonly timezone: string;
  readonly setup: NotifySetup;
  readonly rota: Rota;
  readonly days: readonly string[];
  readonly month: string | null;
  readonly today: string;
  readonly nowMs: number;
  readonly onSwap: ((duty: ShownDuty, dragged: Pair) => void) | null;
}

function ShownRota({ setup, rota, timezone, days, nowMs, onSwap, ...rest }: ShownProps) {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const fromMs = startOf(timezone, first);
  const toMs = startOf(timezone, dayAfter(last, 1));
  const { data, error, refetch } = useQuery({
    ...asked('GET /notify/duties', { query: { from: fromMs, to: toMs } }),
    refetchInterval: REFRESH_MS,
    placeholderData: (former) => former,
  });
  const { data: uncovered } = useQuery({
    ...asked('GET /notify/duties/gaps', { query: { from: fromMs, to: toMs } }),
    refetchInterval: REFRESH_MS,
    placeholderData: (former) => former,
  });
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: DRAG_PX } }),
    useSensor(TouchSensor, { activationConstraint: { delay: DRAG_AFTER_MS, tolerance: DRAG_PX } }),
  );
  if (error !== null && data === undefined) return <QueryError error={error} onRetry={() => void refetch()} />;
  const duties = data?.items ?? NO_DUTIES;
  const gaps = uncovered?.items.filter(({ rotas }) => rotas.includes(rota.id)) ?? [];

  function onDragEnd({ active, over }: DragEndEvent): void {
    const place = over?.data.current as DropPlace | undefined;
    if (place !== undefined) onSwap?.(place.duty, { [place.slot]: String(active.id) });
  }

  return (
    <DndContext sensors={sensors} collisionDetection={pointerWithin} onDragEnd={onDragEnd} accessibility={SILENT}>
      {onSwap !== null && <PeoplePalette rota={rota} people={setup.people} />}
      <RotaCalendar
        {...rest}
        days={days}
        nowMs={nowMs}
        timezone={timezone}
        rota={rota}
        calendar={setup.calendar}
        duties={duties.filter((duty) => duty.rota === rota.id)}
        gaps={new Map(days.map((day) => [day, gapsOn(timezone, day, gaps)]))}
        lost={new Set(setup.people.filter((one) => reachOf(one, setup.channels) === 'none').map(({ id }) => id))}
        onSwap={onSwap === null ? null : (duty) => onSwap(duty, {})}
      />
    </DndContext>
  );
}

/** Whoever cannot see a drag presses the shift itself, whose form says everything. */
const SILENT = {
  announcements: {
    onDragStart: () => undefined,
    onDragOver: () => undefined,
    onDragEnd: () => undefined,
    onDragCancel: () => undefined,
  },
};

const startOf = (timezone: string, date: string): number => utcMsOf(timezone, Date.parse(`${date}T00:00:00Z`));

/** What of gaps falls on a day. */
function gapsOn(timezone: string, date: string, gaps: readonly Gap[]): Gap[] {
  const fromMs = startOf(timezone, date);
  const toMs = startOf(timezone, dayAfter(date, 1));
  return gaps
    .map(({ from, to }) => ({ from: Math.max(from, fromMs), to: Math.min(to, toMs) }))
    .filter(({ from, to }) => to - from >= MINUTE_MS);
}
