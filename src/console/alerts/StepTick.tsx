import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import { durationMs } from '../../model/duration.ts';
import type { PlanStep } from '../../model/plan.ts';
import { stepDone } from '../../model/response-act.ts';
import { useServerNow } from '../live/clock.ts';
import { useMay } from '../session/context.tsx';
import { formatSpan, nearTime } from '../ui/format.ts';
import css from './response.module.css';
import { useRespond } from './useRespond.ts';

interface Props {
  readonly alert: Alert;
  readonly plan: string;
  readonly step: PlanStep;
}

/** A step of the card: who ticked it off and when, or the button that does it, and by how much it is late. */
export function StepTick({ alert, plan, step }: Props) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const mayAct = useMay('operator');
  const respond = useRespond();
  const [busy, setBusy] = useState(false);
  const done = stepDone(alert, plan, step.id);
  if (done !== undefined) {
    return (
      <span className={css.ticked} data-testid="step-done">
        ✓ {nearTime(done.at, nowMs)}
        <small className="soft">{done.by}</small>
      </span>
    );
  }
  const lateMs = step.within === undefined ? 0 : nowMs - alert.receivedAt - durationMs(step.within);
  const isOver = alert.response?.stage === 'closed' || (alert.state === 'closed' && alert.response === undefined);
  if (isOver) return null;

  async function tick() {
    setBusy(true);
    await respond(alert, { act: 'step', step: step.id, body: {} });
    setBusy(false);
  }

  return (
    <span className={css.ticked}>
      <Button className="no-print" disabled={!mayAct} loading={busy} onClick={() => void tick()}>
        {t('respond.tick')}
      </Button>
      {lateMs > 0 && <strong className={css.late}>{t('respond.late', { time: formatSpan(lateMs, t) })}</strong>}
    </span>
  );
}
