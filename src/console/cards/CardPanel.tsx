import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import type { PlanStep } from '../../model/plan.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { asked } from '../api/asked.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { pathTo } from '../ui/paths.ts';
import { CardFacts, CardSteps } from './CardSteps.tsx';

interface Props {
  readonly alert: Pick<Alert, 'point' | 'level'>;
  /** What stands at the end of each step. */
  readonly beside: (plan: string, step: PlanStep) => ReactNode;
}

/** The card that an alert opens; nothing where no plan applies. */
export function CardPanel({ alert: { point, level }, beside }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  // By its level, for at another one another plan may apply.
  const { data } = useQuery(asked('GET /points/{id}/card', { path: { id: point }, query: { level } }));
  const plan = data?.plan;
  if (plan === undefined || plan === null) return null;
  return (
    <section className="panel block no-print" data-testid="card-panel">
      <div className="page-head">
        <h2>
          {t('card.title')} <small className="faint">{nameText(resolveName(plan.name, plan.id))}</small>
        </h2>
        <Link to={pathTo('card', { id: point, query: { level } })}>{t('card.open')}</Link>
      </div>
      <CardSteps plan={plan} beside={(step) => beside(plan.id, step)} />
      <CardFacts plan={plan} />
    </section>
  );
}
