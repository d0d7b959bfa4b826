import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import type { ColumnsType } from 'antd/es/table';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Maintenance } from '../../model/maintenance.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { PlanDialog } from './PlanDialog.tsx';
import { scopeOf, usePlans } from './plans.ts';

const NONE: readonly Maintenance[] = [];

/** What is kept quiet, by whom, why and until when; to be planned and to be ended. */
export default function MaintenancePage() {
  const { t } = useTranslation();
  const { message, modal } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const nameText = useNameText();
  const names = useNames();
  const mayPlan = useMay('operator');
  const { get, set } = usePageParams();
  const shown = get('shown') === 'all' ? 'all' : 'current';
  const [planning, setPlanning] = useState(false);
  const { data = NONE, error, isPending, refetch } = usePlans(shown);

  function end(plan: Maintenance) {
    modal.confirm({
      title: t('maintenance.endTitle'),
      content: t('maintenance.endHelp'),
      okText: t('maintenance.end'),
      cancelText: t('action.cancel'),
      onOk: async () => {
        try {
          await call('DELETE /maintenance/{id}', { path: { id: plan.id } });
          await stale('GET /maintenance');
        } catch (failure) {
          message.error(errorText(failure), 8);
        }
      },
    });
  }

  const columns: ColumnsType<Maintenance> = [
    {
      key: 'state',
      title: t('point.state'),
      width: 110,
      render: (_, plan) =>
        plan.state === 'active' ? (
          <strong>{t(`maintenance.state.${plan.state}`)}</strong>
        ) : (
          <span className="faint">{t(`maintenance.state.${plan.state}`)}</span>
        ),
    },
    {
      key: 'scope',
      title: t('maintenance.scope'),
      width: 240,
      className: 'wraps',
      render: (_, { scope }) => {
        const { kind, id } = scopeOf(scope);
        return (
          <>
            <span className="faint">{t(`maintenance.of.${kind}`)}</span>{' '}
            {kind === 'point' && <Link to={pathTo('point', { id })}>{nameText(names.point(id))}</Link>}
            {kind === 'area' && nameText(names.area(id))}
            {kind === 'device' && id}
          </>
        );
      },
    },
    {
      key: 'kind',
      title: t('maintenance.kind'),
      width: 110,
      render: (_, { kind }) => t(`alert.suppressedBy.${kind}`),
    },
    { key: 'when', title: t('maintenance.when'), width: 340, render: (_, plan) => <When plan={plan} /> },
    { key: 'reason', title: t('device.reason'), width: 220, className: 'wraps', dataIndex: 'reason' },
    { key: 'by', title: t('admin.createdBy'), width: 110, className: 'wraps', dataIndex: 'by' },
    {
      key: 'do',
      title: '',
      width: 100,
      align: 'right',
      render: (_, plan) =>
        plan.state === 'ended' ? null : (
          <Button size="small" disabled={!mayPlan} onClick={() => end(plan)}>
            {t('maintenance.end')}
          </Button>
        ),
    },
  ];

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.maintenance')}</h1>
        <span className="soft">{t('maintenance.help')}</span>
        <span className="push" />
        <Segmented
          value={shown}
          onChange={(value) => set({ shown: value === 'all' ? value : null })}
          options={[
            { value: 'current', label: t('maintenance.current') },
            { value: 'all', label: t('point.all') },
          ]}
        />
        <span title={mayPlan ? undefined : t('user.needs', { role: t('user.role.operator') })}>
          <Button type="primary" disabled={!mayPlan} onClick={() => setPlanning(true)}>
            {t('maintenance.plan')}
          </Button>
        </span>
      </div>
      {error !== null && data.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<Maintenance>
          rowKey="id"
          columns={columns}
          dataSource={data}
          loading={isPending}
          minWidth={1_100}
          locale={{
            emptyText: <Empty title={t(shown === 'all' ? 'maintenance.noneEver' : 'maintenance.none')} />,
          }}
        />
      )}
      {planning && <PlanDialog onClose={() => setPlanning(false)} />}
    </div>
  );
}

/** From when to when, and in which hours; who ended it if somebody did. */
function When({ plan }: { plan: Maintenance }) {
  const { t } = useTranslation();
  const ended = plan.endedAt ?? plan.to;
  return (
    <>
      {dateTime(plan.from).slice(0, 16)} – {ended === null ? t('maintenance.untilEnded') : dateTime(ended).slice(0, 16)}
      {plan.recurring !== null && <span className="soft"> {recurrenceWords(plan.recurring, t)}</span>}
      {plan.endedBy !== null && <span className="soft"> {t('maintenance.endedBy', { name: plan.endedBy })}</span>}
    </>
  );
}

function recurrenceWords(recurring: NonNullable<Maintenance['recurring']>, t: TFunction): string {
  const days = recurring.weekdays?.map((day) => t(`maintenance.day.${day}`)).join(' ');
  return [days, recurring.hours?.join('–'), recurring.season?.join('–')].filter(Boolean).join(' ');
}
