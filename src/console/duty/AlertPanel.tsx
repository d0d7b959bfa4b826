import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { refusal } from '../alerts/actions.ts';
import type { ShownAlert } from '../alerts/shown.ts';
import { useNames, usePointsQuery } from '../api/queries.ts';
import { useAlertView } from '../live/context.tsx';
import { useMay } from '../session/context.tsx';
import { classes } from '../ui/classes.ts';
import { Empty } from '../ui/Empty.tsx';
import { LevelShape } from '../ui/LevelMark.tsx';
import { countLevels, LEVELS_DOWN } from '../ui/order.ts';
import { patiently } from '../ui/patiently.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { WindowedList } from '../ui/WindowedList.tsx';
import { AlertRow, AreaRow, QuietRow } from './AlertRow.tsx';
import css from './duty.module.css';
import { RespondingList } from './RespondingList.tsx';
import type { DutyFilter } from './rows.ts';
import { useAlertPanel } from './useAlertPanel.ts';

const ActionDialog = lazy(patiently(() => import('../alerts/ActionDialog.tsx')));

/** As the sheet has it: two lines, or below them another two where the columns do not fit beside one another, px. */
/** As the sheet has them, px. */
const ROW_HEIGHT = { wide: { two: 64, three: 88 }, narrow: { two: 108, three: 128 } } as const;

type Panel = ReturnType<typeof useAlertPanel>;

/** The open alerts: counted, filtered, selected and acted upon, by mouse and by keyboard. */
export function AlertPanel({ onLookAt }: { onLookAt: (point: string) => void }) {
  const { t } = useTranslation();
  const { seq, flood } = useAlertView();
  const panel = useAlertPanel(onLookAt);
  const { shown, rows, filter, step, dialog } = panel;
  const nothing = rows.length === 0;
  return (
    <section
      ref={panel.panel}
      className={`panel ${css.alertPanel}`}
      data-testid="alert-panel"
      aria-label={t('alert.open')}
    >
      <h1 className="unseen">{t('alert.open')}</h1>
      <Counts shown={shown} level={filter.level} onLevel={(level) => step({ kind: 'filter', filter: { level } })} />
      {flood && <output className={css.flood}>{t('alert.flood')}</output>}
      <Tools panel={panel} />
      {nothing && seq === null && <Empty title={t('alert.waitingSnapshot')} />}
      {nothing && seq !== null && shown.length === 0 && <NothingOpen />}
      {nothing && shown.length > 0 && <Empty title={t('alert.noneFiltered')} />}
      {!nothing && <Rows panel={panel} />}
      <RespondingList />
      {dialog !== null && (
        <Suspense>
          <ActionDialog action={dialog.action} alerts={dialog.alerts} onClose={panel.closeDialog} />
        </Suspense>
      )}
    </section>
  );
}

/** How many there are of each level, which is also the filter for it. */
function Counts({
  shown,
  level: filtered,
  onLevel,
}: {
  shown: readonly ShownAlert[];
  level: DutyFilter['level'];
  onLevel: (level: DutyFilter['level']) => void;
}) {
  const { t } = useTranslation();
  const counts = useMemo(() => countLevels(shown.map(({ alert }) => alert)), [shown]);
  return (
    <div className={css.counts}>
      {LEVELS_DOWN.map((level) => {
        const { open, unacknowledged } = counts[level];
        const on = filtered === level;
        return (
          <button
            key={level}
            type="button"
            className={classes(css.count, open === 0 && css.none, on && css.on)}
            aria-pressed={on}
            onClick={() => onLevel(on ? null : level)}
          >
            <LevelShape level={level} size={22} hollow={unacknowledged === 0} />
            <span className={css.countNumber} data-testid="count-number">
              {open}
            </span>
            <span className={css.countWords}>
              {t(`level.long.${level}`)}
              <small title={`${t('alert.unacknowledgedShort')} ${unacknowledged}`}>
                {t('alert.unacknowledgedShort')} {unacknowledged}
              </small>
            </span>
          </button>
        );
      })}
    </div>
  );
}

