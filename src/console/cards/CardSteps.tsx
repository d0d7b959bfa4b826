import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { durationMs } from '../../model/duration.ts';
import type { Plan, PlanStep } from '../../model/plan.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { formatSpan } from '../ui/format.ts';
import css from './card.module.css';

/** The steps of a plan in their order, large enough to be read in the rain. `beside`: what stands at the end of each. */
export function CardSteps({ plan, beside }: { plan: Plan; beside?: (step: PlanStep) => ReactNode }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  return (
    <ol className={css.steps} data-testid="card-steps">
      {plan.steps.map((step, index) => (
        <li key={step.id}>
          <span className={css.number}>{index + 1}</span>
          <span className={css.what}>
            <span className={css.type}>
              {t(`card.type.${step.type}`)}
              {step.role !== undefined && <strong> {step.role}</strong>}
              {step.within !== undefined && (
                <span> {t('card.within', { time: formatSpan(durationMs(step.within), t) })}</span>
              )}
            </span>
            <span className={css.order}>{nameText(resolveName(step.do, ''))}</span>
            <Where step={step} />
          </span>
          {beside?.(step)}
        </li>
      ))}
    </ol>
  );
}

/** What a step of some kinds has beside its order. */
function Where({ step }: { step: PlanStep }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  if (step.type === 'evacuate') {
    const people = step.people === undefined ? '' : `${t('card.people', { count: step.people })} `;
    return <span>{`${people}${t('card.to')} ${nameText(resolveName(step.to, ''))}`}</span>;
  }
  if (step.type !== 'stop') return null;
  return <span>{`${t('card.orders')} ${step.orders} · ${t('card.confirms')} ${step.confirms}`}</span>;
}

/** Whom to call, and where things are. */
export function CardFacts({ plan: { phones, places, note } }: { plan: Plan }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  return (
    <>
      {phones.length > 0 && (
        <dl className={css.phones} aria-label={t('card.phones')}>
          {phones.map(({ name, number }) => (
            <div key={`${name} ${number}`}>
              <dt>{name}</dt>
              <dd>
                <a href={`tel:${number.replaceAll(' ', '')}`}>{number}</a>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {places.length > 0 && (
        <ul className={css.places} aria-label={t('card.places')}>
          {places.map(({ name, location }) => {
            const text = nameText(resolveName(name, ''));
            return (
              <li key={text}>
                {text}
                {location !== undefined && (
                  <span className="soft">
                    {' '}
                    {location[1].toFixed(4)}, {location[0].toFixed(4)}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {note !== undefined && <p className={css.note}>{nameText(resolveName(note, ''))}</p>}
    </>
  );
}
