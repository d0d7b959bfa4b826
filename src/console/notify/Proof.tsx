import { useTranslation } from 'react-i18next';
import type { ItemOf } from '../../wire/calls.ts';
import { clockTime } from '../ui/format.ts';
import css from './notify.module.css';

type Told = Pick<
  ItemOf<'GET /notify/told'>,
  'state' | 'acceptedAt' | 'deliveredAt' | 'answeredAt' | 'failedAt' | 'words'
>;

/** How far a message has come, with the time of each step, and the gateway's words where it came no further. */
export function Proof({ told }: { readonly told: Told }) {
  const { t } = useTranslation();
  const steps = [
    ['accepted', told.acceptedAt],
    ['delivered', told.deliveredAt],
    ['answered', told.answeredAt],
    ['failed', told.failedAt],
  ] as const;
  const come = steps.flatMap(([state, at]) =>
    at === null ? [] : [`${t(`notify.delivery.${state}`)} ${clockTime(at)}`],
  );
  const text = come.length === 0 ? t(`notify.delivery.${told.state}`) : come.join(' → ');
  return (
    <span className={told.state === 'failed' ? css.bad : undefined}>
      {text} {told.state === 'failed' && told.words !== null && <span className={css.words}>{told.words}</span>}
    </span>
  );
}