/** What may be done to the selection; without one, what is to be shown. */
function Tools({ panel: { selected, filter, step, act } }: { panel: Panel }) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  return (
    <div className={css.tools}>
      {selected.length === 0 ? (
        <Checkbox
          checked={filter.onlyUnacknowledged}
          onChange={(event) => step({ kind: 'filter', filter: { onlyUnacknowledged: event.target.checked } })}
        >
          {t('alert.onlyUnacknowledged')}
        </Checkbox>
      ) : (
        <>
          <span>{t('alert.selected', { count: selected.length })}</span>
          <Button type="primary" size="small" disabled={!mayAct} onClick={() => act('ack', selected)}>
            {t('action.ackAll')}
          </Button>
          {selected.some((alert) => refusal('reset', alert) === null) && (
            <Button size="small" disabled={!mayAct} onClick={() => act('reset', selected)}>
              {t('action.reset')}
            </Button>
          )}
          <Button size="small" disabled={!mayAct} onClick={() => act('shelve', selected)}>
            {t('action.shelve')}
          </Button>
          <Button size="small" disabled={!mayAct} onClick={() => act('note', selected)}>
            {t('action.note')}
          </Button>
          <Button size="small" type="text" onClick={() => step({ kind: 'choose-none' })}>
            {t('alert.clearSelection')}
          </Button>
        </>
      )}
      {filter.level !== null && (
        <Button size="small" type="text" onClick={() => step({ kind: 'filter', filter: { level: null } })}>
          {t('alert.showAll')}
        </Button>
      )}
    </div>
  );
}

function Rows({ panel }: { panel: Panel }) {
  const { t, i18n } = useTranslation();
  const names = useNames();
  const width = useNarrow() ? 'narrow' : 'wide';
  // English takes half as much room again as Chinese.
  const tall = i18n.language === 'en';
  const { rows, focusIndex, chosen, step, act, select, lookAt, focusAlert } = panel;
  return (
    <WindowedList
      className={classes(css.alertList, tall && css.tall)}
      label={t('alert.open')}
      count={rows.length}
      rowHeight={ROW_HEIGHT[width][tall ? 'three' : 'two']}
      handle={panel.list}
      render={(index) => {
        const row = rows[index];
        if (row === undefined) return null;
        // One row of the list can be reached with Tab; the arrow keys go on from there.
        const tabbable = focusIndex === -1 ? index === 0 : index === focusIndex;
        const common = { index, tabbable };
        const focus = () => step({ kind: 'focus', key: row.key });
        if (row.kind === 'quiet') {
          return (
            <QuietRow
              {...common}
              key={row.key}
              row={row}
              onFocus={focus}
              onToggle={() => step({ kind: 'fold-quiet' })}
            />
          );
        }
        if (row.kind === 'area') {
          return (
            <AreaRow
              {...common}
              key={row.key}
              row={row}
              onFocus={focus}
              onToggle={() => step({ kind: 'fold-area', area: row.area })}
              onAct={act}
            />
          );
        }
        return (
          <AlertRow
            {...common}
            key={row.key}
            onFocus={focusAlert}
            onLookAt={lookAt}
            shown={row.shown}
            inGroup={row.inGroup}
            names={names}
            tall={tall}
            selected={chosen.has(row.shown.alert.id)}
            onSelect={select}
            onAct={act}
          />
        );
      }}
    />
  );
}

/** Nothing to do; and how much of the site that speaks for. */
function NothingOpen() {
  const { t } = useTranslation();
  const { data } = usePointsQuery();
  if (data === undefined) return <Empty title={t('alert.none')} />;
  if (data.length === 0) return <Empty title={t('point.none')} detail={t('point.noneDetail')} />;
  const count = data.length;
  const offline = data.filter(({ online }) => !online).length;
  const unlimited = data.filter(({ hasLimits }) => !hasLimits).length;
  const detail = offline === 0 ? t('alert.noneAllOnline', { count }) : t('alert.noneSomeOffline', { count, offline });
  return (
    <Empty
      title={t('alert.none')}
      detail={unlimited === 0 ? detail : `${detail} ${t('alert.noneSomeUnlimited', { count: unlimited })}`}
    />
  );
}
