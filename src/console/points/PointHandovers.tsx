import { useTranslation } from 'react-i18next';
import type { Handover } from '../../wire/points.ts';
import { dateTime } from '../ui/format.ts';
import pointPageCss from './point-page.module.css';

export function PointHandovers({ handovers }: { readonly handovers: readonly Handover[] }) {
  const { t } = useTranslation();
  return (
    <section className="panel block" data-testid="handovers">
      <h2>{t('point.handovers')}</h2>
      <ol className={pointPageCss.handovers}>
        {handovers.map(({ at, by, former, device }) => (
          <li key={`${at} ${device}`}>
            <time>{dateTime(at)}</time>
            <span>
              {former} → {device}
            </span>
            <span className="soft">{by}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
