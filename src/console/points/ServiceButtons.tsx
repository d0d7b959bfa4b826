import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import type { Point } from '../api/types.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useCover } from '../maintenance/plans.ts';
import { useMay } from '../session/context.tsx';
import { dateTime } from '../ui/format.ts';
import { patiently } from '../ui/patiently.ts';

const PlanDialog = lazy(
  patiently(async () => ({ default: (await import('../maintenance/PlanDialog.tsx')).PlanDialog })),
);

/** Whether the point's alerts are kept quiet now, and the ways to do so or to end it. */
export function ServiceButtons({ point }: { point: Point }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const cover = useCover(point);
  const mayPlan = useMay('operator');
  const mayRetire = useMay('engineer');
  const [dialog, setDialog] = useState<'plan' | 'out' | null>(null);
  const [reason, setReason] = useState('');
  const isOut = cover.some(({ kind }) => kind === 'out-of-service');

  async function setOutOfService(out: boolean) {
    try {
      const path = { id: point.id };
      if (out) await call('PUT /points/{id}/out-of-service', { path, body: { reason: reason.trim() } });
      else await call('DELETE /points/{id}/out-of-service', { path });
      await stale('GET /maintenance');
      setDialog(null);
    } catch (error) {
      message.error(errorText(error), 8);
    }
  }

  const needs = (may: boolean, role: 'operator' | 'engineer') =>
    may ? undefined : t('user.needs', { role: t(`user.role.${role}`) });
  return (
    <>
      {cover.map((plan) => (
        <span key={plan.id} className="badge" title={`${plan.reason}\n${plan.by}`}>
          {t(`alert.suppressedBy.${plan.kind}`)}
          {plan.to !== null && ` – ${dateTime(plan.to).slice(5, 16)}`}
        </span>
      ))}
      <span className="push" />
      <span title={needs(mayPlan, 'operator')}>
        <Button size="small" disabled={!mayPlan} onClick={() => setDialog('plan')}>
          {t('maintenance.plan')}
        </Button>
      </span>
      <span title={needs(mayRetire, 'engineer')}>
        <Button
          size="small"
          disabled={!mayRetire}
          onClick={() => (isOut ? void setOutOfService(false) : setDialog('out'))}
        >
          {t(isOut ? 'maintenance.backInService' : 'maintenance.outOfService')}
        </Button>
      </span>
      {dialog === 'plan' && (
        <Suspense>
          <PlanDialog scope={{ point: point.id }} onClose={() => setDialog(null)} />
        </Suspense>
      )}
      {dialog === 'out' && (
        <Modal
          open
          title={t('maintenance.outOfService')}
          okText={t('maintenance.outOfService')}
          cancelText={t('action.cancel')}
          okButtonProps={{ disabled: reason.trim() === '' }}
          onOk={() => setOutOfService(true)}
          onCancel={() => setDialog(null)}
        >
          <p className="soft">{t('maintenance.outHelp')}</p>
          <Input
            aria-label={t('device.reason')}
            placeholder={t('maintenance.reasonHint')}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Modal>
      )}
    </>
  );
}
