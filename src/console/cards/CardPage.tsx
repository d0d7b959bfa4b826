import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import QRCode from 'antd/es/qr-code';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router-dom';
import { levelSchema } from '../../model/level.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { asked } from '../api/asked.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Empty } from '../ui/Empty.tsx';
import { LevelTag } from '../ui/LevelMark.tsx';
import { QueryError } from '../ui/QueryError.tsx';
import { CardFacts, CardSteps } from './CardSteps.tsx';
import css from './card.module.css';

/** The card of a point as a page of its own: one sheet of A4 in print, and what the code at the spot opens. */
export default function CardPage() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const { id = '' } = useParams();
  const [search] = useSearchParams();
  const level = levelSchema.safeParse(search.get('level')).data ?? 'red';
  const query = useQuery(asked('GET /points/{id}/card', { path: { id }, query: { level } }));
  if (query.error !== null) return <QueryError error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <p className="empty">{t('app.loading')}</p>;
  const { plan, revision } = query.data;
  if (plan === null) return <Empty title={t('card.none')} detail={t('card.noneDetail')} />;
  return (
    <div className="page">
      <article className={`panel block ${css.sheet}`} data-testid="card">
        <header>
          <div>
            <p className={css.kind}>
              <LevelTag level={level} /> {t('card.title')}
            </p>
            <h1>{nameText(names.point(id))}</h1>
            <p className={css.plan}>{nameText(resolveName(plan.name, plan.id))}</p>
          </div>
          <div className={css.code}>
            <QRCode type="svg" size={112} value={location.href} bordered={false} />
            <small>{t('card.scan')}</small>
          </div>
        </header>
        <CardSteps plan={plan} />
        <CardFacts plan={plan} />
        <footer>
          <span className="soft">
            {plan.id} · {t('card.revision', { revision })}
          </span>
          <Button className="no-print" onClick={() => window.print()}>
            {t('card.print')}
          </Button>
        </footer>
      </article>
    </div>
  );
}
